// Which bytes beside letters are in the texts of a clause: where a text cannot hold those of any of them, none of them can
// be in it, and it need not be made to be looked at. Letters are left out, since nearly every value has some.

import { highBits, isMixed, isWithin, lowBits, type Mask } from './byte-classes.ts';

/** As far as signs go. */
export interface SignedNeed extends Mask {
  readonly signs: readonly Mask[]; // see signsOf
}

const signsMax = 32; // more are not worth asking for
const noSign: Mask = { low: 0, high: 0 };

/** Of each text in small letters its signs; without those of which others are a part. */
export function signsOf(texts: readonly string[]): readonly Mask[] {
  let least: Mask[] = [];
  for (const text of texts) {
    const own = signsIn(text);
    if (own.low === 0 && own.high === 0) return [noSign];
    if (least.some((one) => isWithin(one, own))) continue;
    least = [...least.filter((one) => !isWithin(own, one)), own];
    if (least.length > signsMax) return [noSign];
  }
  return least;
}

function signsIn(text: string): Mask {
  let [low, high] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    if (byte > 0xff || (byte >= 0x61 && byte <= 0x7a)) continue; // the mark of the start is no byte and has no kind
    low |= lowBits[byte] as number;
    high |= highBits[byte] as number;
  }
  return { low, high };
}

/** Whether a text that holds no kinds but these could fulfil all. */
export function couldMeet(needs: readonly SignedNeed[], held: Mask): boolean {
  for (const need of needs) if (!isMixed(need, held) && !hasSigns(need.signs, held)) return false;
  return true;
}

function hasSigns(signs: readonly Mask[], held: Mask): boolean {
  for (const one of signs) if (isWithin(one, held)) return true;
  return false;
}
