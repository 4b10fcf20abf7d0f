// The connections that are here, as far as a stop is concerned. The shaping decision: an array in which the last one takes
// the place of one that leaves. A `Set` that is filled and emptied is built anew every few dozen connections, and the old
// table, once it is in old memory, keeps the connections of that moment and all they hold alive: with it each collection of young
// objects kept a quarter of them (new-connection: 0.7 of 2.7 MB, and a full collection for each 30 MB).

/** A connection as far as a stop goes. */
export interface Guest {
  /** Where it is in the list, which keeps it; -1: nowhere. */
  place: number;
  /** Nothing new is accepted: it ends as soon as it can. */
  drain(): void;
  cut(): void;
}

export class Guests {
  readonly #all: (Guest | undefined)[] = []; // the first `count` of them
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(guest: Guest): void {
    guest.place = this.#count;
    this.#all[this.#count] = guest;
    this.#count += 1;
  }

  delete(guest: Guest): void {
    if (guest.place === -1) return;
    this.#count -= 1;
    const last = this.#all[this.#count];
    this.#all[this.#count] = undefined;
    if (last !== undefined && last !== guest) {
      this.#all[guest.place] = last;
      last.place = guest.place;
    }
    guest.place = -1;
  }

  /** Those of this moment, whoever leaves meanwhile. */
  list(): Guest[] {
    return this.#all.slice(0, this.#count).filter((guest) => guest !== undefined);
  }
}
