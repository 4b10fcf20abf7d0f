// Numbers out of texts, the same in every worker, on every host and after every restart. FNV-1a for the characters and
// the finalizer of MurmurHash3 for the spread; 32 bits. It refuses to be secret: whoever chooses a key may choose where
// it leads.

/** From 0 to 2^32 - 1. */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash);
}

/** Each bit of the number changes half of the bits of the result; each number has a result of its own. */
export function mix(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** As a share of all hashes, from 0 to below 1. */
export function shareOf(hash: number): number {
  return hash / 0x1_0000_0000;
}
