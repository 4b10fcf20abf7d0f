// What a trusted proxy says about its client: `X-Forwarded-For` and its like, or `Forwarded` (RFC 7239). Read from right to
// left, as the proxies wrote it, up to the first address that is not a trusted proxy's: that is the client, and what
// stands left of it, which the client may have brought itself, is never looked at.
//
//   X-Forwarded-For: made.up, 203.0.113.9, 10.0.0.2      from 10.0.0.1; trusted: 10.0.0.0/8
//                    ^ unread ^ the client ^ trusted
//
// It refuses to guess: at an entry that is malformed, hidden (`unknown`, `_secret`) or beyond the bound it stops, and the
// last address known stands. Two headers that name different clients are told as such. A name with an underscore is not
// read: a client can bring `X_Forwarded_For` through a proxy that only minds the hyphens.

import { forwardingLimits } from '#config/limits';
import { canonicalAddress } from '#config/network';
import type { HeaderLines } from '../http1/header-lines.ts';
import { headerIds, isMisspelt } from '../http1/header-names.ts';
import { isAuthority } from '../http1/request-head.ts';
import type { Scheme } from './client-address.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** What is believed; what is `undefined` has not been said, or not in a form that can be believed. */
export interface Claim {
  /** The client first; empty if no address is known. */
  readonly chain: readonly string[];
  readonly clientPort: number;
  readonly scheme: Scheme | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** `undefined`: two headers contradict each other, and nobody can tell which of them the client brought. */
export function readClaim(lines: HeaderLines, trusted: TrustedProxies): Claim | undefined {
  const list = walk(new Entries(lines, headerIds['x-forwarded-for']), trusted, nodeOf);
  const elements = walk(new Entries(lines, headerIds.forwarded), trusted, nodeOfElement);
  if (list !== undefined && elements !== undefined && list.chain[0] !== elements.chain[0]) return undefined;
  if (list === undefined && elements !== undefined) return claimOfElement(elements);
  const { chain, port: clientPort } = list ?? realIp(lines);
  const host = onlyValue(lines, headerIds['x-forwarded-host']);
  return {
    chain,
    clientPort,
    scheme: schemeOf(onlyValue(lines, headerIds['x-forwarded-proto'])),
    host: hostOf(host),
    port: portOf(onlyValue(lines, headerIds['x-forwarded-port'])),
  };
}

// ---- the walk

interface Node {
  readonly ip: string;
  readonly port: number; // 0: not said
}

interface Road {
  readonly chain: readonly string[];
  readonly port: number;
  readonly entry: string; // the one that names the client
}

/** `undefined`: the header is not there at all. */
function walk(entries: Entries, trusted: TrustedProxies, read: (entry: string) => Node | undefined): Road | undefined {
  if (entries.isEmpty) return undefined;
  const chain: string[] = [];
  let road: Road = { chain, port: 0, entry: '' };
  while (chain.length < forwardingLimits.hopsMax) {
    const entry = entries.previous();
    const node = entry === undefined ? undefined : read(entry);
    if (entry === undefined || node === undefined) break;
    chain.unshift(node.ip);
    road = { chain, port: node.port, entry };
    if (!trusted.has(node.ip)) break;
  }
  return road;
}

/** The entries of a list header, the last one first, over all its lines. A comma always separates: no address holds one. */
class Entries {
  readonly #lines: HeaderLines;
  readonly #id: number;
  #index: number;
  #rest: string | undefined = undefined;

  constructor(lines: HeaderLines, id: number) {
    this.#lines = lines;
    this.#id = id;
    this.#index = lines.count;
    this.#toPreviousLine();
  }

  get isEmpty(): boolean {
    return this.#rest === undefined;
  }

  previous(): string | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    const comma = rest.lastIndexOf(',');
    if (comma === -1) this.#toPreviousLine();
    else this.#rest = rest.slice(0, comma);
    return trimmed(rest.slice(comma + 1));
  }

