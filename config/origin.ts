// Where each effective value came from: a place in a file, a `defaults` block, the environment, or nowhere (the language's
// own default). Kept beside the configuration, by path, for `show`, `diff`, and problems that are found after reading.

import type { Span } from './source.ts';

export type OriginKind = 'file' | 'defaults' | 'default';

export interface Origin {
  readonly kind: OriginKind;
  readonly at: Span | undefined; // undefined only for `default`
  readonly variables: readonly string[]; // environment variables whose values went in
}

const languageDefault: Origin = { kind: 'default', at: undefined, variables: [] };

/**
 * Only what was written is kept: of 10,000 routes most values are defaults. By property names and list
 * positions from the root, joined by dots: `routes.0.policies.timeoutMs`.
 */
export class Origins {
  readonly #byPath = new Map<string, Origin>();

  set(path: string, origin: Origin): void {
    this.#byPath.set(path, origin);
  }

  /** Where the value was written; what was not written is the language's own default. */
  get(path: string): Origin {
    return this.#byPath.get(path) ?? languageDefault;
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** Where to put the caret for a problem with a value: its place, or that of the nearest thing around it. */
  at(path: string): Span | undefined {
    for (let outer = path; outer !== ''; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const found = this.#byPath.get(outer);
      if (found !== undefined) return found.at;
    }
    return undefined;
  }
}
