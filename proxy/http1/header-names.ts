// The header names that the proxy itself acts on, found by length and bytes without making a string; every other header
// is `other` and passes as bytes. Many upstreams (CGI, WSGI, Rack) read `X_Real_IP` as `X-Real-IP`, and some (lighttpd's
// CGI) `X.Real.IP` too, so every mark in a name counts as a hyphen: a client cannot bring in by an underscore or a point
// what it may not bring by a hyphen.

/** One number per name; 0 is every other name. */
export const headerIds = {
  other: 0,
  host: 1,
  'content-length': 2,
  'transfer-encoding': 3,
  connection: 4,
  'keep-alive': 5,
  'proxy-connection': 6,
  te: 7,
  trailer: 8,
  upgrade: 9,
  expect: 10,
  'x-forwarded-for': 11,
  'x-forwarded-proto': 12,
  'x-forwarded-host': 13,
  'x-forwarded-port': 14,
  'x-real-ip': 15,
  'x-request-id': 16,
  forwarded: 17,
  via: 18,
  proxy: 19,
  'user-agent': 20,
  referer: 21,
  accept: 22,
  date: 23,
  'http2-settings': 24,
  traceparent: 25,
  tracestate: 26,
  'x-forwarded': 27,
  'x-forwarded-by': 28,
  'x-forwarded-prefix': 29,
  'x-forwarded-protocol': 30,
  'x-forwarded-scheme': 31,
  'x-forwarded-server': 32,
  'x-forwarded-ssl': 33,
  'x-original-forwarded-for': 34,
  'x-client-ip': 35,
  'x-cluster-client-ip': 36,
  'x-remote-addr': 37,
  'x-remote-ip': 38,
  'true-client-ip': 39,
  'cf-connecting-ip': 40,
  'fastly-client-ip': 41,
  'front-end-https': 42,
  'client-cert': 43,
  'client-cert-chain': 44,
  'x-client-cert-verified': 45,
  'x-client-cert-subject': 46,
  'x-client-cert-issuer': 47,
  'x-client-cert-serial': 48,
  'x-client-cert-fingerprint': 49,
  'x-client-cert-not-after': 50,
  'x-forwarded-client-cert': 51,
  'x-ssl-client-cert': 52,
  'x-ssl-client-verify': 53,
  'x-ssl-client-s-dn': 54,
  'ssl-client-cert': 55,
} as const;

export type HeaderName = keyof typeof headerIds;

interface Known {
  readonly id: number;
  readonly name: Buffer;
}

const hyphen = 0x2d;

/** Letters in lower case, digits, and a hyphen for every other byte. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte).toLowerCase();
  return byte < 0x80 && /[a-z0-9]/.test(character) ? character.charCodeAt(0) : hyphen;
});

/** Names by length and first letter, so that a name of none of ours is seen by one look, and one of ours by one more. */
const slots: Known[][] = [];
for (const [name, id] of Object.entries(headerIds)) {
  if (id === headerIds.other) continue;
  const slot = slotOf(name.length, name.charCodeAt(0));
  slots[slot] ??= [];
  slots[slot].push({ id, name: Buffer.from(name) });
}

/** Letters differ in their last five bits, whatever their case. */
function slotOf(length: number, first: number): number {
  return (length << 5) | (first & 0x1f);
}

/** The id of the name at `bytes[start, end)`. */
export function headerIdOf(bytes: Uint8Array, start: number, end: number): number {
  const candidates = slots[slotOf(end - start, bytes[start] as number)];
  if (candidates === undefined) return 0;
  for (let index = 0; index < candidates.length; index += 1) {
    const { id, name } = candidates[index] as Known;
    if (isName(bytes, start, name)) return id;
  }
  return 0;
}

/** True if the name at `bytes[start, end)` is this one, which is `hyphenated`. */
export function isNamed(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  return end - start === name.length && isName(bytes, start, name);
}

function isName(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (folded[bytes[start + index] as number] !== name[index]) return false;
  }
  return true;
}

/** True for a name with another mark than hyphens: where it frames the message, two readers would frame it differently. */
export function isMisspelt(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] as number;
    if (folded[byte] === hyphen && byte !== hyphen) return true;
  }
  return false;
}

/** The name as it is compared here, of a text. */
export function hyphenated(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** Headers that say something about this connection only (RFC 9110 section 7.6.1), `Connection` itself included. */
const hopByHop: readonly HeaderName[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];

/** Headers that nobody may bring to the upstream: the proxy writes its own, or none may be there (`Proxy`: CVE-2016-5385). */
const replaced: readonly HeaderName[] = [
  'host',
  'content-length',
  'expect',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-real-ip',
  'x-request-id',
  'forwarded',
  'proxy',
  'traceparent',
  'tracestate',
];

/** Headers that upstreams and their libraries read a client's address or road from: only a trusted proxy may bring them. */
export const claims: readonly HeaderName[] = [
  'x-forwarded',
  'x-forwarded-by',
  'x-forwarded-prefix',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-original-forwarded-for',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-remote-addr',
  'x-remote-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'front-end-https',
];

/** Headers that tell about the certificate of a client: only who has seen it may bring them. */
export const certificateClaims: readonly HeaderName[] = [
  'client-cert',
  'client-cert-chain',
  'x-client-cert-verified',
  'x-client-cert-subject',
  'x-client-cert-issuer',
  'x-client-cert-serial',
  'x-client-cert-fingerprint',
  'x-client-cert-not-after',
  'x-forwarded-client-cert',
  'x-ssl-client-cert',
  'x-ssl-client-verify',
  'x-ssl-client-s-dn',
  'ssl-client-cert',
];

/** What does not pass to the upstream: of a trusted proxy, of one whose own certificate we have asked for, of everybody else. */
export const isLeftOutOfTrusted = idsOf([...hopByHop, ...replaced]);
export const isLeftOutOfAsked = idsOf([...hopByHop, ...replaced, ...certificateClaims]);
export const isLeftOut = idsOf([...hopByHop, ...replaced, ...claims, ...certificateClaims]);

export const isHopByHop = idsOf(hopByHop);

/** Trailers that would frame, route, command, authenticate or say what the content is, after the fact (RFC 9110 section 6.5.1). */
export function isForbiddenTrailer(name: string): boolean {
  return forbiddenTrailers.has(hyphenated(name));
}

const forbiddenTrailers = new Set<string>([
  ...hopByHop,
  ...replaced,
  ...claims,
  ...certificateClaims,
  'via',
  'trailer',
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
  'cookie',
  'set-cookie',
  'content-encoding',
  'content-range',
  'content-type',
  'cache-control',
  'max-forwards',
  'range',
  'location',
]);

function idsOf(names: readonly HeaderName[]): Uint8Array {
  const table = new Uint8Array(Object.keys(headerIds).length);
  for (const name of names) table[headerIds[name]] = 1;
  return table;
}
