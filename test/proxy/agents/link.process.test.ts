// The pool behind one agent, against a server that answers as each test says: reuse, growth, bounds, deadlines,
// reconnection, and what is logged.

import assert from 'node:assert/strict';
import { getActiveResourcesInfo } from 'node:process';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { encodeFrame } from '#protocol/frame-v1';
import type { RequestHeadersEvent } from '#protocol/message';
import { Agent } from '../../../proxy/agents/agent.ts';
import type { CallResult } from '../../../proxy/agents/call.ts';
import { ConnectionV1 } from '../../../proxy/agents/connection-v1.ts';
import { AgentLink } from '../../../proxy/agents/link.ts';
import { configure, temporaryFolder, until } from '../../agents/support.ts';
import { allowed, isConfigure, oneAgent, outcomeOf, requestTo, serveTalk, type Talk } from './support.ts';

const long = 60_000; // a deadline that no passing test reaches

interface Wanted {
  readonly callsInFlightMax?: number;
  readonly callsQueuedMax?: number;
  readonly timeoutMs?: number;
  readonly connectionsMax?: number;
  readonly config?: unknown;
}

/** An agent asked in version 1, as the rest of the proxy asks it. */
function linkTo(
  path: string,
  { callsInFlightMax = 4, callsQueuedMax = 0, timeoutMs = long, connectionsMax = 4, config = { a: 1 } }: Wanted = {},
) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const written = oneAgent(
    path,
    `failure-mode "closed"; timeout-ms ${timeoutMs}; max-concurrent-calls ${callsInFlightMax}; max-queued-calls ${callsQueuedMax}`,
  );
  const [agentConfig] = written.agents;
  assert(agentConfig !== undefined);
  const options = { name: 'a', version: 1, connectionsMax, connectionIdleMs: long, log } as const;
  const configure = { type: 'configure', agentId: 'a', config, configVersion: undefined } as const;
  const way = new AgentLink({
    ...options,
    place: { socket: path },
    open: (_, events) => new ConnectionV1(path, configure, events),
  });
  const agent = new Agent(agentConfig, way, log);
  const link = {
    call: (event: RequestHeadersEvent) => outcomeOf(agent, 'request-headers', event),
    ready: () => way.ready(),
    tryNow: () => way.tryNow(),
    close: () => agent.close(),
  };
  const faults = () => lines.map((line) => line['fault'] ?? line['event']);
  return { link, lines, faults, [Symbol.dispose]: () => link.close() };
}

/** A server that keeps every request's answer until `release` is called. */
function gate() {
  const held: (() => void)[] = [];
  const talk: Talk = (message, socket) => {
    if (isConfigure(message)) return allowed;
    held.push(() => socket.write(encodeFrame(allowed) ?? ''));
    return undefined;
  };
  return { talk, held };
}

async function outcome(result: Promise<CallResult>): Promise<string> {
  const settled = await result;
  return settled.ok ? settled.reply.decision.type : settled.fault;
}

test('a connection is configured first and used again', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTalk(folder.file('s'), () => allowed);
  using linked = linkTo(folder.file('s'));
  for (let index = 0; index < 5; index += 1) assert.equal(await outcome(linked.link.call(requestTo('/'))), 'allow');
  assert.equal(server.connections(), 1);
  assert.deepEqual(server.seen[0], configure({ a: 1 }));
  assert.equal(server.seen.length, 6);
  assert.deepEqual(linked.faults(), ['agent-connected']);
});

test('calls at the same time get a connection each, at most as many as allowed; one more is turned away at once', async () => {
  await using folder = await temporaryFolder();
  const { talk, held } = gate();
  await using server = await serveTalk(folder.file('s'), talk);
  using linked = linkTo(folder.file('s'), { callsInFlightMax: 3 });
  const calls = [1, 2, 3].map(() => outcome(linked.link.call(requestTo('/'))));
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'overloaded');
  await until('three calls have arrived', () => held.length === 3);
  assert.equal(server.connections(), 3);
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'overloaded');
  for (const release of held.splice(0)) release();
  assert.deepEqual(await Promise.all(calls), ['allow', 'allow', 'allow']);
  const next = outcome(linked.link.call(requestTo('/')));
  await until('the next call has arrived', () => held.length === 1);
  held[0]?.();
  assert.equal(await next, 'allow');
  assert.equal(server.connections(), 3); // kept and used again
});

test('a call over its deadline is settled, its connection closed, and the next call gets a fresh one', async () => {
  await using folder = await temporaryFolder();
  await using _server = await serveTalk(folder.file('s'), (message, _, connection) =>
    isConfigure(message) || connection > 1 ? allowed : undefined,
  );
  using linked = linkTo(folder.file('s'), { timeoutMs: 200 });
  await linked.link.ready();
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'timed-out');
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'allow');
});

test('an agent that takes no configuration in time costs each call its deadline and one connection in all', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTalk(folder.file('s'), () => undefined);
  using linked = linkTo(folder.file('s'), { timeoutMs: 20 });
  for (let index = 0; index < 5; index += 1) assert.equal(await outcome(linked.link.call(requestTo('/'))), 'timed-out');
  assert.equal(server.connections(), 1);
  assert.deepEqual(linked.faults(), ['timed-out']);
});

