// IP addresses and networks, read from text into numbers and asked whether one holds the other. The shaping decision: an
// IPv4 address is kept as the IPv6 address that stands for it (::ffff:0:0/96, RFC 4291 section 2.5.5.2), so there is one
// form, and `::ffff:10.0.0.1` is inside 10.0.0.0/8 however it was written. It refuses zones (`%eth0`: they mean something
// on one machine only) and host bits (10.0.0.1/8: a typing mistake that would name far more than meant).

import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** Eight groups of 16 bits. */
export type Ip = readonly number[];

export interface Network {
  readonly ip: Ip;
  readonly bits: number; // of 128 that count
}

export type NetworkReading = Network | { readonly problem: string; readonly hint: string };

const addressCharactersMax = 45; // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
const mappedBits = 96;
const mappedGroups = [0, 0, 0, 0, 0, 0xffff] as const;

export function parseIp(text: string): Ip | undefined {
  if (text.length > addressCharactersMax) return undefined;
  if (isIPv4(text)) return [...mappedGroups, ...groupsOfV4(text)];
  return isIPv6(text) && !text.includes('%') ? groupsOfV6(text) : undefined;
}

/** The one spelling of an address: IPv4 with points, IPv6 as RFC 5952 wants it. */
export function formatIp(ip: Ip): string {
  if (isMapped(ip)) return ip.slice(6).flatMap(bytesOf).join('.');
  const address = ip.map((group) => group.toString(16)).join(':');
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** `10.0.0.0/8`, `2001:db8::/32` or a single address. */
export function parseNetwork(text: string): NetworkReading {
  const slash = text.indexOf('/');
  const written = slash === -1 ? text : text.slice(0, slash);
  const ip = parseIp(written);
  if (ip === undefined)
    return { problem: 'is not an IP address or network', hint: 'write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32' };
  const before = isIPv4(written) ? mappedBits : 0;
  const bits = slash === -1 ? 128 : before + lengthOf(text.slice(slash + 1), 128 - before);
  if (Number.isNaN(bits))
    return {
      problem: `has no length from 0 to ${128 - before} behind its slash`,
      hint: `write ${written}/${isIPv4(written) ? 24 : 64}`,
    };
  const masked = ip.map((group, index) => group & maskOf(index, bits));
  if (masked.some((group, index) => group !== ip[index])) {
    const hint = `write ${formatIp(masked)}/${bits - before}, or ${written} alone`;
    return { problem: 'has bits set behind its length', hint };
  }
  return { ip, bits };
}

/** `::/0` is every IPv6 address, and no IPv4 address in disguise. */
export function holds({ ip: network, bits }: Network, ip: Ip): boolean {
  if (bits < mappedBits && isMapped(ip)) return false;
  for (let index = 0; 16 * index < bits; index += 1) {
    if (((ip[index] as number) & maskOf(index, bits)) !== network[index]) return false;
  }
  return true;
}

/** True if all of a family is inside, or half of it: no network of anybody's is that large. */
export function isEverybody({ ip, bits }: Network): boolean {
  return bits <= (isMapped(ip) ? mappedBits + 1 : 1);
}

function isMapped(ip: Ip): boolean {
  return mappedGroups.every((group, index) => ip[index] === group);
}

/** The bits of one group that lie within the first `bits`. */
function maskOf(index: number, bits: number): number {
  const inGroup = bits - 16 * index;
  return inGroup >= 16 ? 0xffff : inGroup <= 0 ? 0 : (0xffff << (16 - inGroup)) & 0xffff;
}

function bytesOf(group: number): [number, number] {
  return [group >> 8, group & 0xff];
}

function groupsOfV4(text: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

/** `text` is known to be valid: at most one `::`, and dotted IPv4 only at its end. */
function groupsOfV6(text: string): Ip {
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((one) => (one.includes('.') ? groupsOfV4(one) : [Number.parseInt(one, 16)]));
}

function lengthOf(text: string, most: number): number {
  const length = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  return length <= most ? length : Number.NaN;
}
