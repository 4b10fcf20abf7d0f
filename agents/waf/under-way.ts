// What is known of exchanges under way, by their ids, until it is taken out. The shaping decision: what is kept lies in a
// list of places, and the map knows only which. A map that is filled and emptied moves to a new table every few dozen
// exchanges, and the table before points to the new one; once one of them has outlived the nursery they all stay until
// the next full collection, with what was in them then. So each transaction grew old though it was long over: 10 of the
// 28 KB that a request makes, and a quarter of the firewall's processor time to collect them. A place is emptied when it
// is given back, so a dead table holds on to numbers. It refuses to forget anything by itself.

export class UnderWay<T> {
  readonly #places = new Map<string, number>();
  readonly #contents: Array<T | undefined> = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#places.size;
  }

  get(id: string): T | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#contents[place];
  }

  /** In place of what had the id before. */
  put(id: string, content: T): void {
    const place = this.#places.get(id) ?? this.#free.pop() ?? this.#contents.length;
    this.#places.set(id, place);
    this.#contents[place] = content;
  }

  take(id: string): T | undefined {
    const place = this.#places.get(id);
    if (place === undefined) return undefined;
    const content = this.#contents[place];
    this.#places.delete(id);
    this.#contents[place] = undefined;
    this.#free.push(place);
    return content;
  }

  /** Those that are taken out meanwhile are left out, new ones may be told. */
  *all(): Generator<readonly [id: string, content: T]> {
    for (const [id, place] of this.#places) yield [id, this.#contents[place] as T];
  }
}
