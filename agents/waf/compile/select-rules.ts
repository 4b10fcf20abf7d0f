// Which rules an exclusion means: by id (`942100`, `942100-942199`, lists of both), by tag or by message (regular
// expressions that match anywhere, as in ModSecurity 2.9). Used for exclusions at load and for `ctl`.

import { compileExpression } from './regex.ts';

/** What an exclusion looks at. */
export interface Selectable {
  readonly id: number;
  readonly tags: readonly string[];
  readonly message: string | undefined;
}

export type Selects = (rule: Selectable) => boolean;
export type SelectionFault = { readonly fault: string; readonly hint: string | undefined };

export function selectBy(by: 'id' | 'tag' | 'msg', text: string): Selects | SelectionFault {
  return by === 'id' ? selectByIds(text) : selectByText(by, text);
}

export function selectByIds(text: string): Selects | SelectionFault {
  const ranges: Array<readonly [number, number]> = [];
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const range = rangeOf(word);
    if (range === undefined) return { fault: `'${word}' is no id`, hint: 'ids look like 942100 or 942100-942199' };
    ranges.push(range);
  }
  if (ranges.length === 0) return { fault: 'there is no id', hint: 'ids look like 942100 or 942100-942199' };
  return ({ id }) => ranges.some(([first, last]) => id >= first && id <= last);
}

function rangeOf(word: string): readonly [number, number] | undefined {
  const [, first, last] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(word) ?? [];
  if (first === undefined) return undefined;
  const range = [Number(first), Number(last ?? first)] as const;
  return range[0] <= range[1] ? range : undefined;
}

function selectByText(by: 'tag' | 'msg', text: string): Selects | SelectionFault {
  if (text === '') return { fault: 'there is nothing to look for', hint: undefined };
  const expression = compileExpression(text);
  if (!('test' in expression)) return { fault: expression.fault, hint: expression.hint };
  if (by === 'tag') return ({ tags }) => tags.some((tag) => expression.test(tag));
  return ({ message }) => message !== undefined && expression.test(message);
}
