// The smallest message that still shows what a larger one shows: parts are taken out, halves first, then single bytes, as
// long as it holds. Bounded by rounds, so that it always ends.

const roundsMax = 20;

export function shrink(bytes: Buffer, holds: (smaller: Buffer) => boolean): Buffer {
  let best = bytes;
  for (let round = 0; round < roundsMax; round += 1) {
    const before = best.length;
    for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2))
      best = without(best, size, holds);
    if (best.length === before) return best;
  }
  return best;
}

/** Every part of this size that can be taken out is. */
function without(bytes: Buffer, size: number, holds: (smaller: Buffer) => boolean): Buffer {
  let best = bytes;
  for (let at = 0; at < best.length; ) {
    const smaller = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
    if (smaller.length < best.length && holds(smaller)) best = smaller;
    else at += size;
  }
  return best;
}
