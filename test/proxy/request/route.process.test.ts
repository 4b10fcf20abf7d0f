// The phase: the table's route, else the listener's default, else a refusal; and what the route brings with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestWorker } from '../../support/worker.ts';

const kdl = (listener: string): string =>
  `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { route "a" { matches { path "/a" }; builtin-handler "health" }; route "b" { matches { host "b" }; builtin-handler "echo"; policies { max-body-size 1 } } }`;

test('found, by default, or not found', async () => {
  await using strict = await TestWorker.start(kdl(''));
  await using lenient = await TestWorker.start(kdl('default-route "b"'));
  for (const path of ['/a', '/z']) {
    await strict.request(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await lenient.request(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab`);
  }
  assert.deepEqual(
    (await strict.lines(2)).map(({ route, status }) => [route, status]),
    [
      ['a', 200],
      [undefined, 404],
    ],
  );
  assert.deepEqual(
    (await lenient.lines(2)).map(({ route, status }) => [route, status]),
    [
      ['a', 200],
      ['b', 413],
    ],
  );
});
