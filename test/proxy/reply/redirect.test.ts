// The answer of a redirect, on a connection that goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf, statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

test('a redirect is an answer: status, Location, no body; the connection goes on', async () => {
  await using worker = await TestWorker.start(
    'listeners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "a" { matches { path "/a" }; redirect { to "https://{host}/b"; status 308 } }; route "b" { redirect { to "/c{query}" } } }',
  );
  const answers = await worker.request(
    'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /x?y HTTP/1.1\r\nHost: h\r\n\r\n',
  );
  const second = answers.slice(answers.indexOf('HTTP/1.1', 1));
  assert.deepEqual(
    [statusOf(answers), headerOf(answers, 'Location'), headerOf(answers, 'Content-Length')],
    [308, 'https://h/b', '0'],
  );
  assert.deepEqual([statusOf(second), headerOf(second, 'Location')], [302, '/c?y']);
  assert.equal(statusOf(await worker.request('GET /a HTTP/1.0\r\n\r\n')), 400);
});
