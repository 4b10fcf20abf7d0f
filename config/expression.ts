// What there is to know of a regular expression before it meets a request: that RE2 takes it, and its groups. Reading
// only; it refuses to match anything.

import RE2 from 're2';

/** Why RE2 does not take it, in RE2's words. */
export function faultOf(expression: string): string | undefined {
  try {
    new RE2(expression, 'u');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How many groups it captures; `undefined` if it is none. An alternative that matches the empty text shows them all. */
export function groupsIn(expression: string | undefined): number | undefined {
  if (expression === undefined || faultOf(expression) !== undefined) return undefined;
  return (new RE2(`(?:${expression})|`, 'u').exec('')?.length ?? 1) - 1;
}

/** The largest group that a replacement names: 2 for `/$2/$1`. */
export function groupsWantedBy(replacement: string | undefined): number {
  return Math.max(0, ...partsOf(replacement ?? '').filter((part) => typeof part === 'number'));
}

/** `/new/$1` as texts and numbers of groups; `$$` is a dollar, and so is one that no digit follows. */
export function partsOf(replacement: string): Array<string | number> {
  return (replacement.match(/\$[1-9$]|\$|[^$]+/g) ?? []).map((part) => {
    if (/^\$[1-9]$/.test(part)) return Number(part.slice(1));
    return part === '$$' ? '$' : part;
  });
}
