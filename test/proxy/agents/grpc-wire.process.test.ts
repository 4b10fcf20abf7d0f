// The way over gRPC from the proxy to an agent on the SDK, and to servers that misbehave: every call has one outcome.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, block } from '#agent';
import { readProxyMessage, writeAnswer, writeGrpcReply } from '#protocol/grpc';
import { plainAllow } from '#protocol/message';
import type { Agent } from '../../../agents/host-answer.ts';
import { serveGrpc, serveRawStream } from '../../agents/grpc-support.ts';
import { until } from '../../agents/support.ts';
import { agentsOf, configOf, requestTo } from './support.ts';

function over(address: string, lines = '') {
  const agent = `agent "a" { transport { grpc { address "${address}" } }; events "request-headers"; failure-mode "closed"; timeout-ms 10000; ${lines} }`;
  return agentsOf(configOf(`agents { ${agent} }\nfilters { filter "f" { agent "a" } }`, '"f"'));
}

const marks: Omit<Agent, 'name'> = {
  onConfigure: () => [],
  onRequestHeaders: ({ uri, headers, metadata }) => {
    if (uri === '/throw') throw new Error('as asked');
    if (uri === '/block') return block(451, { body: 'no', headers: [['X-A', 'ü']], reason: 'why', ruleId: 'r' });
    const value = `${metadata.clientIp} ${metadata.clientPort} ${headers.get('x-one')?.join('|') ?? ''}`;
    return allow({ requestHeaders: [{ op: 'set', name: 'X-Seen', value }] });
  },
};

test('facts and headers go there, decisions and changes come back, many at once', async () => {
  await using agent = await serveGrpc(marks);
  using asking = over(agent.address);
  await asking.agents.ready();
  assert.deepEqual(
    asking.lines.map(({ event, version, encoding, address }) => [event, version, encoding, address]),
    [['agent-connected', 2, 'grpc', agent.address]],
  );
  const headers: [string, string][] = [
    ['X-One', '1'],
    ['x-one', 'ÿ'],
  ];
  const verdicts = await Promise.all(
    Array.from({ length: 100 }, () => asking.agents.ask('asked', requestTo('/', headers))),
  );
  for (const verdict of verdicts)
    assert.deepEqual('requestHeaders' in verdict && verdict.requestHeaders, [
      { op: 'set', name: 'X-Seen', value: '192.0.2.7 40000 1|ÿ' },
    ]);
  const blocked = await asking.agents.ask('asked', requestTo('/block'));
  assert.partialDeepStrictEqual(blocked, {
    decision: 'block',
    status: 451,
    body: 'no',
    headers: [['X-A', 'ü']],
    reason: 'why (r)',
  });
});

test('a handler that throws costs that call, at once', async () => {
  await using agent = await serveGrpc(marks);
  using asking = over(agent.address);
  await asking.agents.ready();
  const [failed, fine] = await Promise.all([
    asking.agents.ask('asked', requestTo('/throw')),
    asking.agents.ask('asked', requestTo('/')),
  ]);
  assert.deepEqual([failed.decision, fine.decision], ['unavailable', 'allow']);
});

test('an agent that is killed in the middle of a call, and one that comes back', async () => {
  const held = Promise.withResolvers<typeof plainAllow>();
  const asked = Promise.withResolvers<void>();
  const first = await serveGrpc({
    onRequestHeaders: () => {
      asked.resolve();
      return held.promise;
    },
  });
  using asking = over(first.address);
  await asking.agents.ready();
  const verdict = asking.agents.ask('asked', requestTo('/'));
  await asked.promise;
  first.host.cut();
  assert.equal((await verdict).decision, 'unavailable');
  assert.equal(asking.lines.at(-1)?.['fault'], 'lost');
  held.resolve(plainAllow);
  await using again = await serveGrpc(marks, {}, first.address);
  await until(
    'it is reached again',
    async () => (await asking.agents.ask('asked', requestTo('/'))).decision === 'allow',
  );
  void again;
});

test('nobody listens: settled at once', async () => {
  const gone = await serveGrpc(marks);
  gone.host.cut();
  using asking = over(gone.address);
  await asking.agents.ready();
  assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'unavailable');
  assert.equal(asking.lines[0]?.['fault'], 'unreachable');
});

test('a server that never answers costs the deadline; one that says nonsense costs the connection', async () => {
  const one = { agentId: '', name: '', version: '', supportedEvents: ['request_headers'] as const };
  const features = { concurrentRequests: 0 } as never;
  const capabilities = { ...one, features, limits: { maxBodySize: 0, maxConcurrency: 0, preferredChunkSize: 0 } };
  const answer = writeAnswer({ protocolVersion: 2, capabilities, success: true, error: undefined, encoding: 'json' });
  for (const [reply, fault] of [
    [undefined, 'timed-out'],
    [Buffer.from('nonsense'), 'bad-protocol'],
    [writeGrpcReply(plainAllow, 'of nobody'), 'bad-protocol'],
  ] as const) {
    await using server = await serveRawStream((stream) =>
      stream.on('data', (bytes: Buffer) => {
        const message = readProxyMessage(bytes);
        if (message.ok && message.value.type === 'handshake-request') stream.write(answer);
        else if (message.ok && message.value.type === 'event' && reply !== undefined) stream.write(reply);
      }),
    );
    using asking = over(server.address, 'event-timeouts { request-headers 200 }');
    await asking.agents.ready();
    const verdict = await asking.agents.ask('asked', requestTo('/'));
    assert.equal(verdict.decision, 'unavailable');
    assert.equal(asking.lines.find(({ event }) => event === 'agent-lost')?.['fault'], fault);
  }
});

test('health is believed, whichever stream it comes on', async () => {
  await using agent = await serveGrpc(marks);
  using asking = over(agent.address);
  await asking.agents.ready();
  agent.status.setHealth({ status: 'unhealthy', reason: 'no disk', recoverable: true });
  await until(
    'it is believed',
    async () => (await asking.agents.ask('asked', requestTo('/'))).decision === 'unavailable',
  );
});

test('what an agent wants changed is answered or refused, and said once', async () => {
  let configured = 0;
  await using agent = await serveGrpc({
    onConfigure: () => {
      configured += 1;
      return [];
    },
  });
  using asking = over(agent.address);
  await asking.agents.ready();
  for (let times = 0; times < 3; times += 1) {
    agent.status.announce({ type: 'rule_update', ruleSet: 'crs', rules: [], removeRules: [] });
    agent.status.announce({ type: 'list_update', listId: 'bad', add: ['192.0.2.1'], remove: [] });
    agent.status.announce({ type: 'restart_required', reason: 'new rules', gracePeriodMs: 0 });
    agent.status.announce({ type: 'config_error', error: 'no such file', field: 'rules' });
  }
  const told = () => asking.lines.filter(({ event }) => event !== 'agent-connected');
  await until('all is told', () => told().length >= 4);
  agent.status.announce({ type: 'request_reload' });
  await until(
    'the answer has come',
    async () => (await asking.agents.ask('asked', requestTo('/'))).decision === 'allow',
  );
  assert.deepEqual(
    told().map(({ event, rule_set, list, detail }) => [event, rule_set ?? list ?? detail]),
    [
      ['agent-update-refused', 'crs'],
      ['agent-update-refused', 'bad'],
      ['agent-asks-restart', 'new rules'],
      ['agent-refused-config', 'no such file'],
    ],
  );
  assert.equal(configured, 1); // the same configuration again is no news to the agent
});
