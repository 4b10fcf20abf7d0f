// Whether a file is sent at all, by what the client knows of it already: the preconditions of RFC 9110 section 13, in the
// order of section 13.2.2. The headers are looked for in one pass; a request without any costs that pass. Pure.

import { fileLimits } from '#config/limits';
import { equalsLower } from '../http1/bytes.ts';
import type { HeaderLines } from '../http1/header-lines.ts';

const names = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const;
type Name = (typeof names)[number];
export type Conditions = Partial<Record<Name, string>>;

const lookedFor = names.map((name) => ({ name, bytes: Buffer.from(name) }));
const shortest = Math.min(...names.map(({ length }) => length));

/** `undefined`: there are none. */
export function conditionsOf(lines: HeaderLines): Conditions | undefined {
  let found: Conditions | undefined;
  for (let index = 0; index < lines.count; index += 1) {
    const [start, end] = [lines.nameStart(index), lines.nameEnd(index)];
    if (lines.ids[index] !== 0 || end - start < shortest) continue;
    for (const { name, bytes } of lookedFor) {
      if (!equalsLower(lines.bytes, start, end, bytes)) continue;
      found ??= {};
      const before = found[name];
      found[name] = before === undefined ? lines.value(index) : `${before}, ${lines.value(index)}`;
    }
  }
  return found;
}

/** What a file is known by. */
export interface Validators {
  readonly etag: string; // strong
  readonly modifiedMs: number; // a whole second
}

export function judge(asked: Conditions, file: Validators): 'send' | 'not-modified' | 'failed' {
  const { 'if-match': match, 'if-none-match': noneMatch } = asked;
  if (match !== undefined) {
    if (!hasTag(match, file.etag, false)) return 'failed';
  } else if (isLater(file, asked['if-unmodified-since'])) return 'failed';
  if (noneMatch !== undefined) return hasTag(noneMatch, file.etag, true) ? 'not-modified' : 'send';
  const since = dateOf(asked['if-modified-since']);
  return since !== undefined && file.modifiedMs <= since ? 'not-modified' : 'send';
}

/** Whether a range may be cut from this very file (section 13.1.5): a date must be exact, a tag strong. */
export function allowsRange({ 'if-range': condition }: Conditions, file: Validators): boolean {
  if (condition === undefined) return true;
  return condition.startsWith('"') ? condition === file.etag : dateOf(condition) === file.modifiedMs;
}

function isLater({ modifiedMs }: Validators, date: string | undefined): boolean {
  const moment = dateOf(date);
  return moment !== undefined && modifiedMs > moment;
}

/** True if the list has the tag, or is `*`. The weak comparison takes `W/"x"` for `"x"` (section 8.8.3.2). */
function hasTag(list: string, etag: string, isWeak: boolean): boolean {
  if (list.trim() === '*') return true;
  const tags = list.split(',', fileLimits.entityTagsMax);
  return tags.some((one) => {
    const tag = one.trim();
    return tag === etag || (isWeak && tag.startsWith('W/') && tag.slice(2) === etag);
  });
}

/** A date of HTTP; anything else is as if it were not there (section 13.1.3). */
function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || !dateForm.test(text)) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}

const dateForm = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/; // section 5.6.7: the only form that is sent
