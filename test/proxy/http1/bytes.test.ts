// The classes of bytes, against the RFCs' own lists.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalsLower, hexValue, isHost, isMethod, isTarget, isToken, isValue } from '../../../proxy/http1/bytes.ts';

const members = (table: Uint8Array): string =>
  [...table.keys()]
    .filter((byte) => table[byte] === 1)
    .map((byte) => String.fromCharCode(byte))
    .join('');

test('each class has its members and no others', () => {
  const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  assert.deepEqual([...members(isToken)].sort(), [...`!#$%&'*+-.^_\`|~${alphanumeric}`].sort(), 'RFC 9110 5.6.2');
  assert.equal(members(isMethod), '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_');
  assert.deepEqual([...members(isHost)].sort(), [...`-._~${alphanumeric}`].sort());
  assert.equal(members(isTarget).length, 0x7e - 0x21 + 1 - 1, 'visible ASCII without #');
  assert.equal(isTarget[0x23], 0);
  const controls = [...isValue.keys()].filter((byte) => isValue[byte] === 0);
  assert.deepEqual(
    controls,
    [...Array(9).keys(), ...Array.from({ length: 22 }, (_, index) => 10 + index), 0x7f],
    'all but tab',
  );
  assert.deepEqual(
    [...'09afAF'].map((digit) => hexValue[digit.charCodeAt(0)]),
    [0, 9, 10, 15, 10, 15],
  );
  assert.equal(hexValue.filter((value) => value !== 255).length, 22);
});

test('comparing ignores case and nothing else', () => {
  const bytes = Buffer.from('xHost@');
  assert.equal(equalsLower(bytes, 1, 5, Buffer.from('host')), true);
  assert.equal(equalsLower(bytes, 1, 6, Buffer.from('host')), false);
  assert.equal(equalsLower(bytes, 5, 6, Buffer.from('`')), false, '@ is not the capital of `');
});
