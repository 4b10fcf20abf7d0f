// Names for exchanges: 128 random bits in hexadecimal, and half as many for a step of a trace. Drawn in batches, because
// asking the system for each costs 1.7 us and a batch 0.04. A name from outside is taken only from a trusted proxy, and
// only if it is a plain word: it stands unescaped in headers, access lines and error pages.

import { randomFillSync } from 'node:crypto';
import { forwardingLimits } from '#config/limits';

const requestIdBytes = 16;
const spanIdBytes = 8;
const pool = Buffer.alloc(256 * requestIdBytes);
let at = pool.length;

export function nextRequestId(): string {
  return draw(requestIdBytes);
}

/** W3C Trace Context calls it parent-id. */
export function nextSpanId(): string {
  return draw(spanIdBytes);
}

/** True for an id that may be used as it is. */
export function isSaneId(text: string): boolean {
  const { requestIdCharactersLeast: least, requestIdCharactersMost: most } = forwardingLimits;
  return text.length >= least && text.length <= most && plainWord.test(text);
}

const plainWord = /^[A-Za-z0-9._-]+$/;

function draw(byteCount: number): string {
  if (at + byteCount > pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  at += byteCount;
  return pool.toString('hex', at - byteCount, at);
}
