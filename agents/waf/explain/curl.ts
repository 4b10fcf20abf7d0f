// A curl command line -> the request that curl would send, as far as rules can tell. What only says how to connect or
// what to print is passed over; what would read a file is refused, since nothing is read here; an option that is not
// known is refused too, because guessing whether it takes a value would make another request of it.

import { type Asked, commonHeaders, urlParts } from './address.ts';
import { shellWords } from './shell-words.ts';

interface Draft {
  method: string | undefined;
  url: string | undefined;
  protocol: string;
  readonly headers: Array<readonly [name: string, value: string]>;
  readonly without: Set<string>; // `-H 'Accept:'` takes it away
  readonly data: string[];
  readonly parts: string[]; // of a form
  type: string | undefined;
  isQuery: boolean; // -G
  user: string | undefined;
  isCompressed: boolean;
}

class Refused extends Error {}

type Take = (draft: Draft, value: string) => void;

const take: Readonly<Record<string, Take>> = {
  '--request': (draft, value) => {
    draft.method = value;
  },
  '--header': takeHeader,
  '--data': (draft, value) => addData(draft, withoutFile(value).replaceAll(/[\r\n]/g, '')),
  '--data-raw': addData,
  '--data-binary': (draft, value) => addData(draft, withoutFile(value)),
  '--data-urlencode': (draft, value) => addData(draft, urlEncoded(value)),
  '--json': (draft, value) => {
    draft.data.push(withoutFile(value));
    draft.type = 'application/json';
  },
  '--form': (draft, value) => {
    draft.parts.push(formPart(value));
  },
  '--form-string': (draft, value) => {
    draft.parts.push(namedPart(value, ''));
  },
  '--cookie': (draft, value) => {
    if (!value.includes('=')) throw new Refused(`--cookie ${value} would be read from a file; write name=value`);
    draft.headers.push(['Cookie', value]);
  },
  '--user-agent': (draft, value) => draft.headers.push(['User-Agent', value]),
  '--referer': (draft, value) => draft.headers.push(['Referer', value]),
  '--user': (draft, value) => {
    draft.user = value;
  },
  '--url': takeUrl,
  '--range': (draft, value) => draft.headers.push(['Range', `bytes=${value}`]),
};

const flags: Readonly<Record<string, (draft: Draft) => void>> = {
  '--get': (draft) => {
    draft.isQuery = true;
  },
  '--head': (draft) => {
    draft.method ??= 'HEAD';
  },
  '--compressed': (draft) => {
    draft.isCompressed = true;
  },
  '--http1.0': (draft) => {
    draft.protocol = 'HTTP/1.0';
  },
};

const short: Readonly<Record<string, string>> = {
  X: '--request',
  H: '--header',
  d: '--data',
  F: '--form',
  b: '--cookie',
  A: '--user-agent',
  e: '--referer',
  u: '--user',
  r: '--range',
  G: '--get',
  I: '--head',
  0: '--http1.0',
  o: '--output',
  m: '--max-time',
  x: '--proxy',
  w: '--write-out',
  c: '--cookie-jar',
  D: '--dump-header',
  E: '--cert',
};

/** They say how to connect or what to print: with a value, and without. */
const passedWithValue = new Set(
  'output max-time connect-timeout proxy write-out cookie-jar dump-header cert key cacert resolve connect-to retry retry-delay max-redirs limit-rate interface'
    .split(' ')
    .map((name) => `--${name}`),
);
const passed = new Set(
  'silent show-error location include verbose insecure fail fail-with-body http1.1 http2 http2-prior-knowledge http3 ipv4 ipv6 globoff path-as-is no-buffer tlsv1.2 tlsv1.3 no-keepalive progress-bar remote-name'
    .split(' ')
    .map((name) => `--${name}`),
);
const passedShort = new Set('sSLivkfg46N#Oj');

export function requestFromCurl(given: readonly string[]): Asked {
  const parted = given.length === 1 ? shellWords(given[0] ?? '') : { words: given };
  if ('problem' in parted) return parted;
  try {
    return requestOf(draftOf(parted.words.slice(1)));
  } catch (error) {
    if (error instanceof Refused) return { problem: error.message };
    throw error;
  }
}

function draftOf(words: readonly string[]): Draft {
  const draft: Draft = {
    method: undefined,
    url: undefined,
    protocol: 'HTTP/1.1',
    headers: [],
    without: new Set(),
    data: [],
    parts: [],
    type: undefined,
    isQuery: false,
    user: undefined,
    isCompressed: false,
  };
  const waiting = [...words];
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (word.startsWith('--')) takeLong(draft, word, waiting);
    else if (word.startsWith('-') && word.length > 1) takeShort(draft, word.slice(1), waiting);
    else takeUrl(draft, word);
  }
  return draft;
}

function takeUrl(draft: Draft, url: string): void {
  if (draft.url !== undefined)
    throw new Refused(`there are two addresses, ${draft.url} and ${url}: one request is explained`);
  draft.url = url;
}

function takeLong(draft: Draft, word: string, waiting: string[]): void {
  const flag = flags[word];
  if (flag !== undefined) return flag(draft);
  if (passed.has(word)) return;
  const value = take[word];
  if (value === undefined && !passedWithValue.has(word))
    throw new Refused(`curl's option ${word} is not understood here`);
  const next = waiting.shift();
  if (next === undefined) throw new Refused(`${word} needs a value`);
  value?.(draft, next);
}