test('when the agent goes, every call in flight is settled at once', async () => {
  await using folder = await temporaryFolder();
  const { talk, held } = gate();
  const server = await serveTalk(folder.file('s'), talk);
  using linked = linkTo(folder.file('s'));
  const calls = [1, 2, 3].map(() => outcome(linked.link.call(requestTo('/'))));
  await until('the calls have arrived', () => held.length === 3);
  await server.stop();
  assert.deepEqual(await Promise.all(calls), ['lost', 'lost', 'lost']);
});

test('out of reach, calls fail at once; back again, they are answered; each change is one line', async () => {
  await using folder = await temporaryFolder();
  using linked = linkTo(folder.file('s'));
  await linked.link.ready();
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'unreachable');
  await using _server = await serveTalk(folder.file('s'), () => allowed);
  await until('it is reached', async () => (await outcome(linked.link.call(requestTo('/')))) === 'allow');
  assert.deepEqual(linked.faults(), ['unreachable', 'agent-connected']);
});

test('who is told that the agent is there tries at once, however long it would wait', async (context) => {
  await using folder = await temporaryFolder();
  context.mock.timers.enable({ apis: ['setTimeout'] }); // no time comes at which it would try by itself
  using linked = linkTo(folder.file('s'));
  await linked.link.ready();
  await using server = await serveTalk(folder.file('s'), () => allowed);
  linked.link.tryNow();
  linked.link.tryNow(); // one connection at a time
  for (let turn = 0; turn < 10_000 && server.connections() === 0; turn += 1) await new Promise(setImmediate);
  assert.equal(server.connections(), 1);
  context.mock.timers.reset();
});

test('every outage is told, with or without calls between them', async () => {
  await using folder = await temporaryFolder();
  using linked = linkTo(folder.file('s'));
  const told = (count: number) => until(`${count} lines`, () => linked.lines.length >= count);
  await told(1);
  for (const outage of [1, 2]) {
    const server = await serveTalk(folder.file('s'), () => allowed);
    await told(3 * outage - 1);
    await server.stop();
    await told(3 * outage + 1);
  }
  const outage = ['agent-connected', 'lost', 'unreachable'];
  assert.deepEqual(linked.faults(), ['unreachable', ...outage, ...outage]);
});

test('an agent that closes an idle connection is connected to again without a call', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTalk(folder.file('s'), () => allowed);
  using linked = linkTo(folder.file('s'));
  await linked.link.ready();
  for (const socket of server.sockets) socket.end();
  await until('a second connection', () => server.connections() === 2);
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'allow');
});

test('a refused configuration is an error in the log, once, and the agent counts as out of reach', async () => {
  await using folder = await temporaryFolder();
  const refusal = { version: 1, decision: { block: { status: 422, reason: 'config.x: is bad' } } };
  await using server = await serveTalk(folder.file('s'), () => refusal);
  using linked = linkTo(folder.file('s'));
  await linked.link.ready();
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'unreachable');
  await until('it was tried again', () => server.connections() > 1);
  assert.deepEqual(
    linked.lines.map(({ event, level, detail }) => [event, level, detail]),
    [['agent-refused-config', 'error', 'config.x: is bad']],
  );
});

test('an agent that keeps breaking the protocol is told of once', async () => {
  await using folder = await temporaryFolder();
  await using _server = await serveTalk(folder.file('s'), (message) =>
    isConfigure(message) ? allowed : { nonsense: true },
  );
  using linked = linkTo(folder.file('s'));
  for (let index = 0; index < 4; index += 1)
    assert.equal(await outcome(linked.link.call(requestTo('/'))), 'bad-protocol');
  assert.deepEqual(linked.faults(), ['agent-connected', 'bad-protocol', 'agent-connected']);
});

test('a configuration that fits no frame is told, and nothing is tried', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTalk(folder.file('s'), () => allowed);
  using linked = linkTo(folder.file('s'), { config: 'x'.repeat(11 * 1024 * 1024) });
  await linked.link.ready();
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'unreachable');
  assert.deepEqual(linked.faults(), ['too-large']);
  assert.equal(server.seen.length, 0);
});

test('closing settles what is in flight and leaves no timer behind', async () => {
  await using folder = await temporaryFolder();
  const { talk, held } = gate();
  await using _server = await serveTalk(folder.file('s'), talk);
  const timersBefore = timers();
  using linked = linkTo(folder.file('s'));
  using unreachable = linkTo(folder.file('none'));
  const inFlight = outcome(linked.link.call(requestTo('/')));
  await until('the call has arrived', () => held.length === 1);
  await unreachable.link.ready();
  const waiting = [1, 2].map(() => outcome(linked.link.call(requestTo('/'))));
  linked.link.close();
  unreachable.link.close();
  assert.equal(await inFlight, 'stopped');
  assert.deepEqual(await Promise.all(waiting), ['stopped', 'stopped']);
  assert.equal(await outcome(linked.link.call(requestTo('/'))), 'stopped');
  assert(timers() <= timersBefore, `${timers()} timers, ${timersBefore} before`);
});

function timers(): number {
  return getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
}
