// Which of several processes of an agent a call goes to, with links that a test holds in its hands: the least busy, the
// one that had the exchange, another one when that is lost; and when nobody is left.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askingLimits } from '#config/limits';
import { type AgentEvent, plainAllow } from '#protocol/message';
import { AgentCall, type AgentFault, type CallResult, failed, type Phase } from '../../../proxy/agents/call.ts';
import { Instance, Instances, type Link } from '../../../proxy/agents/instances.ts';
import { completed, noKeeper, requestTo } from './support.ts';

class HeldLink implements Link {
  faultAhead: AgentFault | undefined = undefined;
  isDegraded = false;
  timeoutFactor = 1;
  callsMax = 10;
  standing = undefined;
  health = 'healthy' as const;
  readonly held: AgentCall[] = [];

  get callsInFlight(): number {
    return this.held.length;
  }

  ready = async () => undefined;
  takes = () => true;
  cancel = () => undefined;
  tell = () => undefined;
  tryNow = () => undefined;
  close = () => undefined;

  send(call: AgentCall): void {
    this.held.push(call);
  }

  die(): void {
    this.faultAhead = 'unreachable';
    for (const call of this.held.splice(0)) call.settle(failed('lost', 'it is gone'));
  }
}

function several(count: number) {
  const links = Array.from({ length: count }, () => new HeldLink());
  const all = new Instances(links.map((link, index) => new Instance(`a/${index + 1}`, link)));
  const results: CallResult[] = [];
  const ask = (event: AgentEvent, phase: Phase = 'request-headers') => {
    const waiter = { onAnswer: (_: AgentCall, result: CallResult) => void results.push(result) };
    const call = new AgentCall(phase, event, 0, 1000, noKeeper, waiter);
    call.state = 'sent';
    all.send(call);
    return call;
  };
  return { links, all, ask, results, held: () => links.map(({ held }) => held.length) };
}

function headersOf(correlationId: string): AgentEvent {
  const event = requestTo('/');
  return { ...event, metadata: { ...event.metadata, correlationId } };
}

const chunkOf = (correlationId: string): AgentEvent => ({
  type: 'request_body_chunk',
  correlationId,
  data: new Uint8Array(0),
  isLast: true,
  totalSize: undefined,
  chunkIndex: 0,
  bytesReceived: 0,
});

test('calls go to the least busy, in turn among equals; a degraded one gets less', () => {
  const { links, ask, held } = several(3);
  for (let count = 0; count < 6; count += 1) ask(headersOf(String(count)));
  assert.deepEqual(held(), [2, 2, 2]);
  links[1]?.held.splice(0);
  ask(headersOf('7'));
  assert.deepEqual(held(), [2, 1, 2]);
  for (const { held: calls } of links) calls.splice(0);
  if (links[0] !== undefined) links[0].isDegraded = true;
  for (let count = 0; count < 5; count += 1) ask(headersOf(`later ${count}`));
  assert.deepEqual(held(), [1, 2, 2]);
});

test('a first event that is lost is asked of another, once; then it is lost', () => {
  const { links, ask, held, results } = several(3);
  ask(headersOf('a'));
  links[held().indexOf(1)]?.die();
  assert.deepEqual([held().reduce((sum, one) => sum + one), results.length], [1, 0]);
  links[held().indexOf(1)]?.die();
  assert.deepEqual([held(), results], [[0, 0, 0], [failed('lost', 'it is gone')]]);
});

test('an answer, and a deadline, are no reason to ask again', () => {
  const { ask, held, results } = several(2);
  const call = ask(headersOf('a'));
  call.settle(failed('timed-out', 'late'));
  assert.deepEqual([results.length, held().reduce((sum, one) => sum + one)], [1, 1]);
});

test('what an exchange began at one instance ends there, or nowhere', () => {
  const { links, ask, held, results } = several(3);
  for (const id of ['a', 'b', 'c']) ask(headersOf(id));
  const place = links.findIndex(
    ({ held: [call] }) => call?.event.type === 'request_headers' && call.event.metadata.correlationId === 'b',
  );
  for (let count = 0; count < 3; count += 1) ask(chunkOf('b'), 'request-body');
  assert.equal(held()[place], 4);
  links[place]?.die(); // of the four, the first event is asked elsewhere
  assert.deepEqual(
    results.map((result) => result.ok || result.fault),
    ['lost', 'lost', 'lost'],
  );
  const where = held().indexOf(2);
  ask(chunkOf('b'), 'request-body');
  assert.equal(held()[where], 3, 'where the exchange is now');
  links[where]?.die();
  results.splice(0);
  ask(chunkOf('b'), 'request-body');
  assert.deepEqual(
    results.map((result) => result.ok || result.fault),
    ['lost'],
  );
});

test('what is said of an exchange when it is over goes where it was; then it is forgotten', () => {
  const { links, ask, held } = several(2);
  ask(headersOf('a'));
  ask(headersOf('b'));
  links[0]?.held.splice(0);
  ask(completed('b'), 'log');
  assert.deepEqual(held(), [0, 2]);
  links[1]?.die();
  links[0]?.held.splice(0);
  ask(chunkOf('b'), 'request-body'); // nobody remembers where it was
  assert.deepEqual(held(), [1, 0]);
});

test('of exchanges without an end the latest are remembered', () => {
  const { links, ask, held } = several(2);
  for (let at = 0; at < 2 * askingLimits.placesMax; at += 1) {
    ask(headersOf(String(at)));
    if (at % 2 === 1) for (const { held: calls } of links) calls.splice(0);
  }
  ask(headersOf('busy'));
  ask(chunkOf(String(2 * askingLimits.placesMax - 2)), 'request-body');
  assert.deepEqual(held(), [2, 0]);
});

test('it can be asked while one of them can', () => {
  const { links, all } = several(2);
  assert.deepEqual([all.faultAhead, all.callsMax], [undefined, 20]);
  links[0]?.die();
  assert.deepEqual([all.faultAhead, all.callsMax], [undefined, 10]);
  links[1]?.die();
  assert.equal(all.faultAhead, 'unreachable');
});

const bodyOf = (correlationId: string, bytes: number): AgentEvent => ({
  type: 'request_body_chunk',
  correlationId,
  data: new Uint8Array(bytes),
  isLast: true,
  totalSize: bytes,
  chunkIndex: 0,
  bytesReceived: bytes,
});

test('while a process has a long body to judge, calls go to the others', () => {
  const { links, ask, held } = several(2);
  ask(headersOf('1')); // to the first, as its body
  const body = ask(bodyOf('1', 100 * 1024), 'request-body');
  for (let at = 2; at < 12; at += 1) ask(headersOf(String(at)));
  assert.deepEqual(held(), [2, 10]);
  body.settle({ ok: true, reply: plainAllow });
  links[0]?.held.splice(0);
  ask(headersOf('12'));
  assert.deepEqual(held(), [1, 10]);
});

test('exchanges whose heads announce long bodies are gathered at one process', () => {
  const { ask, held } = several(3);
  const announced = (correlationId: string): AgentEvent => {
    const event = headersOf(correlationId);
    assert(event.type === 'request_headers');
    return { ...event, bodyBytes: 512 * 1024 };
  };
  for (const id of ['1', '2', '3', '4']) ask(announced(id));
  assert.deepEqual(held(), [0, 0, 4]);
  ask(announced('5'));
  assert.deepEqual(held(), [0, 1, 4]);
  ask(bodyOf('1', 512 * 1024), 'request-body').settle({ ok: true, reply: plainAllow });
  ask(announced('6'));
  assert.deepEqual(held(), [0, 1, 6]);
});