  #toPreviousLine(): void {
    this.#rest = undefined;
    while (this.#index > 0 && this.#rest === undefined) {
      this.#index -= 1;
      if (isNamed(this.#lines, this.#index, this.#id)) this.#rest = this.#lines.value(this.#index);
    }
  }
}

/** By its own name, with hyphens. */
function isNamed(lines: HeaderLines, index: number, id: number): boolean {
  return lines.ids[index] === id && !isMisspelt(lines.bytes, lines.nameStart(index), lines.nameEnd(index));
}

// ---- one entry

/** `192.0.2.7`, `192.0.2.7:80`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:80`. */
function nodeOf(entry: string): Node | undefined {
  const bare = canonicalAddress(entry);
  if (bare !== undefined) return { ip: bare, port: 0 };
  const isBracketed = entry.startsWith('[');
  const end = isBracketed ? entry.indexOf(']') + 1 : entry.indexOf(':');
  if (end <= 0) return undefined;
  const address = isBracketed ? entry.slice(1, end - 1) : entry.slice(0, end);
  const ip = isBracketed === address.includes(':') ? canonicalAddress(address) : undefined;
  const port = entry.length === end ? 0 : nodePort(entry.slice(end));
  return ip === undefined || port === undefined ? undefined : { ip, port };
}

/** RFC 7239 section 6: a number, or a name that hides it. */
function nodePort(text: string): number | undefined {
  if (obfuscated.test(text.slice(1)) && text.startsWith(':')) return 0;
  return text.startsWith(':') ? portOf(text.slice(1)) : undefined;
}

const obfuscated = /^_[\w.-]{1,100}$/;

/** `for="[2001:db8::7]:80";proto=https`: as `nodeOf`, but in quotes where it is no token, IPv6 always in brackets. */
function nodeOfElement(element: string): Node | undefined {
  const node = parametersOf(element)?.get('for');
  if (node === undefined || (node.includes(':') && canonicalAddress(node) !== undefined)) return undefined;
  return nodeOf(node);
}

/** The pairs of one element, names in lower case; `undefined` if it is malformed or names one twice (RFC 7239 section 4). */
function parametersOf(element: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const pair of element.split(';')) {
    const equals = pair.indexOf('=');
    const name = trimmed(pair.slice(0, Math.max(equals, 0))).toLowerCase();
    const written = trimmed(pair.slice(equals + 1));
    const value = token.test(written) ? written : quoted.exec(written)?.[1];
    if (equals === -1 || !token.test(name) || value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const quoted = /^"([^"\\]*)"$/; // no address and no host needs a backslash

function claimOfElement({ chain, port: clientPort, entry }: Road): Claim {
  const parameters = parametersOf(entry);
  const host = hostOf(parameters?.get('host'));
  return { chain, clientPort, scheme: schemeOf(parameters?.get('proto')), host, port: undefined };
}

// ---- headers that hold one value

/** Where a proxy writes nothing but `X-Real-IP`. */
function realIp(lines: HeaderLines): Pick<Road, 'chain' | 'port'> {
  const ip = canonicalAddress(onlyValue(lines, headerIds['x-real-ip']) ?? '');
  return { chain: ip === undefined ? [] : [ip], port: 0 };
}

/** The value of a header that stands once. */
export function onlyValue(lines: HeaderLines, id: number): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < lines.count; index += 1) {
    if (!isNamed(lines, index, id)) continue;
    if (value !== undefined) return undefined;
    value = lines.value(index);
  }
  return value;
}

function schemeOf(text: string | undefined): Scheme | undefined {
  const lower = text?.toLowerCase();
  return lower === 'http' || lower === 'https' ? lower : undefined;
}

function hostOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'latin1');
  return isAuthority(bytes, 0, bytes.length) ? text : undefined;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

/** Without blanks around it. Not by an expression: one that looks for the blanks at the end is slow among many others. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text, start)) start += 1;
  while (end > start && isBlank(text, end - 1)) end -= 1;
  return text.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}
