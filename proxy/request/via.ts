// `Via`: what came is kept and our own entry is written behind it (RFC 9110 section 7.6.3), which is how a request that
// goes round in a circle is noticed. All of our kind share one pseudonym, so that nothing about the inside is told and no
// instance needs a name; several in a row are a usual chain, more than the bound are a loop.

import { forwardingLimits } from '#config/limits';
import type { HeaderLines } from '../http1/header-lines.ts';
import { headerIds } from '../http1/header-names.ts';
import type { Refusal } from '../reply/refusals.ts';

const pseudonym = 'sentinel-stack';

/** Our own entry, for a message of this minor version. */
export function viaOf(minor: number): string {
  return `Via: 1.${minor} ${pseudonym}\r\n`;
}

export function refuseLoop(lines: HeaderLines): Refusal | undefined {
  const passages = passagesOf(lines);
  if (passages <= forwardingLimits.ownViaMax) return undefined;
  return { code: 'loop-detected', error: `the request came through ${passages} proxies of this kind` };
}

/** How often our kind stands in it. */
function passagesOf(lines: HeaderLines): number {
  let count = 0;
  for (let index = 0; index < lines.count; index += 1) {
    if (lines.ids[index] !== headerIds.via) continue;
    for (const entry of lines.value(index).split(',')) if (entry.trim().split(/[\t ]+/)[1] === pseudonym) count += 1;
  }
  return count;
}
