// Sizes, durations and addresses as people write them, both ways. Pure text; it knows no keys and reports no places.

import { isIPv4, isIPv6 } from 'node:net';

import { systemLimits } from './limits.ts';

const sizeUnits = { B: 1, KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const sizeUnitNames = Object.keys(sizeUnits);
export const durationUnitNames = Object.keys(durationUnits);

/** `"32KiB"` -> 32768; `undefined` if it is not a size. Unit names in any case, a space before them allowed. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, sizeUnits);
}

/** `"1.5s"` -> 1500 (milliseconds); `undefined` if it is not a duration. */
export function parseDuration(text: string): number | undefined {
  return parseWithUnit(text, durationUnits);
}

function parseWithUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s?([A-Za-z]{1,3})$/.exec(text.trim());
  if (match === null) return undefined;
  const [, digits = '', written = ''] = match;
  const unit = Object.keys(units).find((name) => name.toLowerCase() === written.toLowerCase());
  if (unit === undefined) return undefined;
  return Math.round(Number(digits) * (units[unit] ?? 1));
}

/** 32768 -> `32KiB`: the largest binary unit that divides it. */
export function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    if (bytes > 0 && bytes % sizeUnits[unit] === 0) return `${bytes / sizeUnits[unit]}${unit}`;
  }
  return `${bytes}B`;
}

/** 1500 -> `1500ms`, 60000 -> `1m`: the largest unit that divides it. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (milliseconds > 0 && milliseconds % durationUnits[unit] === 0)
      return `${milliseconds / durationUnits[unit]}${unit}`;
  }
  return `${milliseconds}ms`;
}

/** An address to listen on or to connect to: `host:port`, `[v6]:port`, or `unix:/path`. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    return path.startsWith('/') && Buffer.byteLength(path) <= systemLimits.unixPathBytesMax
      ? { kind: 'unix', path }
      : undefined;
  }
  const match = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9_.-]{1,253})):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  const [, v6, host = ''] = match;
  if (v6 !== undefined) return isIPv6(v6) ? { kind: 'tcp', host: v6.toLowerCase(), port } : undefined;
  // What looks like an IPv4 address is one: resolvers read `127.1` and `10` as addresses nobody meant.
  return /^[\d.]+$/.test(host) && !isIPv4(host) ? undefined : { kind: 'tcp', host: host.toLowerCase(), port };
}

/** The text that `parseAddress` reads. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** True if only programs of this machine can reach the address. */
export function isLoopback(address: Address): boolean {
  if (address.kind === 'unix') return true;
  return address.host === 'localhost' || address.host === '::1' || /^127(\.\d{1,3}){3}$/.test(address.host);
}
