// What the compiler asks of the operators and transformations. They are leaves of the engine: they know nothing of rules.

import type { Macro, Operator, Transformation } from './rule-set.ts';

/** Phrase files, by the name that a rule gives them, which is relative to the file of the rule. */
export interface DataFiles {
  read(name: string): string | undefined; // bytes as Latin-1
}

export interface Leaves {
  readonly operatorNames: readonly string[];
  readonly refusedOperators: Readonly<Record<string, string>>; // and what to do instead
  readonly transformationNames: readonly string[];
  transformationByName(name: string): Transformation | undefined;
  makeOperator(name: string, argument: Macro, files: DataFiles): Operator | { readonly problem: string };
}
