// What an agent answers, as transcripts: no sockets, no processes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, block } from '#agent';
import { type AgentEvent, type AgentReply, plainAllow } from '#protocol/message';
import type { Agent } from '../../agents/host-answer.ts';
import { type Answer, Fault } from '../../agents/host-call.ts';
import { requestHeaders as anyRequest, TestAgent } from '../../agents/testing.ts';

function answererOf(agent: Partial<Agent>) {
  const tested = new TestAgent({ name: 'test', onRequestHeaders: () => allow(), ...agent });
  return { lines: tested.lines, status: tested.status, answer: (event: AgentEvent) => tested.ask(event) };
}

const requestHeaders = () => anyRequest();

function configure(config: unknown): AgentEvent {
  return { type: 'configure', agentId: 'a', config, configVersion: undefined };
}

async function decisionOf(answer: Promise<Answer>) {
  const given = await answer;
  assert(!(given instanceof Fault), 'why' in given ? given.why : '');
  return given.decision;
}

test('an agent without configuration answers at once', async () => {
  const { answer } = answererOf({});
  assert.deepEqual(await decisionOf(answer(requestHeaders())), { type: 'allow' });
  assert.deepEqual(await decisionOf(answer(configure({ any: 'thing' }))), { type: 'allow' });
});

test('an agent that takes a configuration is not asked before it has one', async () => {
  const { answer } = answererOf({ onConfigure: () => [] });
  assert.deepEqual(await answer(requestHeaders()), new Fault('asked before it was configured'));
  await answer(configure({}));
  assert.deepEqual(await decisionOf(answer(requestHeaders())), { type: 'allow' });
});

test('a refused configuration is a block that names the problems, and the one before stays', async () => {
  const taken: unknown[] = [];
  const onConfigure = (config: unknown) => {
    if (config === 'bad') return ['config.a: is bad', 'config.b: is worse'];
    taken.push(config);
    return [];
  };
  const { answer, lines } = answererOf({ onConfigure });
  await answer(configure('good'));
  const decision = await decisionOf(answer(configure('bad')));
  assert(decision.type === 'block');
  assert.equal(decision.status, 422);
  assert.equal(decision.reason, 'config.a: is bad');
  assert.equal(decision.body, 'config.a: is bad\nconfig.b: is worse');
  assert.deepEqual(await decisionOf(answer(requestHeaders())), { type: 'allow' });
  assert.deepEqual(taken, ['good']);
  assert(lines.some((line) => line['event'] === 'agent-refused-config'));
});

test('the same configuration again is not taken again, another one is', async () => {
  const taken: unknown[] = [];
  const { answer } = answererOf({
    onConfigure: (config) => {
      taken.push(config);
      return [];
    },
  });
  await Promise.all([answer(configure({ a: [1] })), answer(configure({ a: [1] })), answer(configure({ a: [2] }))]);
  assert.deepEqual(taken, [{ a: [1] }, { a: [2] }]);
});

test('a reason longer than the protocol allows is cut, so the refusal still arrives', async () => {
  const { answer } = answererOf({ onConfigure: () => ['x'.repeat(10_000)] });
  const decision = await decisionOf(answer(configure({})));
  assert(decision.type === 'block');
  assert.equal(decision.reason?.length, 4096);
});

test('a handler that throws is a fault, is logged, and does not harm the next call', async () => {
  let calls = 0;
  const { answer, lines } = answererOf({
    onRequestHeaders: () => {
      calls += 1;
      if (calls === 1) throw new Error('oh');
      return allow();
    },
  });
  assert.deepEqual(await answer(requestHeaders()), new Fault('the agent failed'));
  assert.match(String(lines.find((line) => line['event'] === 'internal-error')?.['error']), /Error: oh/);
  assert.deepEqual(await decisionOf(answer(requestHeaders())), { type: 'allow' });
});

test('a configuration handler that throws is a fault and does not block the next configuration', async () => {
  let calls = 0;
  const { answer } = answererOf({
    onConfigure: () => {
      calls += 1;
      if (calls === 1) throw new Error('oh');
      return [];
    },
  });
  assert.deepEqual(await answer(configure({})), new Fault('the agent failed'));
  assert.deepEqual(await decisionOf(answer(configure({}))), { type: 'allow' });
});

const nonsense: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['a text', 'allow'],
  ['an empty object', {}],
  ['a status that is none', block(1000)],
  ['a header that splits', allow({ requestHeaders: [{ op: 'set', name: 'A', value: 'x\r\nB: y' }] })],
  ['a header that frames', allow({ responseHeaders: [{ op: 'remove', name: 'Content-Length', value: '' }] })],
  ['a body that is a text', { ...plainAllow, requestBody: { data: 'x', chunkIndex: 0 } }],
  ['an audit that nothing can write', allow({ audit: { custom: { a: 1n } } })],
];

for (const [name, returned] of nonsense) {
  test(`a handler that returns nonsense is a fault of that call: ${name}`, async () => {
    const { answer, lines } = answererOf({ onRequestHeaders: () => returned as AgentReply });
    assert.deepEqual(await answer(requestHeaders()), new Fault('the agent failed'));
    assert.equal(lines.at(-1)?.['event'], 'internal-error');
  });
}

test('a handler that hangs is given up at its deadline, and its signal says so', async () => {
  let signal: AbortSignal | undefined;
  const { answer, status } = answererOf({
    callMsMax: 1,
    onRequestHeaders: (_, call) => {
      signal = call.signal;
      return new Promise(() => undefined);
    },
  });
  assert.deepEqual(await answer(requestHeaders()), new Fault('no answer within 1 ms'));
  assert.equal(signal?.reason, 'timeout');
  const health = status.health();
  assert(health.type === 'health');
  assert.equal(health.health.load['requests_timed_out'], 1);
  assert.equal(health.health.load['in_flight'], 0);
});

test('events without a handler pass; the end of an exchange is told and answered with nothing', async () => {
  const ended: number[] = [];
  const { answer } = answererOf({ onRequestComplete: (event) => void ended.push(event.status) });
  const tail = { correlationId: 'c', headers: new Map() };
  assert.equal(await answer({ type: 'response_headers', status: 200, ...tail }), plainAllow);
  const sizes = { durationMs: 1, requestBodySize: 0, responseBodySize: 0, upstreamAttempts: 1, error: undefined };
  await answer({ type: 'request_complete', correlationId: 'c', status: 204, ...sizes });
  assert.deepEqual(ended, [204]);
});
