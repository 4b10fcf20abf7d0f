// What is known of names of headers, cookies and arguments, by the name as it came. They are few and come with every request,
// so they are found by a few of their letters, without reading them whole as a `Map` has to. Each row has two places: a name
// that is met again moves to the first, and a new one takes the second, so that names which never come again drive nothing
// out. It refuses to grow.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { copyOf } from './known-values.ts';

interface Met<One> {
  readonly name: string;
  readonly one: One;
}

const rows = 1 << Math.floor(Math.log2(wafPlanLimits.namesKnownMax / 2));

export class MetNames<One> {
  readonly #first: (Met<One> | undefined)[] = Array.from({ length: rows });
  readonly #second: (Met<One> | undefined)[] = Array.from({ length: rows });

  get(name: string): One | undefined {
    const row = rowOf(name);
    const first = this.#first[row];
    if (first !== undefined && first.name === name) return first.one;
    const second = this.#second[row];
    if (second === undefined || second.name !== name) return undefined;
    this.#first[row] = second;
    this.#second[row] = first;
    return second.one;
  }

  keep(name: string, one: One): One {
    if (name.length <= wafPlanLimits.knownValueBytesMax) this.#second[rowOf(name)] = { name: copyOf(name), one };
    return one;
  }
}

/** `Sec-Fetch-Mode` and `Sec-Fetch-Site` differ in their middle, `data[0]` and `data[1]` near their end. */
function rowOf(name: string): number {
  const length = name.length;
  if (length === 0) return 0;
  const front = name.charCodeAt(0) + 31 * name.charCodeAt(length >> 2);
  const middle = name.charCodeAt(length >> 1) + 31 * name.charCodeAt(Math.max(0, length - 3));
  const end = name.charCodeAt(Math.max(0, length - 2)) + 31 * name.charCodeAt(length - 1);
  const sum = Math.imul(Math.imul(length + front, 257) + middle, 257) + end;
  return (Math.imul(sum, 0x9e3779b1) >>> 16) & (rows - 1);
}
