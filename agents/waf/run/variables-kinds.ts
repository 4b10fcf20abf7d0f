// The two kinds of variables and how a table of them is written: one value, or many under keys.

import type { Selector } from '../lang/tree.ts';
import { asciiLower } from '../transform/bytes.ts';
import type { Item } from './item.ts';
import type { Pair } from './request.ts';
import type { TransactionState } from './state.ts';

export interface Variable {
  readonly isCollection: boolean;
  items(tx: TransactionState, selector: Selector | undefined): readonly Item[];
  /** The value of the first item of this key, where that is quicker than to look through all of them. */
  first?(tx: TransactionState, key: string): string | undefined;
}

export type Variables = Readonly<Record<string, Variable>>;

/** One value; `undefined`: not there now. */
export function one(name: string, read: (tx: TransactionState) => string | undefined): Variable {
  return {
    isCollection: false,
    items: (tx) => {
      const value = read(tx);
      return value === undefined ? [] : [{ variable: name, key: undefined, value }];
    },
  };
}

export function many(name: string, read: (tx: TransactionState) => readonly Pair[]): Variable {
  return { isCollection: true, items: (tx) => read(tx).map(([key, value]) => ({ variable: name, key, value })) };
}

/** The names of another collection, as values. */
export const namesOf = (pairs: readonly Pair[]): readonly Pair[] => pairs.map(([key]) => [key, key]);

export const flag = (isSet: boolean): string => (isSet ? '1' : '0');

/** Pairs that never change, one list behind the other, with an index: a macro is filled in for each value that matches. */
export function indexed(name: string, read: (tx: TransactionState) => ReadonlyArray<readonly Pair[]>): Variable {
  return {
    ...many(name, (tx) => read(tx).flat()),
    first(tx, key) {
      for (const pairs of read(tx)) {
        const value = indexOf(pairs).get(asciiLower(key));
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

const indexes = new WeakMap<readonly Pair[], ReadonlyMap<string, string>>();

function indexOf(pairs: readonly Pair[]): ReadonlyMap<string, string> {
  const known = indexes.get(pairs);
  if (known !== undefined) return known;
  const index = new Map<string, string>();
  for (const [key, value] of pairs) if (!index.has(asciiLower(key))) index.set(asciiLower(key), value);
  indexes.set(pairs, index);
  return index;
}
