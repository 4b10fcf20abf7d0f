// Each key of `transport { grpc }` against a real agent on gRPC: with it the agent answers, with another value it is out
// of reach.

import assert from 'node:assert/strict';
import { allow } from '#agent';
import { serveGrpc } from '../../agents/grpc-support.ts';
import { Authority } from '../../support/certificates.ts';
import { effect } from '../../support/effect.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { agentsOf, configOf, requestTo } from './support.ts';

async function decisionOf(address: string, tls: string): Promise<string> {
  const agent = `agent "a" { transport { grpc { address "${address}"; ${tls} } }; events "request-headers"; failure-mode "closed"; timeout-ms 10000 }`;
  using asking = agentsOf(configOf(`agents { ${agent} }\nfilters { filter "f" { agent "a" } }`, '"f"'));
  await asking.agents.ready();
  return (await asking.agents.ask('asked', requestTo('/'))).decision;
}

/** An agent that wants certificates of one authority, those of another one beside, and their files. */
async function secured() {
  const folder = tempFolder();
  const write = (name: string, text: string) => {
    folder.write(name, text);
    return folder.of(name);
  };
  const [ours, theirs] = [new Authority(), new Authority()];
  const pair = (authority: Authority, name: string, usage: 'server' | 'client') => {
    const { cert, key } = authority.issue({ names: [name], usage });
    return { cert: write(`${name}.pem`, cert), key: write(`${name}.key`, key) };
  };
  const good = pair(ours, 'good', 'client');
  const bad = pair(theirs, 'bad', 'client');
  const [ca, strangers] = [write('ca.pem', ours.cert), write('strangers.pem', theirs.cert)];
  const server = { ...pair(ours, 'agent.internal', 'server'), clientCa: ca };
  const agent = await serveGrpc({ onRequestHeaders: () => allow() }, server);
  const written = (parts: { ca?: string; client?: typeof good; name?: string }) => {
    const { ca: authority = ca, client = good, name = 'agent.internal' } = parts;
    return `tls { ca-cert "${authority}"; client-cert "${client.cert}"; client-key "${client.key}"; server-name "${name}" }`;
  };
  const stop = async () => {
    await agent[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  return { address: agent.address, good, bad, ca, strangers, written, [Symbol.asyncDispose]: stop };
}

effect('agents.agent.transport.grpc.address', async () => {
  await using one = await serveGrpc({ onRequestHeaders: () => allow() });
  const other = await serveGrpc({ onRequestHeaders: () => allow() });
  other.host.cut();
  assert.equal(await decisionOf(one.address, ''), 'allow');
  assert.equal(await decisionOf(other.address, ''), 'unavailable');
});

effect('agents.agent.transport.grpc.tls.ca-cert', async () => {
  await using one = await secured();
  assert.equal(await decisionOf(one.address, one.written({})), 'allow');
  assert.equal(await decisionOf(one.address, one.written({ ca: one.strangers })), 'unavailable');
  assert.equal(await decisionOf(one.address, ''), 'unavailable'); // in clear to an agent that speaks TLS
});

effect(['agents.agent.transport.grpc.tls.client-cert', 'agents.agent.transport.grpc.tls.client-key'], async () => {
  await using one = await secured();
  assert.equal(await decisionOf(one.address, one.written({})), 'allow');
  assert.equal(await decisionOf(one.address, one.written({ client: one.bad })), 'unavailable');
  for (const mixed of [
    { ...one.good, key: one.bad.key },
    { ...one.good, cert: one.bad.cert },
  ])
    assert.equal(await decisionOf(one.address, one.written({ client: mixed })), 'unavailable');
  const nobody = `tls { ca-cert "${one.ca}"; server-name "agent.internal" }`;
  assert.equal(await decisionOf(one.address, nobody), 'unavailable');
});

effect('agents.agent.transport.grpc.tls.server-name', async () => {
  await using one = await secured();
  assert.equal(await decisionOf(one.address, one.written({})), 'allow');
  assert.equal(await decisionOf(one.address, one.written({ name: 'other.internal' })), 'unavailable');
});
