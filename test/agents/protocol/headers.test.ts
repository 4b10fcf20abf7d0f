// A header block is a table when somebody asks, in order, in lower case, whatever the names and bytes are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderBlock } from '#protocol/headers';

test('lines become a table: names in lower case, values in order, spaces around them gone', () => {
  const block = new HeaderBlock(
    Buffer.from('Accept: a\r\nX-A:1\r\naccept:\t b \r\n__proto__: p\r\nX-B: \xe9\r\n', 'latin1'),
  );
  assert.deepEqual(
    [...block],
    [
      ['accept', ['a', 'b']],
      ['x-a', ['1']],
      ['__proto__', ['p']],
      ['x-b', ['é']],
    ],
  );
  assert.deepEqual(block.get('accept'), ['a', 'b']);
  assert.equal(block.get('Accept'), undefined);
  assert.equal(block.has('x-a'), true);
  assert.equal(block.size, 4);
  assert.deepEqual([...block.keys()], ['accept', 'x-a', '__proto__', 'x-b']);
  assert.deepEqual([...block.values()][1], ['1']);
  const seen: string[] = [];
  block.forEach((values, name) => void seen.push(`${name}=${values.join()}`));
  assert.equal(seen[0], 'accept=a,b');
});

test('a no-break space is a byte of the value and no space', () => {
  assert.deepEqual(new HeaderBlock(Buffer.from('a: \xa0x\xa0\r\n', 'latin1')).get('a'), ['\xa0x\xa0']);
});

test('what has no colon is left out; the last line needs no end', () => {
  assert.deepEqual([...new HeaderBlock(Buffer.from('nothing\r\n: x\r\na: b'))], [['a', ['b']]]);
  assert.equal(new HeaderBlock(Buffer.alloc(0)).size, 0);
});

test('a block made of a list says the same', () => {
  assert.deepEqual(
    [
      ...HeaderBlock.of([
        ['A', '1'],
        ['a', '2'],
      ]),
    ],
    [['a', ['1', '2']]],
  );
});
