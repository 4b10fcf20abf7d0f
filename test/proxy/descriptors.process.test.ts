// A worker that has run out of descriptors lives on, and serves again as soon as there are some.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, startProxy, until } from '../support/proxy.ts';

const kdl = `listeners { listener "http" { address "127.0.0.1:0" } }
limits { max-connections-per-client 1000 }
routes { route "r" { builtin-handler "status" } }`;
const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

test('out of descriptors: it survives, and serves once connections are gone', async () => {
  await using proxy = await startProxy(kdl, {}, 60);
  const clients = await Promise.all(Array.from({ length: 120 }, () => RawClient.open(proxy.port())));
  await until(
    () =>
      clients.some(({ isClosed, socket }) => isClosed || socket.readableEnded) ||
      proxy.stderr().includes('accept-failed'),
    () => 'no connection was turned away',
  );
  for (const client of clients) await client[Symbol.asyncDispose]();
  await until(
    async () => (await proxy.request(request)).startsWith('HTTP/1.1 200'),
    () => `it does not serve again: ${proxy.stderr()}`,
  );
  assert.doesNotMatch(proxy.stderr(), /internal-error|Error:/);
});
