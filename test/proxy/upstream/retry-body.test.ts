// A body that is kept: written again as it was, in either framing; and given up as a whole past the bound.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryLimits } from '#config/limits';
import { HeadWriter } from '../../../proxy/http1/write-head.ts';
import { KeptBody, KeptBytes } from '../../../proxy/upstream/retry-body.ts';

function written(body: KeptBody, isChunked: boolean, trailers = ''): string {
  const writer = new HeadWriter();
  body.write(writer, isChunked, trailers);
  return writer.bytes.toString('latin1', 0, writer.length);
}

test('written again in either framing, from a copy', () => {
  const body = new KeptBody(new KeptBytes());
  const lent = Buffer.from('..hello..');
  body.add(lent, 2, 7);
  lent.fill('x');
  body.add(Buffer.from(' world'), 0, 6);
  assert.equal(written(body, false), 'hello world');
  assert.equal(written(body, true, 'A: b\r\n'), '5\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n');
  assert.equal(body.isLost, false);
});

test('one that is too long is given up as a whole', () => {
  const all = new KeptBytes();
  const body = new KeptBody(all);
  body.add(Buffer.alloc(retryLimits.bodyBytesMax), 0, retryLimits.bodyBytesMax);
  assert.equal(body.isLost, false);
  body.add(Buffer.from('x'), 0, 1);
  assert.equal(body.isLost, true);
  assert.equal(written(body, false), '');
  assert.equal(all.count, 0);
});

test('all of a worker together have a bound, and what is dropped makes room', () => {
  const all = new KeptBytes();
  all.count = retryLimits.bodiesBytesMax - 10;
  const [one, two, three] = [new KeptBody(all), new KeptBody(all), new KeptBody(all)];
  one.add(Buffer.from('12345678'), 0, 8);
  two.add(Buffer.from('123'), 0, 3);
  assert.deepEqual([one.isLost, two.isLost], [false, true]);
  one.drop();
  one.drop();
  three.add(Buffer.from('1234567890'), 0, 10);
  assert.deepEqual([three.isLost, all.count], [false, retryLimits.bodiesBytesMax]);
});
