// What `waf-lab` lets through: in the whole corpus it takes only rows that stand here, what is framed in two ways is read
// in the one that RFC 9112 prefers, and every message that is right is read as `strict` reads it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grammars } from '../../../proxy/http1/strictness.ts';
import { readRequest, usualBounds } from '../../support/http1.ts';
import { malformedRequests } from './malformed.ts';
import { unusualRequests } from './unusual.ts';

const lab = { ...usualBounds, grammar: grammars['waf-lab'] };
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const withLine = (line: string, host = 'Host: a\r\n'): string => `${line}\r\n${host}\r\n`;

const relaxed: ReadonlyArray<readonly [message: string, head: RegExp]> = [
  [withLine('get / HTTP/1.1'), /^\["get","\/",1,"a",true/],
  [withLine('|GET / HTTP/1.1'), /^\["\|GET"/],
  [withLine('GET /\xe2\x93\xa0?\xff HTTP/1.1'), /^\["GET","\/\xe2\x93\xa0\?\xff"/],
  [withLine('GET / HTTP/2'), /^\["GET","\/",1,"a",false/],
  [withLine('GET / HTTP/2.0'), /^\["GET","\/",1,"a",false/],
  [withLine('GET / HTTP/4.0'), /^\["GET","\/",1,"a",false/],
  [withLine('GET / HTTP/1'), /^\["GET","\/",1,"a",false/],
  [withLine('GET / HTTP/1.0', 'Host:\r\n'), /^\["GET","\/",0,"",false/],
  [withLine('CONNECT 192.0.2.1:80 HTTP/1.1'), /^\["CONNECT","192.0.2.1:80",1,"a",false/],
  [withLine('CONNECT [2001:db8::1]:80 HTTP/1.1'), /^\["CONNECT","\[2001:db8::1\]:80",1,"a",false/],
];

const stillRefused = [
  withLine('GET / HTTP/0.9'),
  withLine('GET / HTTP/0.8'),
  withLine('GET / HTTP/10'),
  withLine('GET / HTTP/2.'),
  withLine('GET / HTTP/2.10'),
  withLine('GET / HTTP/2.0 '),
  withLine('GET / JUNK/1.0'),
  withLine('GET /#a HTTP/1.1'),
  withLine('GET /\x00 HTTP/1.1'),
  withLine('GET /\x7f HTTP/1.1'),
  withLine('CONNECT a HTTP/1.1'),
  withLine('CONNECT a: HTTP/1.1'),
  withLine('CONNECT :80 HTTP/1.1'),
  withLine('CONNECT [2001:db8::1] HTTP/1.1'),
  withLine('CONNECT a:80/ HTTP/1.1'),
  withLine('CONNECT / HTTP/1.1'),
  withLine('PRI * HTTP/2.0'),
  withLine('GET / HTTP/1.1', ''),
  withLine('GET / HTTP/1.1', 'Host:\r\n'),
  withLine('GET / HTTP/1.0', 'Host: a%00\r\n'),
  withLine('\xe9 / HTTP/1.1'),
];

test('what the regression corpus needs is understood in waf-lab alone, however it is split', () => {
  for (const [message, head] of relaxed) {
    assert.equal(readRequest(bytes(message)).kind, 'fault', message);
    const verdict = readRequest(bytes(message), [], lab);
    assert(verdict.kind === 'whole', message);
    assert.match(verdict.head, head);
    assert.deepEqual(readRequest(bytes(message), new Array<number>(message.length).fill(1), lab), verdict, message);
    for (let length = 0; length < message.length; length += 1)
      assert.equal(
        readRequest(bytes(message).subarray(0, length), [], lab).kind,
        'unfinished',
        `${message}, ${length}`,
      );
  }
  for (const message of stillRefused) {
    const verdict = readRequest(bytes(message), [], lab);
    assert.equal(verdict.kind, 'fault', message);
    assert.deepEqual(readRequest(bytes(message), new Array<number>(message.length).fill(1), lab), verdict, message);
  }
});

test('of the malformed corpus it takes methods, targets and versions, and of what frames only both framings at once', () => {
  const taken = malformedRequests.filter(([message]) => readRequest(bytes(message), [], lab).kind === 'whole');
  assert.deepEqual([...new Set(taken.map(([, fault]) => fault))].toSorted(), [
    'bad-host',
    'bad-method',
    'bad-target',
    'bad-target-form',
    'bad-version',
    'length-and-encoding',
  ]);
  for (const [message, fault] of taken) {
    if (fault === 'bad-host') assert.equal(message, 'GET / HTTP/1.0\r\nHost:\r\n\r\n');
    if (fault === 'bad-target-form') assert.match(message, /^CONNECT [^ /]+:\d+ /);
  }
});

test('what strict takes it reads alike', () => {
  for (const [message, , why] of unusualRequests)
    assert.deepEqual(readRequest(bytes(message), [], lab), readRequest(bytes(message)), why);
});

test('a length beside chunks counts for nothing, and the connection ends behind them', () => {
  const message = bytes(
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /next',
  );
  assert.deepEqual(readRequest(message), { kind: 'fault', fault: 'length-and-encoding' });
  const verdict = readRequest(message, [], lab);
  assert(verdict.kind === 'whole');
  assert.deepEqual([verdict.body, verdict.rest], ['hello', 'GET /next']);
  assert.match(verdict.head, /^\["POST","\/",1,"a",false/);
  const two = withLine('POST / HTTP/1.1', 'Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n');
  assert.equal(readRequest(bytes(two), [], lab).kind, 'fault');
});
