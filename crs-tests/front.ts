// What stands between a test's bytes and the engine when no real proxy does: a strict HTTP/1 server as one pure function.
// It reads one request, and refuses what RFC 9112 and 9110 let a server refuse, as the web server does on which the
// corpus was written: such a request never reaches the rules. The target that uses the real proxy does not come here.

type Header = readonly [name: string, value: string];

export interface ParsedRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly line: string;
  readonly headers: readonly Header[];
  readonly hasBody: boolean;
  readonly body: string;
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly status: number | undefined; // undefined: the answer is one that an HTTP/1 client cannot read
  readonly reason: string;
}

export function readRequest(bytes: string): ParsedRequest | Refusal {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return refuse('the head does not end');
  const [line = '', ...headerLines] = bytes.slice(0, end).split('\r\n');
  const first = readLine(line);
  if (first.kind === 'refusal') return first;
  const headers: Header[] = [];
  for (const text of headerLines) {
    const header = readHeader(text);
    if (header === undefined) return refuse(`the header line ${JSON.stringify(text.slice(0, 60))} is malformed`);
    headers.push(header);
  }
  const host = hostProblem(headers, first.protocol);
  if (host !== undefined) return refuse(host);
  return withBody(first, headers, bytes.slice(end + 4));
}

const refuse = (reason: string): Refusal => ({ kind: 'refusal', status: 400, reason });

const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/; // RFC 9110, section 5.6.2

type Line = Pick<ParsedRequest, 'kind' | 'method' | 'target' | 'protocol' | 'line'>;

/** Three words with a blank between (RFC 9112, section 3). Only a line of two words is HTTP/0.9, answered without a head. */
function readLine(line: string): Line | Refusal {
  const words = line.split(' ');
  const [method = '', target = '', protocol = ''] = words;
  if (!token.test(method)) return refuse('the method is no token');
  if (words.length === 2 || (words.length === 3 && protocol === '')) {
    return { kind: 'refusal', status: undefined, reason: 'HTTP/0.9' };
  }
  if (words.length !== 3) return refuse('the request line has blanks in its target');
  if (!/^HTTP\/[1-9](?:\.\d)?$/.test(protocol)) return refuse(`the version ${protocol} is none`);
  if (!isTarget(method, target)) return refuse('the target has none of the forms there are');
  return { kind: 'request', method, target, protocol, line };
}

/** RFC 9112, section 3.2: origin, absolute, authority and asterisk form; none has a fragment. */
function isTarget(method: string, target: string): boolean {
  if (target.includes('#') || /[\x00-\x20\x7f]/.test(target)) return false;
  if (method === 'CONNECT') return /^[^/?@]+:\d+$/.test(target);
  return target.startsWith('/') || /^https?:\/\/[^/?]/i.test(target) || (target === '*' && method === 'OPTIONS');
}

function readHeader(text: string): Header | undefined {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  if (colon === -1 || !token.test(name)) return undefined;
  const value = text.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  return /[\r\n\0]/.test(value) ? undefined : [name, value];
}

const valuesOf = (headers: readonly Header[], lowerName: string): readonly string[] =>
  headers.filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value);

/** RFC 9112, section 3.2: one Host in HTTP/1.1, of a form that a host has; percent signs only in zones of IPv6. */
function hostProblem(headers: readonly Header[], protocol: string): string | undefined {
  const hosts = valuesOf(headers, 'host');
  if (hosts.length > 1) return 'there is more than one Host';
  const [host] = hosts;
  if (host === undefined) return protocol === 'HTTP/1.0' ? undefined : 'there is no Host';
  if (host === '') return protocol === 'HTTP/1.0' ? undefined : 'the Host is empty';
  return /^(?:[\w.~!$&'()*+,;=-]+|\[[\da-f:.%\w]+\])(?::\d*)?$/i.test(host)
    ? undefined
    : 'the Host has no form of a host';
}

/** RFC 9112, section 6.3: chunked overrules a length, which then is no header of this request any more. */
function withBody(line: Line, headers: readonly Header[], rest: string): ParsedRequest | Refusal {
  const codings = valuesOf(headers, 'transfer-encoding');
  if (codings.length > 0) {
    if (!/(?:^|,)[ \t]*chunked$/i.test(codings.join(','))) return refuse('the transfer coding does not end in chunked');
    const kept = headers.filter(([name]) => name.toLowerCase() !== 'content-length');
    const body = dechunk(rest);
    return body === undefined ? refuse('the chunks are malformed') : { ...line, headers: kept, hasBody: true, body };
  }
  const lengths = valuesOf(headers, 'content-length');
  const [length] = lengths;
  if (length === undefined) return { ...line, headers, hasBody: false, body: '' };
  if (lengths.length > 1 || !/^\d{1,15}$/.test(length)) return refuse('the Content-Length is no number');
  return { ...line, headers, hasBody: true, body: rest.slice(0, Number(length)) };
}

function dechunk(text: string): string | undefined {
  const pieces: string[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const size = /^([\da-f]{1,8})[ \t]*(?:;|$)/i.exec(text.slice(at, end === -1 ? at : end))?.[1];
    if (size === undefined) return undefined;
    const length = Number.parseInt(size, 16);
    if (length === 0) return pieces.join('');
    const start = end + 2;
    if (text.slice(start + length, start + length + 2) !== '\r\n') return undefined;
    pieces.push(text.slice(start, start + length));
    at = start + length + 2;
  }
}
