// Which clients count as one: addresses of one network, since a customer of an access network has a whole IPv6 prefix and
// could use each address of it once. An address alone stays the text that it is.

import { addressWords } from '#config/network';

export interface Prefixes {
  readonly v4: number;
  readonly v6: number;
}

/** `192.0.2.1`, or the words of the prefix; what is no address, such as the name of a Unix peer, is itself. */
export function networkKey(ip: string, { v4, v6 }: Prefixes): string {
  const isV4 = !ip.includes(':');
  if (isV4 ? v4 === 32 : v6 === 128) return ip;
  const words = addressWords(ip);
  if (words === undefined) return ip;
  const bits = isV4 ? 96 + v4 : v6;
  let key = '';
  for (let at = 0; 32 * at < bits; at += 1) key += `${masked(words[at] as number, bits - 32 * at).toString(36)}.`;
  return key;
}

/** The first `bits` of a word of 32. */
function masked(word: number, bits: number): number {
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}
