// The facts of a request's and a response's head, as ModSecurity on Apache sees them: the target is split, repeated headers are one value, cookies are read by body/. Pure.

import { readCookies } from '../body/cookies.ts';
import { asciiLower } from '../transform/bytes.ts';
import { isSameName } from './item.ts';

export type Pair = readonly [name: string, value: string];

/** What the caller hands over: byte strings, headers in order, repeated ones repeated. */
export interface RequestHead {
  readonly method: string;
  readonly target: string; // as it stands on the request line
  readonly protocol: string; // `HTTP/1.1`
  readonly line?: string; // the whole line, where it is known
  readonly headers: readonly Pair[];
}

export interface ResponseHead {
  readonly protocol: string;
  readonly status: number;
  readonly reason?: string;
  readonly headers: readonly Pair[];
}

export interface RequestFacts {
  readonly method: string;
  readonly line: string;
  readonly protocol: string;
  readonly uriRaw: string; // REQUEST_URI_RAW
  readonly uri: string; // REQUEST_URI: path and query, without scheme and host
  readonly path: string; // as it came
  readonly filename: string; // REQUEST_FILENAME: the path, decoded once
  readonly basename: string;
  readonly query: string;
  readonly headers: readonly Pair[];
  readonly headersByName: ReadonlyMap<string, Pair>; // in lower case
  readonly cookies: readonly Pair[];
}

export function factsOf(head: RequestHead, cookieVersion: 0 | 1): RequestFacts {
  const { path, query } = splitTarget(head.target);
  const filename = decodePath(path);
  const headersByName = byName(head.headers);
  const cookies = headersByName.get('cookie')?.[1];
  return {
    method: head.method,
    line: head.line ?? `${head.method} ${head.target} ${head.protocol}`,
    protocol: head.protocol,
    uriRaw: head.target,
    uri: head.target.startsWith('/') && !head.target.includes('#') ? head.target : uriOf(path, query),
    path,
    filename,
    basename: filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1),
    query: query ?? '',
    headers: [...headersByName.values()],
    headersByName,
    cookies: cookies === undefined ? [] : readCookies(cookies, cookieVersion).map(({ name, value }) => [name, value]),
  };
}

const uriOf = (path: string, query: string | undefined): string => (query === undefined ? path : `${path}?${query}`);

/** Scheme and authority are cut off, a fragment too; an empty path is `/`, as Apache makes it. */
export function splitTarget(target: string): { path: string; query: string | undefined } {
  const rest = target.startsWith('/') ? target : withoutAuthority(target);
  const hash = rest.indexOf('#');
  const kept = hash === -1 ? rest : rest.slice(0, hash);
  const mark = kept.indexOf('?');
  const path = mark === -1 ? kept : kept.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark === -1 ? undefined : kept.slice(mark + 1) };
}

const withoutAuthority = (target: string): string =>
  target.slice(/^[A-Za-z][A-Za-z\d+.-]*:\/\/[^/?#]*/.exec(target)?.[0].length ?? 0);

/**
 * Apache decodes the path in place between phases 1 and 2, so ModSecurity 2.9 shows rules of phase 2 a decoded one, and
 * CRS counts on it (933160: `/eval%28…`). Here it is decoded from the beginning, as ModSecurity 3 has it. `+` is no blank.
 */
const decodePath = (path: string): string =>
  !path.includes('%')
    ? path
    : path.replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** Apache merges repeated headers before rules see them (ap_get_mime_headers), so `&REQUEST_HEADERS:Host` is 1. */
export const mergeHeaders = (headers: readonly Pair[]): readonly Pair[] => [...byName(headers).values()];

function byName(headers: readonly Pair[]): ReadonlyMap<string, Pair> {
  const merged = new Map<string, Pair>();
  for (const pair of headers) {
    const key = asciiLower(pair[0]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? pair : [known[0], `${known[1]}${key === 'cookie' ? '; ' : ', '}${pair[1]}`]); // RFC 6265 and 9113 join cookies so
  }
  return merged;
}

export function headerOf(headers: readonly Pair[], name: string): string | undefined {
  for (const [known, value] of headers) if (isSameName(known, name)) return value;
  return undefined;
}
