// The trace that a request belongs to: continued only in its exact form and from those who may, begun otherwise.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardingLimits } from '#config/limits';
import { parseTraceparent } from '../../../proxy/request/trace-context.ts';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { headerOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

test('what is a traceparent', () => {
  const sampled = { id, isSampled: true };
  for (const [text, expected] of [
    [`00-${id}-${parent}-01`, sampled],
    [`00-${id}-${parent}-00`, { id, isSampled: false }],
    [`00-${id}-${parent}-03`, sampled],
    [`00-${id}-${parent}-fe`, { id, isSampled: false }],
    [`cc-${id}-${parent}-01`, sampled],
    [`cc-${id}-${parent}-01-what.comes-later`, sampled],
    [`cc-${id}-${parent}-01what`, undefined],
    [`00-${id}-${parent}-01-more`, undefined],
    [`00-${id}-${parent}-01-`, undefined],
    [`ff-${id}-${parent}-01`, undefined],
    [`00-${id.toUpperCase()}-${parent}-01`, undefined],
    [`00-${'0'.repeat(32)}-${parent}-01`, undefined],
    [`00-${id}-${'0'.repeat(16)}-01`, undefined],
    [`00-${id.slice(1)}-${parent}-01`, undefined],
    [`00-${id}0-${parent}-01`, undefined],
    [`00-${id}-${parent}-1`, undefined],
    [`00-${id}-${parent}`, undefined],
    [` 00-${id}-${parent}-01`, undefined],
    [`00_${id}_${parent}_01`, undefined],
    ['', undefined],
  ] as const)
    assert.deepEqual(parseTraceparent(text), expected, text);
});

/** What the upstream was told: trace, flags, and the state. */
async function toldBy(worker: TestWorker, upstream: Upstream, lines: string) {
  const path = `/${requestsIn(upstream.bytes).length}`;
  await worker.request(`GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
  const head = requestsIn(upstream.bytes).find((one) => one.head.startsWith(`GET ${path} `))?.head ?? '';
  const [, trace, step, flags] = /^traceparent: 00-([\da-f]{32})-([\da-f]{16})-(0[01])\r$/m.exec(head) ?? [];
  assert.equal(head.match(/^traceparent/gim)?.length, 1);
  return { trace, step, flags, state: headerOf(head, 'tracestate'), requestId: headerOf(head, 'x-request-id') };
}

test('a trace is continued with a step of our own, or begun under the name of the request', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'trace-context "continue"' });
  const continued = await toldBy(worker, upstream, `traceparent: 00-${id}-${parent}-00\r\ntracestate: a=1\r\n`);
  assert.deepEqual([continued.trace, continued.flags, continued.state], [id, '00', 'a=1']);
  assert.notEqual(continued.step, parent);
  const again = await toldBy(worker, upstream, `TraceParent: 00-${id}-${parent}-03\r\n`);
  assert.deepEqual([again.trace, again.flags, again.state], [id, '01', undefined]);
  assert.notEqual(again.step, continued.step);
  const begun = await toldBy(worker, upstream, '');
  assert.deepEqual([begun.trace, begun.flags], [begun.requestId, '01']);
  const lines = await worker.lines(3);
  assert.deepEqual(
    lines.map((line) => (line as typeof line & { trace_id: string }).trace_id),
    [id, id, begun.requestId],
  );
});

test('what is malformed, doubled or spelled with tricks is replaced, and its state goes with it', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'trace-context "continue"' });
  const good = `traceparent: 00-${id}-${parent}-01\r\n`;
  for (const lines of [`traceparent: 00-${id}-${parent}-0\r\n`, good + good, `traceparent: ${id}\r\n`, '']) {
    const told = await toldBy(worker, upstream, `${lines}tracestate: a=1\r\n`);
    assert.deepEqual([told.trace, told.state], [told.requestId, undefined], lines);
  }
});

test('a tracestate is passed on whole or not at all', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'trace-context "continue"' });
  const { tracestateCharactersMax, tracestateMembersMax } = forwardingLimits;
  const longest = `a=${'x'.repeat(tracestateCharactersMax - 261)},b=${'x'.repeat(256)}`;
  const members = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(',');
  for (const [lines, expected] of [
    ['tracestate: a=1,b=2\r\n', 'a=1,b=2'],
    ['tracestate: a=1 ,\t b=2,,\r\n', 'a=1,b=2'],
    ['tracestate: a=1\r\nTraceState: b=2\r\n', 'a=1,b=2'],
    ['tracestate: 0tenant@sys=x y\r\n', '0tenant@sys=x y'],
    [`tracestate: ${members(tracestateMembersMax)}\r\n`, members(tracestateMembersMax)],
    [`tracestate: ${members(tracestateMembersMax + 1)}\r\n`, undefined],
    [`tracestate: ${longest}\r\n`, longest],
    [`tracestate: a${longest}\r\n`, undefined],
    ['tracestate: a=1,a=2\r\n', undefined],
    ['tracestate: A=1\r\n', undefined],
    ['tracestate: a=b=c\r\n', undefined],
    ['tracestate: a\r\n', undefined],
    ['tracestate: a=\xe9\r\n', undefined],
    ['tracestate: ,\r\n', undefined],
  ] as const) {
    const told = await toldBy(worker, upstream, `traceparent: 00-${id}-${parent}-01\r\n${lines}`);
    assert.deepEqual([told.trace, told.state], [id, expected], lines);
  }
});
