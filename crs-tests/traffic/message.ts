// Puts a clean request together byte for byte, as the programs send it that make such requests: forms escaped as browsers
// escape them, JSON as JSON.stringify writes it, multipart with a boundary like a browser's.

import { appHead, browserHead, type Header } from './browsers.ts';
import type { Random } from './random.ts';

export interface CleanRequest {
  readonly kind: string; // `form: registration`
  readonly bytes: string; // a byte string
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export function message(kind: string, line: string, headers: readonly Header[], body?: string): CleanRequest {
  const length = body === undefined ? [] : [['Content-Length', String(body.length)] as const];
  const head = [...headers, ...length].map(([name, value]) => `${name}: ${bytesOf(value)}\r\n`).join('');
  return { kind, bytes: `${line} HTTP/1.1\r\n${head}\r\n${body ?? ''}` };
}

export function page(kind: string, random: Random, target: string): CleanRequest {
  return message(kind, `GET ${target}`, browserHead(random));
}

export function query(fields: ReadonlyArray<readonly [name: string, value: string]>): string {
  return fields.map(([name, value]) => `${formEscape(name)}=${formEscape(value)}`).join('&');
}

/** application/x-www-form-urlencoded as the URL standard has it. */
export const formEscape = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

export function form(
  kind: string,
  random: Random,
  target: string,
  fields: ReadonlyArray<readonly [string, string]>,
): CleanRequest {
  return message(
    kind,
    `POST ${target}`,
    [
      ...browserHead(random),
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Origin', 'https://www.example.org'],
    ],
    query(fields),
  );
}

export function json(
  kind: string,
  random: Random,
  line: string,
  value: unknown,
  type = 'application/json',
): CleanRequest {
  return message(kind, line, [...appHead(random), ['Content-Type', type]], bytesOf(JSON.stringify(value)));
}

export interface Part {
  readonly name: string;
  readonly value: string; // a byte string
  readonly filename?: string;
  readonly type?: string;
}

export function multipart(kind: string, random: Random, target: string, parts: readonly Part[]): CleanRequest {
  const boundary = `----WebKitFormBoundary${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 16)}`;
  const written = parts.map(({ name, value, filename, type }) => {
    const file = filename === undefined ? '' : `; filename="${bytesOf(filename.replaceAll('"', '%22'))}"`;
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n${value}\r\n`;
  });
  const body = `${written.join('')}--${boundary}--\r\n`;
  return message(
    kind,
    `POST ${target}`,
    [...browserHead(random, '*/*'), ['Content-Type', `multipart/form-data; boundary=${boundary}`]],
    body,
  );
}

export const utf8 = bytesOf;
