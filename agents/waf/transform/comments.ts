// Comments of SQL and HTML: `removeComments`, `replaceComments`, `removeCommentsChar`. The shaping decision: one pass with
// one bit of memory, as ModSecurity 2.9: a comment's end need not be of its start's kind. It refuses one defect of the
// reference: to copy the byte behind the value when a comment ends it.

import type { Transformation } from '../compile/rule-set.ts';
import { whereFound } from './bytes.ts';
import { editOf } from './scratch.ts';

const blank = 0x20;
const exclamation = 0x21;
const hash = 0x23;
const star = 0x2a;
const dash = 0x2d;
const slash = 0x2f;
const less = 0x3c;
const greater = 0x3e;

/** `/*` to `*` `/` becomes one blank; so does one that is not closed. */
export const replaceComments: Transformation = whereFound('replaceComments', ['/*'], (value, first) => {
  const edit = editOf(value, first);
  const { bytes, end } = edit;
  for (let at = first; at < end; ) {
    if (bytes[at] === slash && bytes[at + 1] === star) {
      edit.put(blank);
      const close = value.indexOf('*/', at + 2);
      at = close === -1 ? end : close + 2;
    } else edit.put(bytes[at++] as number);
  }
  return edit.text();
});

/** Comments of SQL and HTML go; `--` and `#` cut the rest off. The character behind a comment is never a start of one. */
export const removeComments: Transformation = whereFound(
  'removeComments',
  ['/*', '<!--', '--', '#'],
  (value, first) => {
    const edit = editOf(value, first);
    const { bytes, end } = edit;
    for (let at = first; at < end; ) {
      const opening = openingAt(bytes, at);
      if (opening > 0) {
        const behind = endOfComment(bytes, at + opening, end);
        if (behind === undefined) {
          edit.put(blank);
          break;
        }
        if (behind < end) edit.put(bytes[behind] as number);
        at = behind + 1;
      } else if (bytes[at] === hash || (bytes[at] === dash && bytes[at + 1] === dash)) {
        break;
      } else edit.put(bytes[at++] as number);
    }
    return edit.text();
  },
);

/** How long the start of a comment is; 0: there is none. */
function openingAt(bytes: Buffer, at: number): number {
  if (bytes[at] === slash) return bytes[at + 1] === star ? 2 : 0;
  return bytes[at] === less && isHtmlOpening(bytes, at) ? 4 : 0;
}

const isHtmlOpening = (bytes: Buffer, at: number): boolean =>
  bytes[at + 1] === exclamation && bytes[at + 2] === dash && bytes[at + 3] === dash;

/** Behind the nearest end of either kind. */
function endOfComment(bytes: Buffer, start: number, end: number): number | undefined {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] === star && bytes[at + 1] === slash) return at + 2;
    if (bytes[at] === dash && bytes[at + 1] === dash && bytes[at + 2] === greater) return at + 3;
  }
  return undefined;
}

const commentSigns = ['/*', '*/', '<!--', '-->', '--', '#'];

/** The signs go, what is between them stays. */
export const removeCommentsChar: Transformation = whereFound('removeCommentsChar', commentSigns, (value, first) => {
  const edit = editOf(value, first);
  const { bytes, end } = edit;
  for (let at = first; at < end; ) {
    const sign = signLengthAt(bytes, at);
    if (sign === 0) edit.put(bytes[at++] as number);
    else at += sign;
  }
  return edit.text();
});

/** How long the sign of a comment is; 0: there is none. */
function signLengthAt(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case slash:
      return bytes[at + 1] === star ? 2 : 0;
    case star:
      return bytes[at + 1] === slash ? 2 : 0;
    case hash:
      return 1;
    case dash:
      if (bytes[at + 1] !== dash) return 0;
      return bytes[at + 2] === greater ? 3 : 2;
    case less:
      return isHtmlOpening(bytes, at) ? 4 : 0;
    default:
      return 0;
  }
}
