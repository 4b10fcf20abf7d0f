// Test cases from a seed: a message built from a grammar whose parts are mostly right, or a row of the corpora, or two or
// three of them behind each other; then, often, a few edits of bytes and structure; then cut into pieces. One seed is one
// case, on every machine.

import { malformedRequests } from '../proxy/http1/malformed.ts';
import { malformedReplies } from '../proxy/http1/malformed-replies.ts';
import { unusualReplies, unusualRequests } from '../proxy/http1/unusual.ts';
import { Random } from './random.ts';
import { type Kind, kinds } from './reading.ts';

export interface Case {
  readonly seed: number;
  readonly kind: Kind;
  readonly bytes: Buffer;
  readonly pieces: readonly number[];
}

export function caseOf(seed: number): Case {
  const random = new Random(seed);
  const kind = random.isOnce(3) ? random.pick(kinds) : 'requests';
  const make = kind === 'requests' ? () => request(random) : () => reply(random);
  const count = random.isOnce(3) ? 2 + random.below(2) : 1;
  let text = Array.from({ length: count }, make).join('');
  if (!random.isOnce(3)) text = mutated(random, text);
  const bytes = Buffer.from(text.slice(0, bytesMax), 'latin1');
  return { seed, kind, bytes, pieces: random.pieces(bytes.length) };
}

const bytesMax = 4096;
const shortRows = (rows: ReadonlyArray<readonly [bytes: string, ...rest: unknown[]]>): string[] =>
  rows.map(([bytes]) => bytes).filter((bytes) => bytes.length < 1000);
const corpus: Readonly<Record<'requests' | 'replies', readonly string[]>> = {
  requests: [...shortRows(malformedRequests), ...shortRows(unusualRequests), ...shortRows(unusualRequests)],
  replies: [...shortRows(malformedReplies), ...unusualReplies.map(({ bytes }) => bytes)],
};

const methods = [
  'GET',
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'OPTIONS',
  'DELETE',
  'TRACE',
  'CONNECT',
  'M-SEARCH',
  'PURGE',
  'get',
  'PRI',
  'FOO',
];
const targets = [
  '/',
  '/',
  '/a?b=c',
  '//x',
  '/%2e%2e/',
  '/a\\b',
  '*',
  'http://a/',
  'http://a:80/x?y',
  'a:443',
  'http://b/',
  '/#f',
  '/\xe9',
  '/a b',
  '',
];
const versions = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'http/1.1',
  'HTTP/1.10',
  '',
];
const statuses = [
  '200 OK',
  '200 OK',
  '404 Not Found',
  '204 No Content',
  '304 Not Modified',
  '100 Continue',
  '103 Early Hints',
  '101 Switching',
  '205 ',
  '200',
  '600 X',
  '99 X',
  '200  OK',
  '299 \xe9',
];
const names = [
  'X',
  'Host',
  'Content-Length',
  'Transfer-Encoding',
  'Connection',
  'Upgrade',
  'Expect',
  'Trailer',
  'TE',
  'Content_Length',
  'Transfer.Encoding',
  'Keep-Alive',
  'Proxy-Connection',
  'Set-Cookie',
  'X ',
  ' X',
  '',
  'X\xe9',
  'hOsT',
  'content-length',
  'TRANSFER-ENCODING',
];
const values = [
  'a',
  '',
  'chunked',
  'Chunked',
  'gzip, chunked',
  'chunked, chunked',
  'identity',
  'close',
  'keep-alive',
  'upgrade',
  'Upgrade, X',
  '0',
  '5',
  '05',
  '+5',
  '5,5',
  '0x5',
  '100-continue',
  'websocket',
  'h2c',
  'a\tb',
  '\xe9',
  'a:80',
  '[::1]',
  'a b',
  '\x0bchunked',
  '18446744073709551621',
  '4294967301',
  'Content-Length',
];
const colons = [': ', ': ', ': ', ':', ':\t', ' : ', ':  ', '\t:'];
const lineEnds = ['\n', '\r', '\r\r\n', '\n\r', '\r\n ', '\x0b', '\x85', ''];
const sizes = [
  '5',
  '5',
  '05',
  'A',
  'a',
  '0',
  '00',
  '5;a',
  '5;a=b',
  '5;a="b"',
  '5;',
  '5; a',
  '5 ',
  ' 5',
  '+5',
  '0x5',
  '5\t',
  'FFFFFFFFFFFFFFFF',
  '5;a="\\"',
  '5;a=b;c',
];
const atoms = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '=',
  '"',
  '\\',
  '\0',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '1',
  '5',
  'a',
  'A',
  '_',
  '-',
  '.',
  '/',
  '?',
  '#',
  '%',
  '@',
  '*',
  '[',
  ']',
  'chunked',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: x\r\n',
  'Host: b\r\n',
  'Connection: close\r\n',
  'Connection: upgrade\r\nUpgrade: x\r\n',
  'Expect: 100-continue\r\n',
  ' HTTP/1.1\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  ';a="',
];

