// Changes to the headers that pass: names that are left out, and lines that are put in. The order is the one of the
// configuration, remove, set, add: removing and setting leave out what came, setting and adding write new lines.
// What is left out is left out in every spelling (header-names.ts): where a policy sets X-User, a client's X_User would be
// the same header to some upstreams. It refuses to hold a name that frames a message: those are the proxy's alone.

import { hyphenated, isNamed } from './header-names.ts';

export interface HeaderRules {
  readonly remove: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
}

export interface Mutation {
  readonly op: 'set' | 'add' | 'remove';
  readonly name: string;
  readonly value: string;
}

export class HeaderEdit {
  readonly #dropped: readonly Buffer[];
  readonly #droppedNames: ReadonlySet<string>;
  /** New lines, each with its line end. */
  readonly lines: string;

  constructor(dropped: Iterable<string>, added: ReadonlyArray<readonly [name: string, value: string]>) {
    this.#droppedNames = new Set([...dropped].map((name) => name.toLowerCase()));
    this.#dropped = [...this.#droppedNames].map((name) => Buffer.from(hyphenated(name), 'latin1'));
    this.lines = added.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  drops(bytes: Uint8Array, nameStart: number, nameEnd: number): boolean {
    for (const name of this.#dropped) if (isNamed(bytes, nameStart, nameEnd, name)) return true;
    return false;
  }

  dropsName(lowerName: string): boolean {
    return this.#droppedNames.has(lowerName);
  }
}

/** The changes of a route's policy; `undefined` if there are none. */
export function editOfRules({ remove, set, add }: HeaderRules): HeaderEdit | undefined {
  const dropped = [...remove, ...Object.keys(set)];
  const added = [...Object.entries(set), ...Object.entries(add)];
  return dropped.length === 0 && added.length === 0 ? undefined : new HeaderEdit(dropped, added);
}

/** What agents changed, and the policy on top of it: what the policy leaves out it leaves out of the agents' lines too. */
export function editOfMutations(mutations: readonly Mutation[], rules: HeaderRules): HeaderEdit | undefined {
  if (mutations.length === 0) return editOfRules(rules);
  const droppedByPolicy = new Set([...rules.remove, ...Object.keys(rules.set)].map((name) => name.toLowerCase()));
  const dropped = mutations.filter(({ op }) => op !== 'add').map(({ name }) => name);
  const lines = mutations
    .filter(({ op, name }) => op !== 'remove' && !droppedByPolicy.has(name.toLowerCase()))
    .map(({ name, value }) => [name, value] as const);
  return new HeaderEdit(
    [...dropped, ...droppedByPolicy],
    [...lines, ...Object.entries(rules.set), ...Object.entries(rules.add)],
  );
}
