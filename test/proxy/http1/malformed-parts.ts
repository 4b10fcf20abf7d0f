// What the tables of malformed messages are written with: the shape of a row, short ways to write a message around the
// part that is wrong, and rows for every byte that has no place somewhere.

import type { Fault } from '../../../proxy/http1/faults.ts';

export type Row = readonly [bytes: string, fault: Fault, why: string];

export const get = (lines: string): string => `GET / HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n`;
export const line = (first: string): string => `${first}\r\nHost: a.example\r\n\r\n`;
export const post = (lines: string, body: string): string =>
  `POST / HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n${body}`;
export const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);
export const host = (value: string): string => `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
export const ok = (lines: string, body = ''): string => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`;
export const okChunked = (body: string): string => ok('Transfer-Encoding: chunked\r\n', body);

export const char = (byte: number): string => String.fromCharCode(byte);
export const byteName = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/** RFC 9110 section 5.6.2, written out: the tables of the parser are not asked. */
export const tokenCharacters = `!#$%&'*+-.^_\`|~0123456789${letters('A')}${letters('a')}`;
export const valueCharacters = everyCharacter((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

function letters(first: string): string {
  return Array.from({ length: 26 }, (_, index) => char(first.charCodeAt(0) + index)).join('');
}

export function everyCharacter(holds: (byte: number) => boolean): string {
  return Array.from({ length: 256 }, (_, byte) => (holds(byte) ? char(byte) : '')).join('');
}

/** A row for each byte that is not among the characters; some bytes are another fault than the rest. */
export function everyByteBut(
  characters: string,
  message: (character: string) => string,
  usual: Fault,
  where: string,
  special: Readonly<Record<string, Fault>> = {},
): Row[] {
  return Array.from({ length: 256 }, (_, byte) => byte)
    .filter((byte) => !characters.includes(char(byte)))
    .map((byte) => [message(char(byte)), special[char(byte)] ?? usual, `the byte ${byteName(byte)} ${where}`]);
}
