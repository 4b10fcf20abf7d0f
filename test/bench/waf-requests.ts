// The requests that the engine is measured with: each kind in three mixes (one request over and over; values as sites
// see them, some again and some new; everything that can differ new in each), made from a seed, so the same each time.
// Byte strings. It refuses to hold anything of a real site.

import type { AskedRequest } from './modsecurity/library.ts';

export const mixes = ['repeated', 'realistic', 'distinct'] as const;
export type Mix = (typeof mixes)[number];

export interface RequestKind {
  readonly name: string;
  readonly what: string;
  readonly variants: number; // made at a time, of the mixes that vary
  readonly isHostile?: boolean; // nothing about it repeats: it is measured as distinct alone
  make(one: Maker): Omit<AskedRequest, 'name'>;
}

/** Chance with a seed, and texts made of it. */
export class Maker {
  readonly mix: Mix;
  #state: number;

  constructor(mix: Mix, seed: number) {
    this.mix = mix;
    this.#state = (seed * 0x9e3779b1) ^ 0x5bd1e995;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    return (this.#state >>> 8) % count;
  }

  pick<One>(list: readonly One[]): One {
    return list[this.below(list.length)] as One;
  }

  token(length: number): string {
    return Array.from({ length }, () => this.pick([...'abcdefghijklmnopqrstuvwxyz0123456789'])).join('');
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.pick(words)).join(' ');
  }

  /** From a pool that many requests share; in the distinct mix made new. */
  shared(pool: readonly string[]): string {
    const one = this.pick(pool);
    return this.mix === 'distinct' ? `${one}${this.token(6)}` : one;
  }
}

const words =
  'the order of a new account was shipped to our customer with great care and should arrive in three days after payment has been made by bank transfer please contact support for any question about size colour price or delivery of your blue garden chair winter jacket kitchen table running shoes mountain bicycle'.split(
    ' ',
  );

const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
];
const languages = ['en-US,en;q=0.9', 'de-DE,de;q=0.9,en;q=0.8', 'fr-FR,fr;q=0.8'];
const names = ['q', 'page', 'sort', 'category', 'lang', 'view', 'filter', 'offset', 'ref', 'color'];
const paths = ['/products', '/products/list', '/account/orders', '/search', '/blog/posts'];

