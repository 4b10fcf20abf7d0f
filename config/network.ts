// Networks as people write them (`10.0.0.0/8`, `2001:db8::/32`, a bare address), and the set that says whether an
// address is in one of them. The shaping decision: every address is four 32-bit words, an IPv4 one as the IPv6 address
// that stands for it, so that `::ffff:10.0.0.1` is inside 10.0.0.0/8 however it was written; and the set is a sorted list
// of ranges, so a look-up is one binary search without an object made. It refuses bits behind the prefix (10.0.0.1/8: a
// typing mistake would mean far more than was meant) and zones (`%eth0` means something on one machine only).

import { isIPv4, isIPv6, SocketAddress } from 'node:net';

const wordsPerAddress = 4;
const mappedWord = 0xffff; // ::ffff:0:0/96 (RFC 4291 section 2.5.5.2)

export interface Network {
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

/** The network, or why the text is none, to be said behind `'key' must`. */
export function parseNetwork(text: string): Network | string {
  const slash = text.indexOf('/');
  const written = slash === -1 ? text : text.slice(0, slash);
  const first = new Uint32Array(wordsPerAddress);
  if (!readAddress(written, first)) return 'be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32';
  const bits = isIPv4(written) ? 32 : 128;
  const length = slash === -1 ? bits : lengthOf(text.slice(slash + 1), bits);
  if (length === undefined) return `have a prefix length from 0 to ${bits} behind the slash`;
  const last = first.slice();
  const masked = first.slice();
  for (let bit = 128 - bits + length; bit < 128; bit += 1) {
    const [word, mask] = [bit >>> 5, 0x8000_0000 >>> (bit & 31)];
    last[word] = (last[word] as number) | mask;
    masked[word] = (masked[word] as number) & ~mask;
  }
  if (compare(first, 0, masked) === 0) return { first, last };
  return `have no bits set behind its prefix length: write ${formatWords(masked)}/${length}, or ${written} alone`;
}

function lengthOf(digits: string, most: number): number | undefined {
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  return length <= most ? length : undefined;
}

/** `::/0` is every IPv6 address, and no IPv4 address in disguise. */
export function contains(broad: Network, narrow: Network): boolean {
  return isMapped(broad.first) === isMapped(narrow.first) && isWithin(broad, narrow);
}

function isWithin(broad: Network, narrow: Network): boolean {
  return compare(broad.first, 0, narrow.first) <= 0 && compare(broad.last, 0, narrow.last) >= 0;
}

/** True if all of a family is inside, or half of it: no network of anybody's is that large. */
export function isEverybody({ first, last }: Network): boolean {
  const word = isMapped(first) ? 3 : 0;
  return ((first[word] as number) ^ (last[word] as number)) >>> 0 >= 0x7fff_ffff;
}

/** The one spelling of an address, IPv4 with points and IPv6 as RFC 5952 wants it; `undefined` if the text is none. */
export function canonicalAddress(text: string): string | undefined {
  const words = addressWords(text);
  return words && formatWords(words);
}

/** The four words of an address; `undefined` if the text is none. */
export function addressWords(text: string): Uint32Array | undefined {
  const words = new Uint32Array(wordsPerAddress);
  return text.length <= addressCharactersMax && readAddress(text, words) ? words : undefined;
}

const addressCharactersMax = 45; // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255

function formatWords(words: Uint32Array): string {
  const groups = [...words].flatMap((word) => [word >>> 16, word & 0xffff]);
  if (isMapped(words))
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  return new SocketAddress({ address: groups.map((group) => group.toString(16)).join(':'), family: 'ipv6' }).address;
}

function isMapped(words: Uint32Array): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === mappedWord;
}

/** Networks of one family or of both; each family is asked for itself. */
export class NetworkSet {
  readonly #v4: Ranges;
  readonly #v6: Ranges;

  constructor(networks: readonly Network[]) {
    this.#v4 = new Ranges(networks.filter(({ first }) => isMapped(first)));
    this.#v6 = new Ranges(networks.filter(({ first }) => !isMapped(first)));
  }

  /** False for what is no address, such as the name of a client on a Unix socket. */
  has(text: string): boolean {
    if (!readAddress(text, asked)) return false;
    return (isMapped(asked) ? this.#v4 : this.#v6).hasAsked();
  }
}

const asked = new Uint32Array(wordsPerAddress); // one look-up at a time

class Ranges {
  readonly #firsts: Uint32Array;
  readonly #lasts: Uint32Array;
  readonly #count: number;

  constructor(networks: readonly Network[]) {
    const ranges = merged(networks);
    this.#count = ranges.length;
    this.#firsts = Uint32Array.from(ranges.flatMap(({ first }) => [...first]));
    this.#lasts = Uint32Array.from(ranges.flatMap(({ last }) => [...last]));
  }

  hasAsked(): boolean {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#lasts, middle * wordsPerAddress, asked) < 0) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && compare(this.#firsts, low * wordsPerAddress, asked) <= 0;
  }
}

/** In order, and what lies within another left out: two networks never overlap by halves. */
function merged(networks: readonly Network[]): Network[] {
  const sorted = networks.toSorted(
    (one, other) => compare(one.first, 0, other.first) || -compare(one.last, 0, other.last),
  );
  const kept: Network[] = [];
  for (const one of sorted) {
    const before = kept.at(-1);
    if (before === undefined || !isWithin(before, one)) kept.push(one);
  }
  return kept;
}

function compare(words: Uint32Array, at: number, other: Uint32Array): number {
  for (let index = 0; index < wordsPerAddress; index += 1) {
    const difference = (words[at + index] as number) - (other[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Writes the four words of the address; false if it is none. A zone (`fe80::1%eth0`) means something on one machine only. */
function readAddress(text: string, words: Uint32Array): boolean {
  if (isIPv4(text)) {
    words[0] = 0;
    words[1] = 0;
    words[2] = mappedWord;
    words[3] = wordOfV4(text, 0);
    return true;
  }
  if (!isIPv6(text) || text.includes('%')) return false;
  readV6(text, words);
  return true;
}

function wordOfV4(text: string, start: number): number {
  let [word, octet] = [0, 0];
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x2e) {
      word = (word << 8) | octet;
      octet = 0;
    } else octet = 10 * octet + code - 0x30;
  }
  return ((word << 8) | octet) >>> 0;
}

/** `text` is known to be valid: at most one `::`, and dotted IPv4 only at its end. */
function readV6(text: string, words: Uint32Array): void {
  const dotted = text.includes('.') ? text.lastIndexOf(':') + 1 : -1;
  const hex = dotted === -1 ? text : `${text.slice(0, dotted)}0:0`;
  const gap = hex.indexOf('::');
  const before = groupsOf(gap === -1 ? hex : hex.slice(0, gap));
  const after = gap === -1 ? [] : groupsOf(hex.slice(gap + 2));
  words.fill(0);
  for (const [index, group] of before.entries()) put(words, index, group);
  for (const [index, group] of after.entries()) put(words, 8 - after.length + index, group);
  if (dotted !== -1) words[3] = wordOfV4(text, dotted);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function put(words: Uint32Array, group: number, value: number): void {
  const index = group >>> 1;
  words[index] = ((words[index] as number) | (group % 2 === 0 ? value << 16 : value)) >>> 0;
}
