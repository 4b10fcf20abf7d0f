// The grammar of what may stand between a chunk's size and its line end, as a table of states: `;name`, `;name=token`,
// `;name="text"`, again and again (RFC 9112 section 7.1.1). It is read although nobody uses it, because servers differ
// about where a malformed one ends (CVE-2025-55315), and blanks around its marks are refused for the same reason.

import { isToken, isValue, semicolon } from './bytes.ts';

/** Where the semicolon has just been read. */
export const beginsExtension = 1;
export const isBadExtension = 0;

const [bad, nameFirst, name, valueFirst, token, quoted, escaped, afterQuoted] = [0, 1, 2, 3, 4, 5, 6, 7];
const [quote, backslash, equals] = [0x22, 0x5c, 0x3d];

/** The state that a byte leads to; `isBadExtension` if no extension has it there. */
export function afterExtensionByte(state: number, byte: number): number {
  switch (state) {
    case nameFirst:
      return isToken[byte] === 1 ? name : bad;
    case name:
      return isToken[byte] === 1 ? name : byte === equals ? valueFirst : byte === semicolon ? nameFirst : bad;
    case valueFirst:
      return isToken[byte] === 1 ? token : byte === quote ? quoted : bad;
    case token:
      return isToken[byte] === 1 ? token : byte === semicolon ? nameFirst : bad;
    case quoted:
      return byte === quote ? afterQuoted : byte === backslash ? escaped : isValue[byte] === 1 ? quoted : bad;
    case escaped:
      return isValue[byte] === 1 ? quoted : bad;
    default:
      return byte === semicolon ? nameFirst : bad; // behind the closing quote
  }
}

/** True where a line end may follow. */
export function endsExtension(state: number): boolean {
  return state === name || state === token || state === afterQuoted;
}
