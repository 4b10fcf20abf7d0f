// The shortest agent: every request is marked and let through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReply } from '#protocol/reply-json';
import { configure, dial, requestHeaders, startAgent, temporaryFolder } from '../support.ts';

test('it marks the request', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent('agents/echo/main.ts', folder.file('s'));
  await using client = await dial(folder.file('s'));
  await client.call(configure({}));
  const reading = readReply(await client.call(requestHeaders('/')));
  assert(reading.ok);
  assert.deepEqual(reading.value.decision, { type: 'allow' });
  assert.deepEqual(reading.value.requestHeaders, [{ op: 'set', name: 'X-Agent-Processed', value: 'true' }]);
});
