// Which of many things a server name stands for: exact names before wildcards, and a wildcard for one label, as in the
// names of certificates (RFC 6125 section 6.4.3). Two looks into maps, however many names there are.

export class ServerNames<T> {
  readonly #exact = new Map<string, T>();
  readonly #wildcards = new Map<string, T>(); // by what is behind the first label

  /** `name` or `*.suffix`, in any case. */
  add(name: string, value: T): void {
    const lower = name.toLowerCase();
    if (lower.startsWith('*.')) this.#wildcards.set(lower.slice(2), value);
    else this.#exact.set(lower, value);
  }

  /** What the client asked for; it may have written anything. */
  find(name: string): T | undefined {
    const lower = name.toLowerCase();
    return this.#exact.get(lower) ?? this.#wildcards.get(lower.slice(lower.indexOf('.') + 1));
  }
}
