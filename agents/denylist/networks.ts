// A set of networks, IPv4 and IPv6, that answers whether an address is in one of them. The shaping decision: one hash
// set of masked addresses per prefix length in use, so a lookup costs as many probes as there are different lengths,
// whatever the number of networks. node:net's BlockList answers as fast but was measured at 645 bytes and 4.5 us to
// build per entry; a million addresses here are plain integers. It refuses host bits (10.0.0.1/8): a typing mistake
// would deny far more than meant.

import { isIPv4, isIPv6 } from 'node:net';

/** IPv4 as a signed 32-bit integer, which V8 stores without an object; IPv6 as a bigint. */
type Address = number | bigint;

const v4Bits = 32;
const v6Bits = 128;
const v4MappedPrefix = 0xffffn; // ::ffff:0:0/96, RFC 4291, section 2.5.5.2

export class NetworkSet {
  readonly #v4 = new Map<number, Set<number>>(); // by prefix length
  readonly #v6 = new Map<number, Set<bigint>>();

  /** Adds `10.0.0.0/8`, `2001:db8::/32` or a single address; returns why not, if it is none. */
  add(text: string): string | undefined {
    const slash = text.indexOf('/');
    const written = slash === -1 ? text : text.slice(0, slash);
    const address = parseAddress(written);
    if (address === undefined) return 'is not an IP address or network';
    const bits = typeof address === 'number' ? v4Bits : v6Bits;
    const mappedBits = bits === v4Bits && isIPv6(written) ? v6Bits - v4Bits : 0; // ::ffff:10.0.0.0/104 is 10.0.0.0/8
    const length = slash === -1 ? bits : parseLength(text.slice(slash + 1), mappedBits, mappedBits + bits);
    if (length === undefined) return `has no prefix length from ${mappedBits} to ${mappedBits + bits} after the slash`;
    if (mask(address, length) !== address) return 'has bits set behind its prefix length';
    if (typeof address === 'number') setOf(this.#v4, length).add(address);
    else setOf(this.#v6, length).add(address);
    return undefined;
  }

  has(text: string): boolean {
    const address = parseAddress(text);
    if (address === undefined) return false;
    if (typeof address === 'number') return contains(this.#v4, address, maskV4);
    return contains(this.#v6, address, maskV6);
  }
}

function setOf<A>(table: Map<number, Set<A>>, length: number): Set<A> {
  const present = table.get(length) ?? new Set<A>();
  table.set(length, present);
  return present;
}

function contains<A>(table: Map<number, Set<A>>, address: A, masked: (address: A, length: number) => A): boolean {
  for (const [length, networks] of table) if (networks.has(masked(address, length))) return true;
  return false;
}

function mask(address: Address, length: number): Address {
  return typeof address === 'number' ? maskV4(address, length) : maskV6(address, length);
}

function maskV4(address: number, length: number): number {
  return length === 0 ? 0 : address & (-1 << (v4Bits - length)); // shifts count modulo 32
}

function maskV6(address: bigint, length: number): bigint {
  const hostBits = BigInt(v6Bits - length);
  return (address >> hostBits) << hostBits;
}

/** The address; an IPv4 address written in IPv6 counts as what it is. */
function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return parseV4(text);
  if (!isIPv6(text) || text.includes('%')) return undefined; // a zone means something on one machine only
  const address = parseV6(text);
  return address >> 32n === v4MappedPrefix ? Number(address & 0xffffffffn) | 0 : address;
}

function parseV4(text: string): number {
  return text.split('.').reduce((value, octet) => (value << 8) | Number(octet), 0);
}

/** `text` is known to be valid: at most one `::`, and dotted IPv4 only at its end. */
function parseV6(text: string): bigint {
  const dotted = /[0-9.]*\.[0-9.]*$/.exec(text)?.[0];
  const hex = dotted === undefined ? text : text.slice(0, -dotted.length) + groupsOfV4(parseV4(dotted));
  const [head = '', tail] = hex.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOfV4(address: number): string {
  return `${((address >>> 16) & 0xffff).toString(16)}:${(address & 0xffff).toString(16)}`;
}

function parseLength(text: string, least: number, most: number): number | undefined {
  const length = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  return length >= least && length <= most ? length - least : undefined;
}
