// Multipart bodies against what ModSecurity 2.9.7 made of the same ones: flags, errors, fields, files and headers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMultipart } from '../../../../agents/waf/body/multipart.ts';
import { isStrictError, type MultipartFlags } from '../../../../agents/waf/body/multipart-flags.ts';
import { type MultipartCase, madeOf, reference } from '../reference.ts';

const limits = { filesMax: 100 };

test('as ModSecurity 2.9.7 reads them', () => {
  for (const one of reference.multipart) compare(one);
  assert(reference.multipart.length >= 150);
  assert(reference.multipart.some(({ error }) => error) && reference.multipart.some(({ error }) => !error));
});

function compare({ contentType, body, error, flags, fields, files, headers }: MultipartCase): void {
  const what = JSON.stringify({ contentType, body });
  const found = readMultipart(contentType, body, limits);
  assert.equal(found.error !== undefined, error, what);
  assert.deepEqual(namesOf(found.flags).toSorted(), flags.toSorted(), what);
  if (error) return;
  assert.deepEqual(
    found.parts.filter(({ filename }) => filename === undefined).map(({ content }) => content),
    fields,
    what,
  );
  assert.deepEqual(
    found.parts.flatMap(({ filename }) => filename ?? []),
    files,
    what,
  );
  assert.deepEqual(
    found.parts.flatMap((part) => part.headers),
    headers,
    what,
  );
}

/** The reference's names of what is set. */
function namesOf(flags: Readonly<MultipartFlags>): string[] {
  const { error: _error, crlfLine, fileLimitExceeded: _limit, ...named } = flags;
  const set = Object.entries(named).flatMap(([name, isSet]) => (isSet ? [upper(name)] : []));
  if (crlfLine && flags.lfLine) set.push('CRLF_LF_LINES');
  if (isStrictError(flags)) set.push('STRICT_ERROR');
  return set;
}

const upper = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

const part = (name: string, content: string, more = ''): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;

test('a field and a file, with their bytes', () => {
  const body = `${part('a', 'v\0\xff')}${part('f', 'l1\nl2\r\n', '; filename="x.php"')}--x--\r\n`;
  const { parts, error } = readMultipart('multipart/form-data; boundary=x', body, limits);
  assert.equal(error, undefined);
  assert.deepEqual(
    parts.map(({ name, filename, content }) => [name, filename, content]),
    [
      ['a', undefined, 'v\0\xff'],
      ['f', 'x.php', 'l1\nl2\r\n'],
    ],
  );
});

test('more files than allowed set a flag', () => {
  const body = `${part('f', '', '; filename="1"')}${part('f', '', '; filename="2"')}--x--\r\n`;
  const { flags } = readMultipart('multipart/form-data; boundary=x', body, { filesMax: 1 });
  assert.equal(flags.fileLimitExceeded, true);
  assert.equal(isStrictError(flags), true);
});

test('too many parts, headers and bytes in one are refused', () => {
  const read = (body: string) => readMultipart('multipart/form-data; boundary=x', body, limits).error;
  assert.match(read(part('a', '').repeat(10_001)) ?? '', /Too many parts/);
  assert.match(
    read(`--x\r\n${Array.from({ length: 200 }, (_, index) => `H${index}: v\r\n`).join('')}`) ?? '',
    /Too many part headers/,
  );
  assert.match(read(`--x\r\nA: ${'v'.repeat(5000)}\r\n`) ?? '', /over 4096 bytes/);
  assert.match(read(`--x\r\nA: b\r\n${` ${'v'.repeat(2000)}\r\n`.repeat(3)}`) ?? '', /too long/);
});

test('any bytes are read, or refused', () => {
  const pieces = [
    '--x',
    '--x--',
    '\r\n',
    '\n',
    'Content-Disposition: form-data; name="a"',
    '; filename="',
    '"',
    ': ',
    ' ',
  ];
  fc.assert(
    fc.property(madeOf(...pieces), (body) => {
      const { parts, flags, error } = readMultipart('multipart/form-data; boundary=x', body, limits);
      assert.equal(flags.error, error !== undefined);
      for (const { content } of parts) assert(body.includes(content));
    }),
  );
});
