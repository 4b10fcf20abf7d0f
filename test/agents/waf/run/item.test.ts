// Names without case, numbers as C reads them, bags with their bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bag, isSameName, leadingInteger, nameOf } from '../../../../agents/waf/run/item.ts';
import { asciiLower } from '../../../../agents/waf/transform/bytes.ts';
import { wafRunLimits } from '../../../../config/limits-waf-run.ts';

const byteString = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

test('only ASCII letters have a case', () => {
  assert.equal(asciiLower('ÀB'), 'Àb');
  assert(isSameName('Content-Type', 'CONTENT-TYPE') && !isSameName('À', 'à') && !isSameName('a', 'ab'));
});

test('numbers are read as far as they go', () => {
  const cases = [
    ['12', 12],
    [' +7x', 7],
    ['-3', -3],
    ['x', 0],
    ['', 0],
    ['1.9', 1],
    ['99999999999999999999', 999999999999999],
  ] as const;
  for (const [text, number] of cases) assert.equal(leadingInteger(text), number, text);
});

test('names are what was matched', () => {
  assert.equal(nameOf({ variable: 'ARGS', key: 'a', value: '' }), 'ARGS:a');
  assert.equal(nameOf({ variable: 'REQUEST_URI', key: undefined, value: '' }), 'REQUEST_URI');
});

test('a bag finds what was set, whatever the case, and keeps the first spelling', () => {
  fc.assert(
    fc.property(byteString, byteString, (key, value) => {
      const bag = new Bag();
      bag.set(key, 'before');
      bag.set(asciiLower(key), value);
      assert.equal(bag.get(key.toUpperCase() === key ? key : asciiLower(key)), value);
      assert.deepEqual(bag.items('TX'), [{ variable: 'TX', key, value }]);
      bag.delete(key);
      assert.equal(bag.get(key), undefined);
    }),
  );
});

test('a bag takes no name past its bound', () => {
  const bag = new Bag();
  for (let index = 0; index < wafRunLimits.variablesMax; index += 1) bag.set(String(index), '');
  assert.equal(bag.set('one more', ''), false);
  assert.equal(bag.set('0', 'known names still change'), true);
});

test('names with a slot are found by name and by slot, and count once', () => {
  const bag = new Bag(
    new Map([
      ['a', 0],
      ['b', 1],
    ]),
  );
  bag.set('other', '3');
  bag.set('B', '2');
  const entry = bag.bySlot(1);
  assert.deepEqual(
    [bag.size, entry, bag.get('b'), bag.named()],
    [2, { key: 'B', value: '2' }, '2', [undefined, entry]],
  );
  bag.putSlot(0, { key: 'A', value: '1' });
  bag.setSlot(1, 'ignored', '4');
  bag.putByLowerName('other', { key: 'OTHER', value: '5' });
  bag.putByLowerName('more', { key: 'More', value: '6' });
  assert.deepEqual(
    bag.items('TX').map(({ key, value }) => `${key}=${value}`),
    ['A=1', 'B=4', 'other=5', 'More=6'],
  );
  assert.deepEqual([bag.slotCount, Array.from(bag.others(), ({ key }) => key)], [2, ['other', 'More']]);
  for (const name of ['a', 'B', 'MORE', 'none']) bag.delete(name);
  assert.deepEqual([bag.size, bag.items('TX').length], [1, 1]);
});