/** Twelve headers of a browser. */
function headersOf(one: Maker, more: readonly (readonly [string, string])[] = []): AskedRequest['headers'] {
  const list: [string, string][] = [
    ['Host', 'www.example.com'],
    ['Connection', 'keep-alive'],
    ['User-Agent', one.shared(agents)],
    ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['Accept-Encoding', 'gzip, deflate, br'],
    ['Accept-Language', one.pick(languages)],
    ['Referer', `https://www.example.com${one.shared(paths)}`],
    ['Cookie', `session=${one.token(32)}; theme=${one.shared(['dark', 'light'])}; visited=${one.below(100_000)}`],
    ['Cache-Control', 'max-age=0'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Sec-Fetch-Mode', 'navigate'],
    ['X-Request-Id', one.token(24)],
  ];
  return [...list, ...more];
}

const pairs = (one: Maker, count: number, text: () => string): string =>
  Array.from({ length: count }, (_, at) => {
    const name = names[at % names.length] as string;
    return `${one.mix === 'distinct' ? `${name}${one.token(4)}` : name}${at >= names.length ? at : ''}=${text()}`;
  }).join('&');

const value = (one: Maker): string =>
  one.pick([() => String(one.below(10_000)), () => one.words(3).replaceAll(' ', '+'), () => one.shared(words)])();

const get = (one: Maker, query: string): Omit<AskedRequest, 'name'> => ({
  method: 'GET',
  target: `${one.shared(paths)}?${query}`,
  protocol: 'HTTP/1.1',
  headers: headersOf(one),
});

const post = (one: Maker, type: string, body: string): Omit<AskedRequest, 'name'> => ({
  method: 'POST',
  target: one.shared(paths),
  protocol: 'HTTP/1.1',
  headers: headersOf(one, [
    ['Content-Type', type],
    ['Content-Length', String(body.length)],
  ]),
  body,
});

const formType = 'application/x-www-form-urlencoded';
const form = (one: Maker, body: string): Omit<AskedRequest, 'name'> => post(one, formType, body);

function json(one: Maker, bytes: number): string {
  const nameWords = bytes > 10_000 ? 12 : 2; // fewer values than SecArgumentsLimit
  const items: unknown[] = [];
  for (let length = 0; length < bytes; ) {
    const item = {
      id: one.below(100_000),
      name: one.words(nameWords),
      tags: [one.shared(words), one.shared(words)],
      ok: true,
    };
    items.push(item);
    length += JSON.stringify(item).length + 1;
  }
  return JSON.stringify({ items });
}

function multipart(one: Maker): Omit<AskedRequest, 'name'> {
  const boundary = `----form${one.token(16)}`;
  const part = (head: string, body: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="photo"; filename="${one.token(8)}.txt"\r\nContent-Type: text/plain\r\n\r\n${one.words(700)}\r\n`;
  const body = `${part('name="title"', one.words(4))}${part('name="text"', one.words(30))}${file}--${boundary}--\r\n`;
  return post(one, `multipart/form-data; boundary=${boundary}`, body);
}

function xml(one: Maker): Omit<AskedRequest, 'name'> {
  const items = Array.from({ length: 20 }, () => `<item id="${one.below(1000)}"><name>${one.words(3)}</name></item>`);
  return post(one, 'application/xml', `<?xml version="1.0"?><order>${items.join('')}</order>`);
}

/** Pieces of attacks, in no order: much of it nearly matches something. */
export const attackPieces =
  "' or 1=1 -- |union select|<script>|alert(1)|../../etc/passwd|${jndi:|;cat /etc|$(id)|`id`|%00|<img src=x onerror=|javascript:|select * from|information_schema|sleep(5)|&&|||php://input|<?php|system(|eval(|base64_|../|c:\\windows|cmd.exe|powershell|/bin/sh|wget http|curl |{{7*7}}|__proto__|xp_cmdshell|having 1|order by|0x3a|char(|concat(|\\x41|\\u0041|&#x41;|\"|'|(|)|=|;".split(
    '|',
  );

function soup(one: Maker, bytes: number): string {
  let text = '';
  while (text.length < bytes) text += `${one.pick(attackPieces)}${one.pick([' ', '', '/', '+', one.token(2)])}`;
  return encodeURIComponent(text.slice(0, bytes)).replaceAll('%20', '+');
}

const sqli = ["1' OR '1'='1", '1 UNION SELECT username, password FROM users--', "admin'--", '1; DROP TABLE users'];

export const requestKinds: readonly RequestKind[] = [
  {
    name: 'get',
    what: 'clean GET, 12 headers, 5 arguments',
    variants: 500,
    make: (one) =>
      get(
        one,
        pairs(one, 5, () => value(one)),
      ),
  },
  {
    name: 'form',
    what: 'form of 10 fields',
    variants: 500,
    make: (one) =>
      form(
        one,
        pairs(one, 10, () => value(one)),
      ),
  },
  { name: 'json', what: '2 KB of JSON', variants: 500, make: (one) => post(one, 'application/json', json(one, 2000)) },
  {
    name: 'sqli',
    what: 'GET with an SQL injection, blocked',
    variants: 500,
    make: (one) => get(one, `${pairs(one, 4, () => value(one))}&id=${encodeURIComponent(one.pick(sqli))}`),
  },
  {
    name: 'form-20k',
    what: 'form of 20 KB',
    variants: 100,
    make: (one) =>
      form(
        one,
        pairs(one, 140, () => one.words(20).replaceAll(' ', '+')),
      ),
  },
  {
    name: 'json-20k',
    what: '20 KB of JSON',
    variants: 100,
    make: (one) => post(one, 'application/json', json(one, 20_000)),
  },
  { name: 'multipart', what: 'upload of a file and two fields', variants: 200, make: multipart },
  { name: 'xml', what: '1 KB of XML', variants: 200, make: xml },
  {
    name: 'soup-200',
    what: 'hostile form, 200 B',
    variants: 50,
    isHostile: true,
    make: (one) => form(one, `a=${soup(one, 200)}`),
  },
  {
    name: 'soup-2k',
    what: 'hostile form, 2 KB',
    variants: 20,
    isHostile: true,
    make: (one) => form(one, `a=${soup(one, 2000)}`),
  },
  {
    name: 'soup-20k',
    what: 'hostile form, 20 KB',
    variants: 6,
    isHostile: true,
    make: (one) => form(one, `a=${soup(one, 20_000)}`),
  },
  {
    name: 'soup-1m',
    what: 'hostile form, 1 MiB',
    variants: 1,
    isHostile: true,
    make: (one) => form(one, `a=${soup(one, 500_000)}`),
  },
];

/** `repeated` is one request over and over; in the other mixes no two are the same, whatever `from` is. */
export function requestsOf(kind: RequestKind, mix: Mix, from = 0, count = kind.variants): readonly AskedRequest[] {
  if (mix === 'repeated') return [asRead({ name: `${kind.name}:0`, ...kind.make(new Maker(mix, 1)) })];
  return Array.from({ length: count }, (_, index) =>
    asRead({ name: `${kind.name}:${from + index}`, ...kind.make(new Maker(mix, from + index + 1)) }),
  );
}

/** Each text a string of its own, as they are when they come from a socket, and not a tree of the pieces it was made of. */
function asRead({ name, method, target, protocol, headers, body }: AskedRequest): AskedRequest {
  const read = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');
  return {
    name,
    method,
    target: read(target),
    protocol,
    headers: headers.map(([key, value]) => [read(key), read(value)] as const),
    ...(body === undefined ? {} : { body: read(body) }),
  };
}
