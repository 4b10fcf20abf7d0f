// The bounds of one agent: its queue in order, other agents untouched. Breaker, deadlines and the rest stand in
// link.test.ts and agent-effects.process.test.ts, on connections.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder, until } from '../../agents/support.ts';
import { serveV2 } from './agent-server.ts';
import { agentsOf, configOf, requestTo } from './support.ts';

test('who waits in the queue is asked in order, and a call that times out there makes room', async () => {
  await using folder = await temporaryFolder();
  const verdict = Promise.withResolvers<object>();
  await using server = await serveV2(folder.file('s'), () => verdict.promise);
  const kdl = `agents { agent "a" { transport { unix-socket "${folder.file('s')}" }; events "request-headers"; failure-mode "closed"; timeout-ms 10000; max-concurrent-calls 1; max-queued-calls 2 } }
    filters { filter "f" { agent "a" } }`;
  using asking = agentsOf(configOf(kdl, '"f"'));
  await asking.agents.ready();
  const agent = asking.agents.agent('a');
  const asked = ['/1', '/2', '/3', '/4'].map((uri) => asking.agents.ask('asked', requestTo(uri)));
  await until('the fourth is turned away', () => agent?.metrics.of('request-headers').queueRejections === 1);
  assert.equal(agent?.metrics.of('request-headers').queued, 2);
  verdict.resolve({});
  assert.deepEqual(
    (await Promise.all(asked)).map(({ decision }) => decision),
    ['allow', 'allow', 'allow', 'unavailable'],
  );
  assert.deepEqual(
    server.ofType('request_headers').map(({ uri }) => uri),
    ['/1', '/2', '/3'],
  );
  assert.equal(agent?.metrics.of('request-headers').queued, 0);
});

test('a slow agent with a full queue costs another one nothing', async () => {
  await using folder = await temporaryFolder();
  await using _slow = await serveV2(folder.file('slow'), () => undefined);
  await using _fast = await serveV2(folder.file('fast'), () => ({}));
  const agent = (name: string) =>
    `agent "${name}" { transport { unix-socket "${folder.file(name)}" }; events "request-headers"; failure-mode "open"; timeout-ms 10000; max-concurrent-calls 1; max-queued-calls 1 }`;
  const one = agentsOf(configOf(`agents { ${agent('slow')} }\nfilters { filter "f" { agent "slow" } }`, '"f"'));
  using slow = one;
  using fast = agentsOf(configOf(`agents { ${agent('fast')} }\nfilters { filter "f" { agent "fast" } }`, '"f"'));
  await Promise.all([slow.agents.ready(), fast.agents.ready()]);
  const stuck = [1, 2, 3].map(() => slow.agents.ask('asked', requestTo('/')));
  for (let call = 0; call < 10; call += 1)
    assert.equal((await fast.agents.ask('asked', requestTo('/'))).decision, 'allow');
  slow.agents.close();
  await Promise.all(stuck);
});
