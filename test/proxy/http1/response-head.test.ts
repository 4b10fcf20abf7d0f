// Replies as bytes: what an upstream may not send, what is understood, and that splitting never matters.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ResponseHead } from '../../../proxy/http1/response-head.ts';
import { Random } from '../../fuzz/random.ts';
import { readResponse } from '../../support/http1.ts';
import { malformedReplies } from './malformed-replies.ts';
import { unusualReplies } from './unusual.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('every malformed reply is refused for its own fault, whole, byte by byte and in random pieces', () => {
  const random = new Random(3);
  for (const [message, fault, why] of malformedReplies) {
    const inBytes = message.length < 2000 ? new Array<number>(message.length).fill(1) : [1, 7, 100, 1000, 60_000];
    assert.deepEqual(readResponse(bytes(message)), { kind: 'fault', fault }, why);
    assert.deepEqual(readResponse(bytes(message), inBytes), { kind: 'fault', fault }, why);
    const pieces = random.pieces(message.length);
    assert.deepEqual(readResponse(bytes(message), pieces), { kind: 'fault', fault }, `${why}, in pieces of ${pieces}`);
  }
});

const wellFormed = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', '[200,"OK",1,true,[],[["Content-Length","5"]]]'],
  ['HTTP/1.1 204 \r\n\r\n', '[204,"",1,true,[],[]]'],
  ['HTTP/1.0 200 OK\r\n\r\nx', '[200,"OK",0,false,[],[]]'],
  [
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n',
    '[200,"OK",0,true,[],[["Connection","Keep-Alive"],["Content-Length","0"]]]',
  ],
  [
    'HTTP/1.1 404 Sm\xf8rrebr\xf8d\r\nConnection: close, x-a\r\n\r\n',
    '[404,"Smørrebrød",1,false,["x-a"],[["Connection","close, x-a"]]]',
  ],
  [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n\r\n',
    '[200,"OK",1,true,[],[["Transfer-Encoding","chunked"]]]',
  ],
] as const;

test('well-formed replies are understood', () => {
  for (const [message, head] of wellFormed) {
    const said = readResponse(bytes(message));
    assert.equal(said.kind === 'whole' && said.head, head);
  }
});

test('split anywhere, the verdict is the same', () => {
  const messages = fc.constantFrom(
    ...malformedReplies.map(([message]) => message),
    ...wellFormed.map(([message]) => message),
    ...unusualReplies.map(({ bytes: message }) => message),
  );
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 }), (message, pieces) => {
      assert.deepEqual(readResponse(bytes(message), pieces), readResponse(bytes(message)));
    }),
    { numRuns: 300 },
  );
});

test('one that is kept says the same when the bytes that it was read from are written over', () => {
  for (const start of [0, 1, 8192]) {
    const text = 'HTTP/1.1 404 Not here\r\nContent-Length: 5\r\nX-A:  b \r\n\r\n';
    const lent = Buffer.concat([Buffer.alloc(start), bytes(`${text}hello, and what comes later`)]);
    const head = new ResponseHead();
    head.begin(lent, start);
    const end = start + text.length + 5;
    const bodyStart = head.read(lent, end);
    const said = [head.lines.list(), head.status, head.contentLength];
    const moved = head.keep(end);
    lent.fill('X');
    assert.equal(moved, start);
    assert.deepEqual([head.lines.list(), head.status, head.contentLength], said);
    assert.equal(head.bytes.toString('latin1', head.reasonStart, head.reasonEnd), 'Not here');
    assert.equal(head.bytes.toString('latin1', bodyStart - moved, end - moved), 'hello');
  }
});
