// Messages that are unusual but right: each must be accepted, and what goes on to the other side must be exactly this,
// byte for byte. Beside the corpus of malformed messages it keeps the parsers from becoming strict by refusing everything.
// Numbers without more are sections of RFC 9112.

import { everyCharacter, tokenCharacters } from './malformed-parts.ts';

/** What the upstream must receive of one request; the lines that the proxy adds by itself are the test's to know. */
export interface Forwarded {
  readonly line: string;
  readonly host?: string; // '' where the client named none
  readonly passes?: string; // header lines of the client's, each with its end
  readonly framing?: string;
  readonly body?: string;
  readonly isOld?: boolean; // came as HTTP/1.0
}

export type UnusualRequest = readonly [bytes: string, forwarded: readonly Forwarded[], why: string];

const a = 'Host: a.example\r\n';
const line = (path: string): string => `GET ${path} HTTP/1.1`;
const get = (lines: string): string => `GET / HTTP/1.1\r\n${a}${lines}\r\n`;
const passing = (lines: string, passes: string, why: string): UnusualRequest => [
  get(lines),
  [{ line: line('/'), passes }],
  why,
];
const plain: Forwarded = { line: line('/') };
const target = (path: string, why: string): UnusualRequest => [
  `GET ${path} HTTP/1.1\r\n${a}\r\n`,
  [{ line: line(path) }],
  why,
];
const method = (name: string, why: string): UnusualRequest => [
  `${name} / HTTP/1.1\r\n${a}\r\n`,
  [{ line: `${name} / HTTP/1.1` }],
  why,
];
const host = (value: string, why: string): UnusualRequest => [
  `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`,
  [{ line: line('/'), host: value }],
  why,
];
const postLine = 'POST / HTTP/1.1';
const post = (lines: string, body: string): string => `${postLine}\r\n${a}${lines}\r\n${body}`;
const sized = (body: string, why: string): UnusualRequest => [
  post(`Content-Length: ${body.length}\r\n`, body),
  [{ line: postLine, framing: `Content-Length: ${body.length}\r\n`, body }],
  why,
];
const inChunks: Forwarded = { line: postLine, framing: 'Transfer-Encoding: chunked\r\n' };
const chunked = (body: string, forwarded: string, why: string): UnusualRequest => [
  post('Transfer-Encoding: chunked\r\n', body),
  [{ ...inChunks, body: forwarded }],
  why,
];
const hello = '5\r\nhello\r\n0\r\n\r\n';