function request(random: Random): string {
  if (random.isOnce(4)) return random.pick(corpus.requests);
  const first = `${random.pick(methods)} ${random.pick(targets)} ${random.pick(versions)}${lineEnd(random)}`;
  const host = random.isOnce(12) ? '' : `Host: a${lineEnd(random)}`;
  const lead = random.isOnce(20) ? random.pick(['\r\n', '\n', ' ', '\r\n\r\n', '\r']) : '';
  return lead + first + shuffled(random, [host, headers(random)]) + rest(random);
}

function reply(random: Random): string {
  if (random.isOnce(4)) return random.pick(corpus.replies);
  return `${random.pick(versions)} ${random.pick(statuses)}${lineEnd(random)}${headers(random)}${rest(random)}`;
}

/** Framing that is right, most of the time, and a body that keeps to it, most of the time. */
function rest(random: Random): string {
  const end = lineEnd(random);
  switch (random.below(6)) {
    case 0:
      return end;
    case 1:
      return `Content-Length: 5${lineEnd(random)}${end}hello`;
    case 2:
      return `Content-Length: ${random.below(8)}${lineEnd(random)}${end}${'hello world'.slice(0, random.below(11))}`;
    case 3:
      return `Content-Length: 5${lineEnd(random)}Transfer-Encoding: chunked${lineEnd(random)}${end}${chunks(random)}`;
    default:
      return `Transfer-Encoding: chunked${lineEnd(random)}${end}${chunks(random)}`;
  }
}

function chunks(random: Random): string {
  let text = '';
  for (let count = random.below(3); count > 0; count -= 1) {
    const size = random.pick(sizes);
    const length = Number.parseInt(size.trim(), 16);
    text += `${size}${lineEnd(random)}${'hello world'.slice(0, random.isOnce(8) ? random.below(11) : length)}${lineEnd(random)}`;
  }
  const trailers = random.isOnce(3) ? headers(random) : '';
  return `${text}${random.isOnce(10) ? random.pick(sizes) : '0'}${lineEnd(random)}${trailers}${lineEnd(random)}`;
}

function headers(random: Random): string {
  let text = '';
  for (let count = random.below(4); count > 0; count -= 1) {
    const name = random.isOnce(3) ? random.pick(names) : `X-${random.below(9)}`;
    text += `${name}${random.pick(colons.slice(0, random.isOnce(6) ? colons.length : 3))}${random.pick(values)}${lineEnd(random)}`;
  }
  return text;
}

function lineEnd(random: Random): string {
  return random.isOnce(60) ? random.pick(lineEnds) : '\r\n';
}

function shuffled(random: Random, [one = '', other = '']: readonly string[]): string {
  return random.isOnce(2) ? one + other : other + one;
}

function mutated(random: Random, text: string): string {
  let result = text;
  for (let count = 1 + random.below(3); count > 0; count -= 1) result = edited(random, result);
  return result;
}

function edited(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const length = 1 + random.below(random.isOnce(3) ? 20 : 2);
  const slice = text.slice(at, at + length);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + slice + text.slice(at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + swapped(slice) + text.slice(at + length);
    default:
      return text.slice(0, at) + random.pick(atoms) + text.slice(at + (random.isOnce(2) ? 0 : length));
  }
}

/** In the other case. */
function swapped(text: string): string {
  return text.toLowerCase() === text ? text.toUpperCase() : text.toLowerCase();
}
