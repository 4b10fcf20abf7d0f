// What processes counted stays counted when they end, once each; a report that is nonsense spoils nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, type Family, gauge } from '#config/figures/family';
import { adminLimits, figureLimits } from '#config/limits';
import { Ledger, type Said } from '../../stack/ledger.ts';

function said(
  figures: readonly Family[],
  refusals: readonly object[] = [],
  child = 'proxy/1',
  kind: Said['kind'] = 'worker',
): Said {
  return { child, kind, text: JSON.stringify({ figures, refusals }) };
}

const requests = (count: number, route = 'r') =>
  counter('sentinel_requests_total', 'R.', ['route'], [[[route], count]]);
const inFlight = (count: number) => gauge('sentinel_active_requests', 'A.', [], [[[], count]]);

test('a replaced process leaves its counters and takes its gauges along', () => {
  const ledger = new Ledger();
  ledger.heard('proxy/1', said([requests(5), inFlight(2)]));
  ledger.heard('proxy/2', said([requests(10), inFlight(3)]));
  assert.deepEqual(ledger.figures(), [requests(15), inFlight(5)]);
  ledger.heard('proxy/1', said([requests(7), inFlight(0)])); // its last word
  ledger.ended('proxy/1');
  assert.deepEqual(ledger.figures(), [requests(17), inFlight(3)]);
  ledger.heard('proxy/1', said([requests(1), inFlight(1)])); // who follows it
  assert.deepEqual(ledger.figures(), [requests(18), inFlight(4)]);
});

test('a process that never reported leaves nothing', () => {
  const ledger = new Ledger();
  ledger.ended('proxy/1');
  assert.deepEqual([ledger.figures(), ledger.refusals(), ledger.charactersMost], [[], [], 0]);
});

test('reports that are no reports count as nothing', () => {
  const ledger = new Ledger();
  for (const [index, text] of [
    '',
    'null',
    '7',
    '{"figures":7,"refusals":7}',
    '{"refusals":[{"at":"x"},null]}',
  ].entries())
    ledger.heard(String(index), { child: 'x', kind: 'worker', text });
  ledger.heard('proxy/1', said([requests(5)]));
  assert.deepEqual([ledger.figures(), ledger.refusals()], [[requests(5)], []]);
});

test('an agent speaks of itself alone, by the name of the configuration', () => {
  const ledger = new Ledger();
  const own = (agent: string, name = 'sentinel_agent_handled_total') => counter(name, 'H.', ['agent'], [[[agent], 4]]);
  ledger.heard(
    'screen',
    said([own('denylist'), requests(9), own('proxy', 'sentinel_stack_child_up')], [], 'screen', 'agent'),
  );
  assert.deepEqual(ledger.figures(), [own('screen')]);
});

test('several processes of one agent are that agent', () => {
  const ledger = new Ledger();
  const own = (count: number) =>
    counter('sentinel_agent_handled_total', 'H.', ['agent'], [[[count === 9 ? 'screen' : 'denylist'], count]]);
  ledger.heard('screen/1', said([own(4)], [], 'screen/1', 'agent'));
  ledger.heard('screen/2', said([own(5)], [], 'screen/2', 'agent'));
  assert.deepEqual(ledger.figures(), [own(9)]);
});

test('names that are gone are forgotten when there are too many', () => {
  const ledger = new Ledger();
  const many = (prefix: string) =>
    counter(
      'sentinel_requests_total',
      'R.',
      ['route'],
      Array.from({ length: figureLimits.keptRowsMax / 2 + 1 }, (_, n) => [[`${prefix}${n}`], 1]),
    );
  ledger.heard('one', said([many('old')]));
  ledger.ended('one');
  ledger.heard('two', said([many('new')]));
  ledger.heard('other', said([requests(1, 'new7')]));
  ledger.ended('two');
  assert.deepEqual(ledger.figures(), [requests(2, 'new7')]);
});

test('of refusals the latest are kept, those of processes that ended too', () => {
  const ledger = new Ledger();
  const at = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ at: from + n }));
  ledger.heard('one', said([], at(100, adminLimits.refusalsMax)));
  ledger.ended('one');
  ledger.heard('two', said([], at(119, 3)));
  const seen = ledger.refusals().map((one) => one.at);
  assert.equal(seen.length, adminLimits.refusalsMax);
  assert.deepEqual(seen.slice(-4), [119, 119, 120, 121]);
});
