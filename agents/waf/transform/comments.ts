// Comments of SQL and HTML: `removeComments`, `replaceComments`, `removeCommentsChar`. The shaping decision: one pass with
// one bit of memory, as ModSecurity 2.9: a comment's end need not be of its start's kind. It refuses one defect of the
// reference: to copy the byte behind the value when a comment ends it.

import type { Transformation } from '../compile/rule-set.ts';
import { Output, whereFound } from './bytes.ts';

const blank = 0x20;

/** `/*` to `*` `/` becomes one blank; so does one that is not closed. */
export const replaceComments: Transformation = whereFound('replaceComments', ['/*'], (value) => {
  let result = '';
  for (let at = 0; at < value.length; ) {
    const start = value.indexOf('/*', at);
    if (start === -1) return result + value.slice(at);
    result += `${value.slice(at, start)} `;
    const end = value.indexOf('*/', start + 2);
    if (end === -1) return result;
    at = end + 2;
  }
  return result;
});

/** Comments of SQL and HTML go; `--` and `#` cut the rest off. The character behind a comment is never a start of one. */
export const removeComments: Transformation = whereFound('removeComments', ['/*', '<!--', '--', '#'], (value) => {
  const output = new Output(value.length + 1);
  for (let at = 0; at < value.length; ) {
    const opening = openingAt(value, at);
    if (opening > 0) {
      const end = endOfComment(value, at + opening);
      if (end === undefined) {
        output.put(blank);
        break;
      }
      if (end < value.length) output.put(value.charCodeAt(end));
      at = end + 1;
    } else if (value.startsWith('--', at) || value.charCodeAt(at) === 0x23) {
      break;
    } else output.put(value.charCodeAt(at++));
  }
  return output.text();
});

function openingAt(value: string, at: number): number {
  if (value.startsWith('/*', at)) return 2;
  return value.startsWith('<!--', at) ? 4 : 0;
}

/** Behind the nearest end of either kind. */
function endOfComment(value: string, start: number): number | undefined {
  for (let at = start; at < value.length; at += 1) {
    if (value.startsWith('*/', at)) return at + 2;
    if (value.startsWith('-->', at)) return at + 3;
  }
  return undefined;
}

const commentSigns = ['/*', '*/', '<!--', '-->', '--', '#'];

/** The signs go, what is between them stays. */
export const removeCommentsChar: Transformation = whereFound('removeCommentsChar', commentSigns, (value) => {
  const output = new Output(value.length);
  for (let at = 0; at < value.length; ) {
    const sign = commentSigns.find((one) => value.startsWith(one, at));
    if (sign === undefined) output.put(value.charCodeAt(at));
    at += sign?.length ?? 1;
  }
  return output.text();
});
