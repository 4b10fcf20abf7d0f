// What an agent answers, as transcripts: no sockets, no processes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow } from '#agent';
import { createLogger } from '#config/log';
import { readReply } from '#protocol/reply-json';
import { type Agent, Answerer } from '../../agents/host-answer.ts';
import { configure, requestHeaders } from './support.ts';

function answererOf(agent: Partial<Agent>) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const answerer = new Answerer({ name: 'test', onRequestHeaders: () => allow(), ...agent }, log);
  return { lines, answer: (message: unknown) => answerer.answer(message) };
}

async function decisionOf(answer: Promise<unknown>) {
  const given = await answer;
  assert(typeof given === 'object' && given !== null && 'reply' in given, JSON.stringify(given));
  const reading = readReply(given.reply);
  assert(reading.ok);
  return reading.value.decision;
}

test('an agent without configuration answers at once', async () => {
  const { answer } = answererOf({});
  assert.deepEqual(await decisionOf(answer(requestHeaders())), { type: 'allow' });
  assert.deepEqual(await decisionOf(answer(configure({ any: 'thing' }))), { type: 'allow' });
});

test('an agent that takes a configuration is not asked before it has one', async () => {
  const { answer } = answererOf({ onConfigure: () => [] });
  assert.deepEqual(await answer(requestHeaders()), { fault: 'asked before it was configured' });
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
  assert.deepEqual(await answer(requestHeaders()), { fault: 'the agent failed' });
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
  assert.deepEqual(await answer(configure({})), { fault: 'the agent failed' });
  assert.deepEqual(await decisionOf(answer(configure({}))), { type: 'allow' });
});

test('what is no event is a fault that says where', async () => {
  const { answer } = answererOf({});
  assert.deepEqual(await answer({ version: 1, event_type: 'configure', payload: { agent_id: 5 } }), {
    fault: 'payload.agent_id: Invalid input: expected string, received number',
  });
});
