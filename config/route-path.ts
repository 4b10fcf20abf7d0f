// The form that a path has in a request once it is normalised, for paths that are written in a configuration: routes are
// found by comparing the two. RFC 3986 section 6.2.2: unreserved characters as themselves, everything else that is not
// allowed in a path in capital percent-encoding, no dot segments.

/** What is written where it must be; a configured path that differs from it could never match. */
export function normalFormOf(path: string): string {
  return withoutDotSegments(path.replace(neverSent, toEscapes).replace(escaped, decodeUnreserved));
}

const neverSent = /[^\x21-\x7e]|%(?![0-9A-Fa-f]{2})/gu; // a target is visible ASCII (proxy/http1/bytes.ts)

const escaped = /%([0-9A-Fa-f]{2})/g;
const unreserved = /[A-Za-z0-9._~-]/;

function decodeUnreserved(written: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return unreserved.test(character) ? character : written.toUpperCase();
}

/** Leaving the root stays at the root. */
function withoutDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const segments: string[] = [];
  const given = path.split('/').slice(1);
  for (const [index, segment] of given.entries()) {
    if (segment === '..') segments.pop();
    if (segment !== '..' && segment !== '.') segments.push(segment);
    else if (index === given.length - 1) segments.push('');
  }
  return `/${segments.join('/')}`;
}

/** Percent-encodes what RFC 3986 section 3.3 does not allow in a path, a `%` that begins no escape included. */
export function encodePath(text: string): string {
  return text.replace(strayInPath, toEscapes);
}

/** As `encodePath`, for a query (section 3.4), in which `?` is allowed as well. */
export function encodeQuery(text: string): string {
  return text.replace(strayInQuery, toEscapes);
}

const strayInPath = /[^%A-Za-z0-9._~!$&'()*+,;=:@/-]|%(?![0-9A-Fa-f]{2})/gu;
const strayInQuery = /[^%A-Za-z0-9._~!$&'()*+,;=:@/?-]|%(?![0-9A-Fa-f]{2})/gu;

/** In UTF-8, as every client writes them; half a character stands for none. */
function toEscapes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