export const unusualRequests: readonly UnusualRequest[] = [
  [get(''), [plain], 'the shortest'],
  [`\r\n${get('')}`, [plain], 'one empty line before it: 2.2'],
  ['GET / HTTP/1.0\r\n\r\n', [{ ...plain, host: '', isOld: true }], 'HTTP/1.0 without Host'],
  [`GET / HTTP/1.0\r\n${a}Connection: keep-alive\r\n\r\n`, [{ ...plain, isOld: true }], 'HTTP/1.0 that asks to stay'],
  [`GET / HTTP/1.9\r\n${a}\r\n`, [plain], 'a higher minor version: RFC 9110 6.2'],
  method('M-SEARCH', 'a hyphen in a method'),
  method('UPDATEREDIRECTREF', 'the longest registered method'),
  method('X', 'a method of one letter'),
  method('A_1', 'an underscore and a digit in a method'),
  method('A'.repeat(31), 'a method of 31 letters'),
  method('TRACE', 'TRACE without a body: RFC 9110 9.3.8'),
  target('/a?b=|{}"^`<>\\', 'what browsers send in queries'),
  target("/!$&'()*+,;=:@-._~", 'every mark that a path may have: RFC 3986 3.3'),
  target('/a{b}|c"<>^`', 'what browsers send in paths'),
  target('//b.example/', 'a path that begins with two slashes'),
  target('/a//b', 'an empty segment'),
  target('/%2Fa%2f', 'encoded slashes'),
  target('/%7ea', 'what need not be encoded'),
  target('/a;b=c;d', 'parameters of a segment'),
  target('/?', 'an empty query'),
  target('/??a?', 'question marks in a query'),
  target('/?a=/../..', 'points in a query are no path'),
  target('/?%', 'a percent sign in a query'),
  target('/?%00%0d%0a', 'encoded line ends in a query'),
  target('/a/../b/./c', 'points that stay below the root'),
  target('/a:80', 'a colon in a path'),
  target('/http://b.example/', 'an address in a path'),
  target(`/${'a'.repeat(8000)}`, 'a target of 8,001 bytes: 3'),
  [`GET http://a.example/x?y HTTP/1.1\r\n${a}\r\n`, [{ line: line('/x?y') }], 'absolute-form: 3.2.2'],
  [`GET HTTP://a.example/ HTTP/1.1\r\n${a}\r\n`, [plain], 'a scheme in capital letters: RFC 3986 3.1'],
  [`GET http://a.example HTTP/1.1\r\n${a}\r\n`, [plain], 'absolute-form without path'],
  [`GET http://a.example?q HTTP/1.1\r\n${a}\r\n`, [{ line: line('/?q') }], 'absolute-form with a query alone'],
  [
    `GET http://a.example:80/ HTTP/1.1\r\n${a}\r\n`,
    [{ ...plain, host: 'a.example:80' }],
    'the usual port in one of the two',
  ],
  [`GET http://a.example:/ HTTP/1.1\r\n${a}\r\n`, [{ ...plain, host: 'a.example:' }], 'an empty port: RFC 3986 3.2.3'],
  [
    'GET http://[::1]/ HTTP/1.1\r\nHost: [::1]:80\r\n\r\n',
    [{ ...plain, host: '[::1]' }],
    'an address in absolute-form',
  ],
  ['GET http://a/ HTTP/1.0\r\n\r\n', [{ ...plain, host: 'a', isOld: true }], 'absolute-form of HTTP/1.0 without Host'],
  [`OPTIONS * HTTP/1.1\r\n${a}\r\n`, [{ line: 'OPTIONS * HTTP/1.1' }], 'asterisk-form: 3.2.4'],
  [
    `OPTIONS http://a.example HTTP/1.1\r\n${a}\r\n`,
    [{ line: 'OPTIONS * HTTP/1.1' }],
    'the asterisk as absolute-form: 3.2.4',
  ],
  [
    `OPTIONS http://a.example/ HTTP/1.1\r\n${a}\r\n`,
    [{ line: 'OPTIONS / HTTP/1.1' }],
    'with a slash it is a path: 3.2.4',
  ],
  host('a', 'a name without a point'),
  host('A.ExAmPlE', 'mixed letters'),
  host('a.example.', "the root's point"),
  host('a.example:65535', 'the largest port'),
  host('a.example:0', 'the smallest port'),
  host('a.example:00080', 'a port with zeros before it'),
  host('a.example:', 'an empty port: RFC 3986 3.2.3'),
  host('a_b.example', 'an underscore'),
  host('xn--4ca.example', 'a name that is not ASCII, encoded'),
  host('192.0.2.1', 'an IPv4 address'),
  host('[2001:db8::1]:8080', 'an IPv6 address'),
  host('[::ffff:192.0.2.1]', 'an IPv4 address in an IPv6 address'),
  passing('X:1\r\nY: \t 2\t \r\nZ:\r\n', 'X: 1\r\nY: 2\r\nZ: \r\n', 'blanks around values: RFC 9110 5.5'),
  passing('X: \xe9\xff\x80\r\n', 'X: \xe9\xff\x80\r\n', 'bytes over 0x7f in a value: RFC 9110 5.5'),
  passing('X: a\tb c\r\n', 'X: a\tb c\r\n', 'a tab within a value'),
  passing('X::1:\r\n', 'X: :1:\r\n', 'colons in a value'),
  passing(
    `X: ${everyCharacter((byte) => byte > 0x20 && byte < 0x7f)}\r\n`,
    `X: ${everyCharacter((byte) => byte > 0x20 && byte < 0x7f)}\r\n`,
    'every visible character in a value',
  ),
  passing(`${tokenCharacters}: 1\r\n`, `${tokenCharacters}: 1\r\n`, 'every character of a token in a name'),
  passing('x: 1\r\nX: 2\r\nx: 1\r\n', 'x: 1\r\nX: 2\r\nx: 1\r\n', 'a name several times, in its order'),
  passing('X_Y: 1\r\nX.Z: 2\r\n', 'X_Y: 1\r\nX.Z: 2\r\n', 'other marks in names that frame nothing'),
  passing('Hosts: b\r\nX-Host: c\r\n', 'Hosts: b\r\nX-Host: c\r\n', 'names that are nearly Host'),
  passing('Content-Lengths: 5\r\n', 'Content-Lengths: 5\r\n', 'a name that is nearly Content-Length'),
  passing(`X: ${'a'.repeat(16_000)}\r\n`, `X: ${'a'.repeat(16_000)}\r\n`, 'a header of 16,000 bytes'),
  passing('X: 1\r\n'.repeat(99), 'X: 1\r\n'.repeat(99), 'a hundred headers'),
  passing('Trailer: X\r\nTE: trailers\r\n', 'Trailer: X\r\n', 'TE is for this connection: RFC 9110 10.1.4'),
  passing('Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\n', '', 'headers of this connection: RFC 9110 7.6.1'),
  passing('Connection: X-Mine, Y\r\nX-Mine: 1\r\ny: 2\r\nZ: 3\r\n', 'Z: 3\r\n', 'named by Connection: RFC 9110 7.6.1'),
  passing('Connection: ,, x ,\t,\r\nConnection:\r\nX: 1\r\n', '', 'empty elements of a list: RFC 9110 5.6.1'),
  passing('Connection: Keep-ALIVE\r\n', '', 'mixed letters in an option'),
  passing(`Connection: ${'x,'.repeat(16)}\r\nY: 1\r\n`, 'Y: 1\r\n', 'as many options as the bound'),
  passing(
    'X-Forwarded-For: 1\r\nX_Real_IP: 1\r\nX.Forwarded.Proto: 1\r\ntraceparent: 1\r\n',
    '',
    'what the proxy says itself',
  ),
  passing('Via: 1.1 a\r\n', 'Via: 1.1 a\r\n', 'Via, to which the proxy appends: RFC 9110 7.6.3'),
  passing(
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    '',
    'an upgrade that is not allowed is ignored: RFC 9110 7.8',
  ),
  passing('Upgrade: websocket\r\n', '', 'Upgrade that Connection does not name'),
  passing(
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    '',
    'an upgrade to HTTP/2 without TLS: RFC 9113 3.1 has none',
  ),
  [
    post('Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n', 'hello'),
    [{ line: postLine, framing: 'Content-Length: 5\r\n', body: 'hello' }],
    'an upgrade with a body: the body is a body',
  ],
  [
    post('Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n', hello) + get(''),
    [{ ...inChunks, body: hello }, plain],
    'an upgrade with chunks, and a request behind it that is none of the other protocol',
  ],
  [
    post('Expect: 100-Continue\r\nContent-Length: 2\r\n', 'ok'),
    [{ line: postLine, framing: 'Content-Length: 2\r\n', body: 'ok' }],
    'a body that does not wait for permission: RFC 9110 10.1.1',
  ],
  passing('Expect: 100-continue\r\n', '', 'permission for nothing: RFC 9110 10.1.1'),
  [
    'POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 2\r\n\r\nok',
    [{ line: postLine, host: '', framing: 'Content-Length: 2\r\n', body: 'ok', isOld: true }],
    'HTTP/1.0 expects nothing: RFC 9110 10.1.1',
  ],
  [post('', ''), [{ line: postLine }], 'POST without a body'],
  [post('Content-Length: 0\r\n', ''), [{ line: postLine, framing: 'Content-Length: 0\r\n' }], 'a body of nothing'],
  [
    post('Content-Length: 0000000000000005\r\n', 'hello'),
    [{ line: postLine, framing: 'Content-Length: 5\r\n', body: 'hello' }],
    'zeros before a length: RFC 9110 8.6',
  ],
  [
    post('cOnTeNt-LeNgTh:5\r\n', 'hello'),
    [{ line: postLine, framing: 'Content-Length: 5\r\n', body: 'hello' }],
    'mixed letters and no blank',
  ],
  ...['GET', 'HEAD', 'DELETE', 'OPTIONS'].map(
    (name): UnusualRequest => [
      `${name} / HTTP/1.1\r\n${a}Content-Length: 5\r\n\r\nhello`,
      [{ line: `${name} / HTTP/1.1`, framing: 'Content-Length: 5\r\n', body: 'hello' }],
      `${name} with a body: RFC 9110 9.3`,
    ],
  ),
  sized('GET /hidden HTTP/1.1\r\nHost: a.example\r\n\r\n', 'a request in a body'),
  sized('0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a.example\r\n\r\n', 'the end of chunks in a body'),
  sized('\r\n\r\n\r\n', 'line ends in a body'),
  sized(
    everyCharacter(() => true),
    'every byte in a body',
  ),
  [
    post('Transfer-Encoding: ChUnKeD\r\n', hello),
    [{ ...inChunks, body: hello }],
    'mixed letters in the coding: RFC 9110 10.1.4',
  ],
  chunked('0\r\n\r\n', '0\r\n\r\n', 'no chunk but the last'),
  chunked('000\r\n\r\n', '0\r\n\r\n', 'a last chunk of several zeros: 7.1'),
  chunked('0;a\r\n\r\n', '0\r\n\r\n', 'an extension of the last chunk'),
  chunked('0005\r\nhello\r\n0\r\n\r\n', hello, 'zeros before a chunk size'),
  chunked(
    'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n',
    'a\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n',
    'digits in both cases',
  ),
  chunked('5;a\r\nhello\r\n0\r\n\r\n', hello, 'an extension without value: 7.1.1'),
  chunked('5;a=b;c="d;\\"\xe9";e\r\nhello\r\n0\r\n\r\n', hello, 'extensions with values: 7.1.1'),
  chunked('1\r\nh\r\n4\r\nello\r\n0\r\n\r\n', '1\r\nh\r\n4\r\nello\r\n0\r\n\r\n', 'two chunks'),
  chunked('6\r\n\r\n\r\n\r\n\r\n0\r\n\r\n', '6\r\n\r\n\r\n\r\n\r\n0\r\n\r\n', 'line ends in a chunk'),
  chunked(
    '5\r\nhello\r\n0\r\nX: 1\r\nETag:\t"a" \r\n\r\n',
    '5\r\nhello\r\n0\r\nX: 1\r\nETag: "a"\r\n\r\n',
    'trailers: 7.1.2',
  ),
  [
    `GET / HTTP/1.1\r\n${a}Transfer-Encoding: chunked\r\n\r\n${hello}`,
    [{ ...plain, framing: inChunks.framing ?? '', body: hello }],
    'GET with chunks',
  ],
  [
    get('X: 1\r\n') + get('X: 2\r\n') + get(''),
    [{ ...plain, passes: 'X: 1\r\n' }, { ...plain, passes: 'X: 2\r\n' }, plain],
    'three at once: 9.3.2',
  ],
  [
    `${post('Content-Length: 5\r\n', 'hello')}\r\n${get('')}`,
    [{ line: postLine, framing: 'Content-Length: 5\r\n', body: 'hello' }, plain],
    'an empty line behind a body, as old browsers send: 2.2',
  ],
  [
    post('Transfer-Encoding: chunked\r\n', hello) + post('Content-Length: 2\r\n', 'ok') + get(''),
    [{ ...inChunks, body: hello }, { line: postLine, framing: 'Content-Length: 2\r\n', body: 'ok' }, plain],
    'chunks, a length and nothing behind each other',
  ],
  [`${get('Connection: close\r\n')}${get('')}`, [plain], 'what is behind the last request is not read: 9.6'],
  [`GET / HTTP/1.0\r\n${a}\r\n${get('')}`, [{ ...plain, isOld: true }], 'HTTP/1.0 has one request per connection: 9.3'],
];

