// Is a text within another, in time that grows with both lengths and not with their product? The shaping decision: short
// needles and constants are V8's business, whose search is at most the product of a small number; a long needle that
// may come from a request is searched by Knuth, Morris and Pratt. It refuses nothing.

import { wafLimits } from '#config/limits-waf';

/** Where `needle` first starts in `text`, or -1. */
export function find(text: string, needle: string): number {
  if (needle.length <= wafLimits.shortNeedleBytesMax) return text.indexOf(needle);
  for (const start of longOccurrences(text, needle)) return start;
  return -1;
}

/** Everywhere that `needle`, which is not empty, starts in `text`, also within itself. */
export function* occurrences(text: string, needle: string): Generator<number, void> {
  if (needle.length > wafLimits.shortNeedleBytesMax) return yield* longOccurrences(text, needle);
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) yield at;
}

function* longOccurrences(text: string, needle: string): Generator<number, void> {
  if (needle.length > text.length) return;
  const borders = bordersOf(needle);
  let matched = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    while (matched > 0 && needle.charCodeAt(matched) !== byte) matched = borders[matched - 1] ?? 0;
    if (needle.charCodeAt(matched) === byte) matched += 1;
    if (matched < needle.length) continue;
    yield at + 1 - matched;
    matched = borders[matched - 1] ?? 0;
  }
}

/** For each length of a start of the needle: the longest shorter start that it ends with. */
function bordersOf(needle: string): Int32Array {
  const borders = new Int32Array(needle.length);
  let border = 0;
  for (let at = 1; at < needle.length; at += 1) {
    const byte = needle.charCodeAt(at);
    while (border > 0 && needle.charCodeAt(border) !== byte) border = borders[border - 1] ?? 0;
    if (needle.charCodeAt(border) === byte) border += 1;
    borders[at] = border;
  }
  return borders;
}
