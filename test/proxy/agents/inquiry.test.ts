// What agents say about one exchange, put together: order, merging, tags, the end of the asking. Real agents do the same
// in ask.process.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AgentReply, noAudit, plainAllow } from '#protocol/message';
import { ask } from '../../../proxy/agents/asking.ts';
import { Inquiry } from '../../../proxy/agents/inquiry.ts';
import { temporaryFolder } from '../../agents/support.ts';
import { blocked, serveV2 } from './agent-server.ts';
import { agentsOf, configOf, requestTo } from './support.ts';

async function asked(replies: Readonly<Record<string, Partial<AgentReply>>>, parallel = false, isPassed = false) {
  await using folder = await temporaryFolder();
  const names = Object.keys(replies);
  const servers = await Promise.all(
    names.map((name) => serveV2(folder.file(name), () => ({ ...plainAllow, ...replies[name] }))),
  );
  const agents = names.map(
    (name) =>
      `agent "${name}" { transport { unix-socket "${folder.file(name)}" }; events "request-headers"; failure-mode "closed"; timeout-ms 10000 }`,
  );
  const filters = names.map((name) => `filter "${name}" { agent "${name}"; parallel #${parallel} }`);
  using asking = agentsOf(
    configOf(
      `agents { ${agents.join('; ')} }\nfilters { ${filters.join('; ')} }`,
      names.map((name) => `"${name}"`).join(' '),
    ),
  );
  await asking.agents.ready();
  const inquiry = new Inquiry({ hasPassedChallenge: () => isPassed });
  const groups = asking.agents.planFor('asked')?.groups['request-headers'] ?? [];
  const stop = await ask(inquiry, { phase: 'request-headers', groups, event: () => requestTo('/') });
  const calls = servers.map(({ seen }) => seen.length);
  for (const server of servers) await server[Symbol.asyncDispose]();
  return { inquiry, stop, calls };
}

const set = (value: string) => ({ requestHeaders: [{ op: 'set' as const, name: 'X-A', value }] });

test('changes merge in order, tags are gathered once', async () => {
  const audit = { ...noAudit, tags: ['t', 'u'] };
  const { inquiry, stop } = await asked({ a: { ...set('1'), audit }, b: { ...set('2'), audit } });
  assert.equal(stop, undefined);
  assert.deepEqual(inquiry.requestChanges.list(), [{ op: 'set', name: 'X-A', value: '2' }]);
  assert.deepEqual(inquiry.tags, ['t', 'u']);
  assert.deepEqual(
    inquiry.notes.map(({ agent }) => agent),
    ['a', 'b'],
  );
});

test('the first that does not allow ends the asking; at once, the order still decides', async () => {
  const one = await asked({ a: blocked(401), b: blocked(402) });
  assert.deepEqual([one.stop?.agent, one.calls], ['a', [1, 0]]);
  const both = await asked({ a: set('1'), b: blocked(402), c: blocked(403) }, true);
  assert.deepEqual([both.stop?.agent, both.calls], ['b', [1, 1, 1]]);
});

test('a challenge that has been passed is an allowance, and never otherwise', async () => {
  const challenge = { decision: { type: 'challenge', challengeType: 'x', params: {} } } as const;
  assert.equal((await asked({ a: { ...challenge, ...set('1') } }, false, true)).stop, undefined);
  const { stop } = await asked({ a: challenge });
  assert(stop?.kind === 'decided');
  assert.equal(stop.decision.type, 'challenge');
});
