// Version 1 over gRPC: an agent on the SDK asked by `AgentProcessor.ProcessEvent`, many calls at once on one connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, block } from '#agent';
import type { Agent } from '../../../agents/host-answer.ts';
import { serveGrpc, serveOnlyV1 } from '../../agents/grpc-support.ts';
import { until } from '../../agents/support.ts';
import { agentsOf, configOf, requestTo } from './support.ts';

function over(address: string, lines = '', version = 'protocol-version 1;') {
  const agent = `agent "a" { transport { grpc { address "${address}" } }; events "request-headers"; failure-mode "closed"; timeout-ms 10000; ${version} config { x 1 }; ${lines} }`;
  return agentsOf(configOf(`agents { ${agent} }\nfilters { filter "f" { agent "a" } }`, '"f"'));
}

const held = Promise.withResolvers<ReturnType<typeof allow>>();
const agent: Omit<Agent, 'name'> = {
  onConfigure: (config) => (typeof config === 'object' ? [] : ['not a block']),
  onRequestHeaders: ({ uri }) => {
    if (uri === '/throw') throw new Error('as asked');
    if (uri === '/hang') return held.promise;
    return uri === '/' ? allow() : block(403, { body: uri });
  },
};

test('many calls at once, each with its own answer; one that throws and one that hangs cost themselves', async () => {
  await using server = await serveGrpc(agent);
  using asking = over(server.address, 'event-timeouts { request-headers 300 }');
  await asking.agents.ready();
  assert.equal(asking.lines[0]?.['version'], 1);
  const verdicts = await Promise.all(
    ['/', '/throw', '/hang', '/a', '/b'].map((uri) => asking.agents.ask('asked', requestTo(uri))),
  );
  assert.deepEqual(
    verdicts.map((verdict) => ('body' in verdict ? verdict.body : verdict.decision)),
    ['allow', 'unavailable', 'unavailable', '/a', '/b'],
  );
  assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'allow');
  assert.deepEqual(
    asking.lines.map(({ fault }) => fault).filter((fault) => fault !== undefined),
    ['timed-out'],
  );
});

test('an agent that refuses its configuration, and one that is not there', async () => {
  await using server = await serveGrpc({ onConfigure: () => ['config.x: not 1'] });
  using refused = over(server.address);
  await refused.agents.ready();
  assert.equal((await refused.agents.ask('asked', requestTo('/'))).decision, 'unavailable');
  assert.match(String(refused.lines[0]?.['detail']), /config\.x: not 1/);
  const gone = await serveGrpc(agent);
  gone.host.cut();
  using missing = over(gone.address);
  await missing.agents.ready();
  assert.equal(missing.lines[0]?.['fault'], 'unreachable');
  await using again = await serveGrpc(agent, {}, gone.address);
  await until('it is reached', async () => (await missing.agents.ask('asked', requestTo('/'))).decision === 'allow');
  void again;
});

test('killed in the middle of a call: that call is lost, at once', async () => {
  const asked = Promise.withResolvers<void>();
  const server = await serveGrpc({
    onRequestHeaders: () => {
      asked.resolve();
      return held.promise;
    },
  });
  using asking = over(server.address);
  await asking.agents.ready();
  const verdict = asking.agents.ask('asked', requestTo('/hang'));
  await asked.promise;
  server.host.cut();
  assert.equal((await verdict).decision, 'unavailable');
  assert.equal(asking.lines.at(-1)?.['fault'], 'lost');
});

test('an agent that has no AgentServiceV2 is found out and spoken to in version 1', async () => {
  const seen: string[] = [];
  await using server = await serveOnlyV1((event) => {
    seen.push(event.type);
    return event.type === 'request_headers' ? block(403, { body: event.uri }) : allow();
  });
  using asking = over(server.address, '', '');
  await asking.agents.ready();
  const verdict = await asking.agents.ask('asked', requestTo('/x'));
  assert.equal('body' in verdict && verdict.body, '/x');
  assert.deepEqual(seen, ['configure', 'request_headers']);
  assert.deepEqual(
    asking.lines.map(({ event, version }) => [event, version]),
    [['agent-connected', 1]],
  );
});
