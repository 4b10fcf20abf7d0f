// Header changes of several agents, as one. The shaping decision: per name the changes are folded into at most one `set`
// or `remove` followed by `add`s, so applying them one after the other and applying them grouped (remove, set, add: the
// order the protocol states) give the same headers, and the trunk cannot get it wrong. Pure. It refuses to judge names
// and values: the protocol has checked them at the border.

import type { HeaderMutation } from '#protocol/message';

type Headers = readonly (readonly [name: string, value: string])[];

/** What has become of one name; `first` replaces what the request has, `added` stands beside it. */
interface Change {
  readonly first: HeaderMutation | undefined;
  readonly added: readonly HeaderMutation[];
}

export class HeaderChanges {
  readonly #byName: ReadonlyMap<string, Change>; // lower case

  private constructor(byName: ReadonlyMap<string, Change>) {
    this.#byName = byName;
  }

  /** What most exchanges have: one object for all. */
  static readonly none = new HeaderChanges(new Map());

  /** Those of one more agent on top; within one reply the order is remove, set, add. */
  and(mutations: readonly HeaderMutation[]): HeaderChanges {
    if (mutations.length === 0) return this;
    const byName = new Map(this.#byName);
    for (const op of ['remove', 'set', 'add'] as const) {
      for (const mutation of mutations) if (mutation.op === op) takeOne(byName, mutation);
    }
    return new HeaderChanges(byName);
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  list(): readonly HeaderMutation[] {
    if (this.isEmpty) return nothing;
    return [...this.#byName.values()].flatMap(({ first, added }) => (first === undefined ? added : [first, ...added]));
  }

  /** The headers as the next agent, and in the end the upstream, sees them. */
  applyTo(headers: Headers): Headers {
    if (this.#byName.size === 0) return headers;
    const kept = headers.filter(([name]) => this.#byName.get(name.toLowerCase())?.first === undefined);
    const brought = this.list().filter(({ op }) => op !== 'remove');
    return [...kept, ...brought.map(({ name, value }) => [name, value] as const)];
  }
}

function takeOne(byName: Map<string, Change>, mutation: HeaderMutation): void {
  const name = mutation.name.toLowerCase();
  const before = byName.get(name);
  const added = mutation.op === 'add';
  byName.set(
    name,
    added ? { first: before?.first, added: [...(before?.added ?? []), mutation] } : { first: mutation, added: [] },
  );
}

const nothing: readonly HeaderMutation[] = [];
