// What each way of not going on is answered with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentReply } from '#protocol/message';
import { Upstream } from '../../fixtures/upstream.ts';
import { headerOf, statusOf } from '../../support/proxy.ts';
import { asking, blocked, get } from './agent-server.ts';

const challenge = (params: Record<string, string>): Partial<AgentReply> => ({
  decision: { type: 'challenge', challengeType: 'x', params },
});

for (const [name, reply, status, location] of [
  ['a block', blocked(418), 418, undefined],
  ['a redirect', { decision: { type: 'redirect', url: 'https://b.example/', status: 307 } }, 307, 'https://b.example/'],
  ['a challenge elsewhere', challenge({ url: 'https://check.example/?x=1' }), 302, 'https://check.example/?x=1'],
  ['a challenge here', challenge({}), 403, undefined],
  ['a challenge at no good place', challenge({ url: 'javascript:alert(1)' }), 403, undefined],
] as const) {
  test(`${name} is answered, and nothing reaches the upstream`, async () => {
    await using upstream = await Upstream.start();
    await using all = await asking(upstream, () => reply);
    const answer = await all.worker.request(get());
    assert.deepEqual([statusOf(answer), headerOf(answer, 'Location')], [status, location]);
    assert.equal(upstream.bytes, '');
  });
}
