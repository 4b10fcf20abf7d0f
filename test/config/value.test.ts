// Sizes, durations and addresses, both ways.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatAddress,
  formatDuration,
  formatSize,
  isLoopback,
  parseAddress,
  parseDuration,
  parseSize,
} from '#config/value';

test('sizes', () => {
  const sizes = ['10MiB', '10mib', '1 KB', '1.5KiB', '7B', '0B'].map(parseSize);
  assert.deepEqual(sizes, [10 * 2 ** 20, 10 * 2 ** 20, 1000, 1536, 7, 0]);
  for (const text of ['', '10', 'KiB', '-1KiB', '1KiBs', '1.KiB', '1e3KiB', '٣KiB'])
    assert.equal(parseSize(text), undefined, text);
});

test('durations', () => {
  assert.deepEqual(
    ['250ms', '30s', '1.5s', '2 m', '1h', '1d'].map(parseDuration),
    [250, 30_000, 1500, 120_000, 3_600_000, 86_400_000],
  );
  for (const text of ['', '5', '5 parsecs', '-5s', '5s5s', '0x5s']) assert.equal(parseDuration(text), undefined, text);
});

test('property: what is formatted reads back', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat().map((one) => one % 10 ** 15),
      (value) => {
        assert.equal(parseSize(formatSize(value)), value);
        assert.equal(parseDuration(formatDuration(value)), value);
      },
    ),
  );
});

test('the largest unit that divides is taken', () => {
  assert.deepEqual([0, 1000, 1024, 3 * 2 ** 20, 2 ** 40].map(formatSize), ['0B', '1000B', '1KiB', '3MiB', '1024GiB']);
  assert.deepEqual([0, 1500, 60_000, 86_400_000].map(formatDuration), ['0ms', '1500ms', '1m', '1d']);
});

const addresses: ReadonlyArray<readonly [text: string, host: string | undefined]> = [
  ['127.0.0.1:80', '127.0.0.1:80'],
  ['Shop.Example:8080', 'shop.example:8080'],
  ['[::1]:80', '::1:80'],
  ['[::FFFF:10.0.0.1]:0', '::ffff:10.0.0.1:0'],
  ['unix:/run/a.sock', 'unix /run/a.sock'],
  ['unix:a.sock', undefined],
  [`unix:/${'a'.repeat(107)}`, undefined],
  ['127.0.0.1', undefined],
  ['127.0.0.1:65536', undefined],
  ['127.0.0.1:', undefined],
  ['::1:80', undefined],
  ['[127.0.0.1]:80', undefined],
  ['[::1', undefined],
  ['[1::2::3]:80', undefined],
  ['127.1:80', undefined],
  ['256.0.0.1:80', undefined],
  ['http://a:80', undefined],
  ['a b:80', undefined],
  ['', undefined],
];

for (const [text, expected] of addresses) {
  test(`address ${JSON.stringify(text.slice(0, 30))}`, () => {
    const address = parseAddress(text);
    const told = address?.kind === 'unix' ? `unix ${address.path}` : address && `${address.host}:${address.port}`;
    assert.equal(told, expected);
  });
}

test('an address is written as it is read', () => {
  const texts = ['127.0.0.1:80', '[::1]:80', 'shop.example:8080', 'unix:/run/a.sock'];
  assert.deepEqual(
    texts.map((text) => formatAddress(parseAddress(text)!)),
    texts,
  );
});

test('what only this machine reaches', () => {
  const reached = (text: string) => isLoopback(parseAddress(text)!);
  assert.deepEqual(['127.0.0.1:1', '127.8.9.1:1', '[::1]:1', 'localhost:1', 'unix:/a'].map(reached), [
    true,
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual(['0.0.0.0:1', '[::]:1', '128.0.0.1:1', '127.0.0.1.example:1', 'localhost.example:1'].map(reached), [
    false,
    false,
    false,
    false,
    false,
  ]);
});
