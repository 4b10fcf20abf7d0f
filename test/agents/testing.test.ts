// The harness as an author of an agent uses it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, block, replaceBody } from '#agent';
import { AgentFault, TestAgent } from '../../agents/testing.ts';

test('events in, replies out, without a proxy', async () => {
  let word = '';
  const agent = new TestAgent({
    name: 'words',
    onConfigure: (config) => {
      if (typeof config !== 'string') return ['config: a text is needed'];
      word = config;
      return [];
    },
    onRequestHeaders: ({ uri, headers }) => (headers.has('x-pass') || !uri.includes(word) ? allow() : block(403)),
    onRequestBodyChunk: (event) => replaceBody(event, Buffer.from(event.data).reverse()),
    onResponseHeaders: ({ status }) => allow({ responseHeaders: [{ op: 'set', name: 'X', value: String(status) }] }),
    onResponseBodyChunk: (event) => replaceBody(event, new Uint8Array()),
  });
  assert.equal(await agent.configure(5), 'config: a text is needed');
  assert.equal(await agent.configure('bad'), '');
  assert.equal((await agent.requestHeaders({ uri: '/bad' })).decision.type, 'block');
  assert.equal((await agent.requestHeaders({ uri: '/bad', headers: { 'X-Pass': '1' } })).decision.type, 'allow');
  assert.equal(Buffer.from((await agent.requestBody('abc')).requestBody?.data ?? []).toString(), 'cba');
  assert.equal((await agent.responseHeaders(404)).responseHeaders[0]?.value, '404');
  assert.equal((await agent.responseBody('x')).responseBody?.data?.length, 0);
});

test('a fault is an error in the test, with the agent’s log beside it', async () => {
  const agent = new TestAgent({
    name: 'throws',
    onRequestHeaders: () => {
      throw new Error('oh');
    },
  });
  await assert.rejects(agent.requestHeaders(), new AgentFault('the agent failed'));
  assert.match(String(agent.lines.at(-1)?.['error']), /Error: oh/);
});
