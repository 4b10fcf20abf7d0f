// Names of files from paths: what is decoded, what is hidden, and that no path leaves the root, however it is written.

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileNameOf } from '../../../proxy/reply/static-path.ts';
import { Random } from '../../fuzz/random.ts';

const cases: ReadonlyArray<readonly [path: string, name: string | undefined]> = [
  ['/', '/'],
  ['/a/b.txt', '/a/b.txt'],
  ['/a%20b', '/a b'],
  ['/%C3%A4', '/ä'],
  ['/a%3Fb', '/a?b'],
  ['/a..b/c.', '/a..b/c.'],
  ['/.well-known/security.txt', '/.well-known/security.txt'],
  ['*', undefined],
  ['/a//b', undefined],
  ['/a%2Fb', undefined],
  ['/a%2fb', undefined],
  ['/a%5Cb', undefined],
  ['/a%00', undefined],
  ['/a%0Ab', undefined],
  ['/%C0%AE%C0%AE/x', undefined], // an overlong point
  ['/%FF', undefined],
  ['/..', undefined],
  ['/a/../../b', undefined],
  ['/.git/config', undefined],
  ['/a/.env', undefined],
  ['/a/.well-known/x', undefined],
  ['/.well-known/.x', undefined],
];

test('what a path names', () => {
  for (const [path, name] of cases) assert.equal(fileNameOf(path, false), name, path);
});

test('dotfiles are shown on request, and still nothing leads upwards', () => {
  assert.equal(fileNameOf('/.git/config', true), '/.git/config');
  for (const path of ['/..', '/.', '/a/../b', '/%2e%2e/x']) assert.equal(fileNameOf(path, true), undefined, path);
});

test('whatever the path, the name stays below the root', () => {
  const random = new Random(7);
  const parts = [
    '..',
    '.',
    '/',
    '//',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5c',
    '\\',
    '%00',
    'a',
    'secret',
    '%c0%ae',
    '…',
    '~',
    ';',
    ' ',
    '%',
    '%25',
  ];
  let named = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const path = `/${Array.from({ length: 1 + random.below(8) }, () => random.pick(parts)).join('')}`;
    const name = fileNameOf(path, random.isOnce(2));
    if (name === undefined) continue;
    named += 1;
    assert(posix.normalize(`/top${name}`).startsWith('/top/'), path);
    assert.equal(posix.normalize(name), name, path); // one name for one file
    assert(!name.includes('\0') && !name.includes('\\'), path);
  }
  assert(named > 100, `only ${named}`);
});
