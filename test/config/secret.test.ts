// A secret comes out by `reveal()` and in no other way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { Secret, secretMask } from '#config/secret';

const secret = new Secret('hush-hush');

const ways: ReadonlyArray<readonly [string, () => string]> = [
  ['String()', () => String(secret)],
  ['a template', () => `${secret}`],
  ['JSON', () => JSON.stringify({ deep: [secret] })],
  ['inspect', () => inspect({ deep: { secret } }, { depth: 9, showHidden: true })],
  ['format', () => format('%s %o %j', secret, secret, secret)],
  ['an error', () => inspect(new Error('x', { cause: secret }))],
  ['its entries', () => JSON.stringify([Object.entries(secret), { ...secret }])],
  ['a clone', () => inspect(structuredClone(secret))],
];

for (const [title, way] of ways) test(`masked in ${title}`, () => assert(!way().includes('hush')));

test('the mask is shown in its place', () => assert.equal(JSON.stringify([secret]), `["${secretMask}"]`));

test('revealed on request', () => assert.equal(secret.reveal(), 'hush-hush'));
