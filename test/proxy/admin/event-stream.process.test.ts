// Pages are told everything, then what is new; nobody is asked while no page is open, and there are at most so many.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { adminLimits } from '#config/limits';
import { EventStream } from '../../../proxy/admin/event-stream.ts';
import { RawClient, until } from '../../support/proxy.ts';

async function start() {
  const asked: number[] = [];
  const source = {
    ask: async (_: unknown, since = 0) => {
      asked.push(since);
      return JSON.stringify({ at: 1, lastEvent: 40 + asked.length, text: '"lastEvent":7' });
    },
  };
  const stream = new EventStream(source);
  const server = createServer((_, response) => void stream.open(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    stream,
    asked,
    page: async () => {
      const page = await RawClient.open(port);
      page.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      return page;
    },
    async [Symbol.asyncDispose]() {
      stream.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('the whole first, then more, asked for once for all pages', async () => {
  await using served = await start();
  await using first = await served.page();
  await first.sees('event: whole\ndata: {"at":1,"lastEvent":41,');
  await using second = await served.page();
  await second.sees('event: whole\n');
  await first.sees('event: more\n');
  await second.sees('event: more\n');
  await first.sees((text) => text.split('event: more').length === 3);
  assert.deepEqual(served.asked.slice(0, 4), [0, 0, 1, 43]); // two that came, then one question for both
});

test('nobody is asked once the last page is gone', async () => {
  await using served = await start();
  {
    await using page = await served.page();
    await page.sees('event: more');
  }
  await until(
    async () => {
      const before = served.asked.length;
      await new Promise((resolve) => setTimeout(resolve, adminLimits.streamEveryMs + 100));
      return served.asked.length === before;
    },
    () => `still asked: ${served.asked}`,
  );
});

test('only so many pages; an end tells all of them', async () => {
  await using served = await start();
  const pages: RawClient[] = [];
  for (let count = 0; count < adminLimits.streamsMax; count += 1) {
    assert(!served.stream.isFull);
    const page = await served.page();
    pages.push(page);
    await page.sees('event: whole');
  }
  assert(served.stream.isFull);
  served.stream.close();
  for (const page of pages) {
    await page.sees('0\r\n\r\n');
    await page[Symbol.asyncDispose]();
  }
});