/** `-sSL`, `-XPOST`, `-H 'A: b'`. */
function takeShort(draft: Draft, letters: string, waiting: string[]): void {
  const [letter = '', rest] = [letters.charAt(0), letters.slice(1)];
  const word = short[letter];
  const hasValue = word !== undefined && flags[word] === undefined;
  if (word === undefined && !passedShort.has(letter))
    throw new Refused(`curl's option -${letter} is not understood here`);
  if (hasValue) return takeLong(draft, word, rest === '' ? waiting : [rest]);
  if (word !== undefined) takeLong(draft, word, waiting);
  if (rest !== '') takeShort(draft, rest, waiting);
}

function takeHeader(draft: Draft, line: string): void {
  if (line.startsWith('@')) throw new Refused(`headers from a file (${line}) are not read here`);
  const [, name = '', sign, value = ''] = /^([^:;]+)([:;])\s*(.*?)\s*$/s.exec(line) ?? [];
  if (sign === ';' && value === '') draft.headers.push([name, '']);
  else if (sign === ':' && value === '') draft.without.add(name.toLowerCase());
  else if (sign === ':') draft.headers.push([name, value]);
}

function withoutFile(value: string): string {
  if (value.startsWith('@'))
    throw new Refused(`a body from a file (${value}) is not read here; put it into --data-raw`);
  return value;
}

function addData(draft: Draft, value: string): void {
  draft.data.push(value);
  draft.type ??= 'application/x-www-form-urlencoded';
}

/** `content`, `=content`, `name=content`. */
function urlEncoded(value: string): string {
  const equals = value.indexOf('=');
  const [name, content] = equals === -1 ? ['', value] : [value.slice(0, equals), value.slice(equals + 1)];
  if (equals === -1 && value.includes('@')) throw new Refused(`--data-urlencode ${value} would be read from a file`);
  return `${name === '' ? '' : `${name}=`}${percentEncoded(content)}`;
}

const percentEncoded = (text: string): string =>
  text.replaceAll(/[^A-Za-z\d\-._~]/g, (byte) =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

/** `name=value;type=text/plain;filename=a.txt`, `name="a;b"`. */
function formPart(text: string): string {
  const [, field = '', quoted, plain = '', more = ''] =
    /^([^=]*)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))((?:;.*)?)$/s.exec(text) ?? [];
  if (field === '') throw new Refused(`--form ${text} is no name=value`);
  if (quoted === undefined && /^[@<]/.test(plain))
    throw new Refused(`a part from a file (${plain}) is not read here; write --form 'name=content;filename=a.txt'`);
  return namedPart(`${field}=${quoted?.replaceAll(/\\(["\\])/g, '$1') ?? plain}`, more);
}

function namedPart(text: string, more: string): string {
  const equals = text.indexOf('=');
  const filename = /;\s*filename=("?)([^;"]*)\1/.exec(more)?.[2];
  const type = /;\s*type=([^;]*)/.exec(more)?.[1];
  return [
    `Content-Disposition: form-data; name="${text.slice(0, equals)}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n`,
    type === undefined ? '' : `Content-Type: ${type}\r\n`,
    `\r\n${text.slice(equals + 1)}\r\n`,
  ].join('');
}

const boundary = '------------------------d74496d66958873e'; // of the form that curl makes

function requestOf(draft: Draft): Asked {
  if (draft.url === undefined) return { problem: 'the command names no address' };
  const parts = urlParts(draft.url);
  if ('problem' in parts) return parts;
  const hasBody = !draft.isQuery && (draft.data.length > 0 || draft.parts.length > 0);
  const body =
    draft.parts.length > 0 ? formBody(draft.parts) : draft.data.join(draft.type === 'application/json' ? '' : '&');
  const type = draft.parts.length > 0 ? `multipart/form-data; boundary=${boundary}` : draft.type;
  const query =
    draft.isQuery && draft.data.length > 0 ? `${parts.target.includes('?') ? '&' : '?'}${draft.data.join('&')}` : '';
  return {
    method: draft.method ?? (hasBody ? 'POST' : 'GET'),
    target: parts.target + query,
    protocol: draft.protocol,
    headers: headersOf(draft, parts.host, parts.user, hasBody ? { type, length: body.length } : undefined),
    body: hasBody ? body : undefined,
  };
}

const formBody = (parts: readonly string[]): string =>
  `${parts.map((part) => `--${boundary}\r\n${part}`).join('')}--${boundary}--\r\n`;

/** Those that curl adds come first; one that was given takes the place of its own. */
function headersOf(
  { headers, without, user, isCompressed, type }: Draft,
  host: string,
  urlUser: string | undefined,
  body: { readonly type: string | undefined; readonly length: number } | undefined,
): AskedHeaders {
  const who = user ?? urlUser;
  const added: AskedHeaders = [
    ['Host', host],
    ...(who === undefined
      ? []
      : [['Authorization', `Basic ${Buffer.from(who, 'latin1').toString('base64')}`] as const]),
    ...commonHeaders.map(
      ([name, value]) => [name, name === 'Accept' && type === 'application/json' ? type : value] as const,
    ),
    ...(isCompressed ? [['Accept-Encoding', 'deflate, gzip, br, zstd'] as const] : []),
    ...(body === undefined ? [] : [['Content-Length', String(body.length)] as const]),
    ...(body?.type === undefined ? [] : [['Content-Type', body.type] as const]),
  ];
  const given = new Set([...without, ...headers.map(([name]) => name.toLowerCase())]);
  return [...added.filter(([name]) => !given.has(name.toLowerCase())), ...headers];
}

type AskedHeaders = ReadonlyArray<readonly [name: string, value: string]>;
