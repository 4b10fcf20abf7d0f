// Values of headers that the engine has no number for, found by their bytes: only features that a route has switched on
// ask for them, so the table of every request stays short.

import { equalsLower } from '../http1/bytes.ts';
import type { HeaderLines } from '../http1/header-lines.ts';

/** A name as it is looked for. */
export function headerName(name: string): Buffer {
  return Buffer.from(name.toLowerCase(), 'latin1');
}

/** The value of the header, of several lines joined as RFC 9110 section 5.3 says; `undefined` without any. */
export function valueNamed(lines: HeaderLines, name: Buffer): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < lines.count; index += 1) {
    if (!equalsLower(lines.bytes, lines.nameStart(index), lines.nameEnd(index), name)) continue;
    value = value === undefined ? lines.value(index) : `${value}, ${lines.value(index)}`;
  }
  return value;
}
