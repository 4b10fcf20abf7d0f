// The answer to a preflight has no body, and the connection goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestWorker } from '../../support/worker.ts';

test('204 without a body, then the next request', async () => {
  await using worker = await TestWorker.start(
    'listeners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "health"; policies { cors { origins "*" } } } }',
  );
  const answer = await worker.request(
    'OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: GET\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: h\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 204 No Content\r\n/);
  assert.match(answer.slice(0, answer.indexOf('HTTP/1.1 200')), /\r\n\r\n$/);
  assert.doesNotMatch(answer, /Content-Length: 0/);
  assert.match(answer, /ok\n$/);
});
