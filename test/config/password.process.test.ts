// The form of a password's hash and of a users file, and what is refused of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derive, hashPassword, readUsers } from '#config/password';

test('a hash is read back, and only the password gives its key', async () => {
  const users = readUsers(`# people\n\nanna:${await hashPassword('grüße', Buffer.alloc(16, 7))}\r\n`);
  assert(typeof users !== 'string');
  const anna = users.get('anna');
  assert(anna !== undefined);
  assert.deepEqual(await derive('grüße', anna), anna.key);
  assert.notDeepEqual(await derive('grusse', anna), anna.key);
  assert.deepEqual([anna.cost, anna.blockSize, anna.parallel, anna.salt.length], [32_768, 8, 3, 16]);
});

test('each hash has a salt of its own', async () => {
  assert.notEqual(await hashPassword('a'), await hashPassword('a'));
});

const hash = '$scrypt$ln=15,r=8,p=3$BwcHBwcHBwcHBwcHBwcHBw$4PGXJ2Dn0uWzSNDKqjHTp2dkG2m0gSVJm5nBOTKWKoM';

test('what cannot be used is told by its line', () => {
  const refused: ReadonlyArray<readonly [string, RegExp]> = [
    ['', /no user/],
    ['# nobody', /no user/],
    ['anna', /line 1 is not NAME:HASH/],
    [`:${hash}`, /line 1/],
    [`anna:${hash}\nbob:secret`, /line 2/],
    ['bob:$2y$10$abcdefghijklmnopqrstuv', /line 1/],
    ['bob:$apr1$x$y', /line 1/],
    [`bob:${hash.replace('ln=15', 'ln=10')}`, /line 1/],
    [`bob:${hash.replace('ln=15', 'ln=30')}`, /line 1/],
    [`a:${hash}\na:${hash}`, /line 2 names a user for the second time/],
    [Array.from({ length: 501 }, (_, at) => `u${at}:${hash}`).join('\n'), /more than 500/],
  ];
  for (const [text, words] of refused) {
    const read = readUsers(text);
    assert(typeof read === 'string', text);
    assert.match(read, words);
    assert(!read.includes('secret'), 'what stands in the file is not repeated');
  }
});
