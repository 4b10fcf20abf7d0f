// Bytes of requests: lengths, escapes and boundaries are those that a server reads.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { form, formEscape, json, message, multipart, page, query } from '../../../crs-tests/traffic/message.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

const random = new Random(1);
function read(bytes: string) {
  const request = readRequest(bytes);
  assert.equal(request.kind, 'request');
  assert(request.kind === 'request');
  return request;
}

test('forms are escaped as browsers do it', () => {
  assert.equal(formEscape("a b&c=ü'(*)~"), 'a+b%26c%3D%C3%BC%27%28*%29%7E');
  assert.equal(
    query([
      ['a[]', '1'],
      ['b', ''],
    ]),
    'a%5B%5D=1&b=',
  );
  assert.equal(read(form('k', random, '/x', [['a', 'ü & ö']]).bytes).body, 'a=%C3%BC+%26+%C3%B6');
});

test('JSON and multipart are bytes of UTF-8 of the length that they say', () => {
  assert.equal(read(json('k', random, 'PUT /x', { a: 'ü' }).bytes).body, '{"a":"Ã¼"}');
  const { headers, body } = read(
    multipart('k', random, '/x', [{ name: 'f', filename: 'ü"x.png', type: 'image/png', value: '\xff\0' }]).bytes,
  );
  const boundary = headers.find(([name]) => name === 'Content-Type')?.[1].split('boundary=')[1];
  assert(body.startsWith(`--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="Ã¼%22x.png"\r\n`));
  assert(body.endsWith(`\r\n\r\n\xff\0\r\n--${boundary}--\r\n`));
});

test('a page has no body, a message the one that it is given', () => {
  assert.equal(read(page('k', random, '/a?b=c').bytes).hasBody, false);
  assert.equal(read(message('k', 'POST /a', [['Host', 'a']], 'x').bytes).body, 'x');
});
