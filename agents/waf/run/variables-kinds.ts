// The two kinds of variables and how a table of them is written: one value, or many under keys.

import type { Selector } from '../lang/tree.ts';
import type { Item } from './item.ts';
import type { Pair } from './request.ts';
import type { TransactionState } from './state.ts';

export interface Variable {
  readonly isCollection: boolean;
  items(tx: TransactionState, selector: Selector | undefined): readonly Item[];
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
