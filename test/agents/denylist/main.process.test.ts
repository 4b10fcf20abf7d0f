// The program as it runs: configured over its socket, answering over it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReply } from '#protocol/reply-json';
import { configure, dial, requestHeaders, startAgent, temporaryFolder } from '../support.ts';

function decisionOf(message: unknown) {
  const reading = readReply(message);
  assert(reading.ok, reading.ok ? '' : reading.problem);
  return reading.value.decision;
}

test('it denies what its lists say, takes new lists, and keeps the old ones when the new are wrong', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent('agents/denylist/main.ts', folder.file('s'));
  await using client = await dial(folder.file('s'));
  assert.equal(decisionOf(await client.call(configure({ paths: '/admin', 'builtin-attacks': true }))).type, 'allow');
  const denied = decisionOf(await client.call(requestHeaders('/admin')));
  assert(denied.type === 'block');
  assert.deepEqual([denied.status, denied.ruleId, denied.body], [403, 'denylist-path', undefined]);
  assert.equal(decisionOf(await client.call(requestHeaders("/?id=1'%20OR%201=1--"))).type, 'block');
  assert.equal(decisionOf(await client.call(requestHeaders('/'))).type, 'allow');
  const refused = decisionOf(await client.call(configure({ paths: 'admin' })));
  assert(refused.type === 'block');
  assert.match(refused.reason ?? '', /^config\.paths\[0\]: 'admin' does not begin with a slash/);
  assert.equal(decisionOf(await client.call(requestHeaders('/admin'))).type, 'block');
  await client.call(configure({ paths: '/other' }));
  assert.equal(decisionOf(await client.call(requestHeaders('/admin'))).type, 'allow');
  assert.equal(decisionOf(await client.call(requestHeaders('/other'))).type, 'block');
  agent.child.kill('SIGTERM');
  const events = (await agent.events()).map(({ event }) => event);
  assert(events.includes('agent-listening')); // in no order: a client may be served before the line is written
  const told = events.filter((event) => event !== 'agent-listening');
  assert.deepEqual(told, ['agent-configured', 'agent-refused-config', 'agent-configured']);
});