export interface UnusualReply {
  readonly bytes: string;
  readonly ends?: boolean; // the upstream ends the connection behind it
  readonly method?: string;
  readonly isOld?: boolean; // the client speaks HTTP/1.0
  readonly wanted: string;
  readonly why: string;
}

export const unusualReplies: readonly UnusualReply[] = [
  { bytes: 'HTTP/1.1 204 \r\n\r\n', wanted: 'HTTP/1.1 204 \r\n\r\n', why: 'an empty reason: 4' },
  {
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    wanted: 'HTTP/1.1 204 No Content\r\n\r\n',
    why: 'a length of nothing, as many send',
  },
  {
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    wanted: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    why: 'the length that 200 would have: RFC 9110 8.6',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    method: 'HEAD',
    wanted: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    why: 'HEAD with a length: 6.3',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    method: 'HEAD',
    wanted: 'HTTP/1.1 200 OK\r\n\r\n',
    why: 'HEAD with a coding: 6.1',
  },
  {
    bytes: 'HTTP/1.1 200 \xe9\t!\r\nContent-Length: 0\r\n\r\n',
    wanted: 'HTTP/1.1 200 \xe9\t!\r\nContent-Length: 0\r\n\r\n',
    why: 'a reason that is not ASCII: 4',
  },
  {
    bytes: 'HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n',
    wanted: 'HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n',
    why: 'a status nobody knows: RFC 9110 15',
  },
  {
    bytes: 'HTTP/1.3 200 OK\r\nContent-Length: 2\r\n\r\nok',
    wanted: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    why: 'a higher minor version: RFC 9110 6.2',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\n\r\nhello',
    ends: true,
    wanted: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    why: 'until the connection ends: 6.3',
  },
  {
    bytes: 'HTTP/1.0 200 OK\r\n\r\nhello',
    ends: true,
    wanted: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    why: 'the same of HTTP/1.0',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\n\r\nhello',
    ends: true,
    isOld: true,
    wanted: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello',
    why: 'the same for a client of HTTP/1.0, who has no chunks',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n2;a="b"\r\nok\r\n0\r\nX: 1\r\n\r\n',
    wanted: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n',
    why: 'an extension and a trailer: 7.1',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    isOld: true,
    wanted: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok',
    why: 'chunks for a client of HTTP/1.0',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 002\r\n\r\nok',
    wanted: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    why: 'zeros before a length: RFC 9110 8.6',
  },
  {
    bytes: 'HTTP/1.1 200 OK\r\nX:1\r\nY:\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n',
    wanted: 'HTTP/1.1 200 OK\r\nX: 1\r\nY: \r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n',
    why: 'cookies in two lines: RFC 9110 5.3',
  },
  {
    bytes:
      'HTTP/1.1 200 OK\r\nConnection: X, close\r\nX: 1\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n',
    wanted: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    why: 'headers of that connection: RFC 9110 7.6.1',
  },
  {
    bytes: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    wanted: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    why: 'an interim reply: RFC 9110 15.2',
  },
  {
    bytes: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    wanted: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    why: 'permission that nobody asked for: RFC 9110 15.2.1',
  },
  {
    bytes: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    isOld: true,
    wanted: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    why: 'HTTP/1.0 has no interim replies: RFC 9110 15.2',
  },
  {
    bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
    wanted: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
    why: '205 says that it is empty: RFC 9110 15.3.6',
  },
];
