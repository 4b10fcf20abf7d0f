// Where exchanges with long bodies go, of several processes of an agent: to the last of them, while it has few, so that the
// others stay free for short ones; past a bound to whoever has the fewest. An agent judges a body in one piece, and
// whatever else is asked of that process waits meanwhile. Counted from the head of a request to the answer about the end
// of its body; what never comes is forgotten after a while. It refuses to know links and calls.

import { askingLimits } from '#config/limits';

interface Expected<Place> {
  readonly place: Place;
  readonly bytes: number;
  readonly untilMs: number;
}

export class LargeBodies<Place> {
  readonly #expected = new Map<string, Expected<Place>>(); // by exchange, the oldest first

  /** `undefined`: there is no place. */
  place(id: string, bytes: number, places: readonly Place[], nowMs: number): Place | undefined {
    this.#forget(nowMs);
    const lane = places.at(-1);
    const place =
      lane === undefined || this.#bytesAt(lane) + bytes <= askingLimits.laneBytesMax ? lane : this.#emptiest(places);
    if (place !== undefined) this.#expected.set(id, { place, bytes, untilMs: nowMs + askingLimits.laneMs });
    return place;
  }

  release(id: string): void {
    this.#expected.delete(id);
  }

  /** For equals the last: it is the lane. */
  #emptiest(places: readonly Place[]): Place | undefined {
    let [best, least] = [places.at(-1), Number.POSITIVE_INFINITY];
    for (const place of places.toReversed()) {
      const bytes = this.#bytesAt(place);
      if (bytes < least) [best, least] = [place, bytes];
    }
    return best;
  }

  #bytesAt(place: Place): number {
    let sum = 0;
    for (const one of this.#expected.values()) if (one.place === place) sum += one.bytes;
    return sum;
  }

  #forget(nowMs: number): void {
    for (const [id, { untilMs }] of this.#expected) {
      if (untilMs > nowMs && this.#expected.size < askingLimits.largeBodiesMax) return;
      this.#expected.delete(id);
    }
  }
}
