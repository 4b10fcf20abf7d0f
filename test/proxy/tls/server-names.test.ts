// Which certificate a name asked for leads to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerNames } from '../../../proxy/tls/server-names.ts';

test('exact names go before wildcards, which stand for one label, in any case', () => {
  const names = new ServerNames<string>();
  names.add('Shop.example', 'shop');
  names.add('*.shop.example', 'any');
  names.add('a.shop.example', 'a');
  const asked = [
    'shop.example',
    'SHOP.EXAMPLE',
    'a.shop.example',
    'b.shop.example',
    'b.b.shop.example',
    'example',
    '',
    '.',
  ];
  assert.deepEqual(
    asked.map((name) => names.find(name) ?? '-'),
    ['shop', 'shop', 'a', 'any', '-', '-', '-', '-'],
  );
});
