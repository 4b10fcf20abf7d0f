// An upstream as the configuration describes it: its targets, and picks by its algorithm. How each algorithm picks is in
// the tests of balance-*.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Departures } from '../../../proxy/http1/departures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { Upstream } from '../../../proxy/upstream/pick.ts';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { askerOf, upstreamConfig } from './candidates.ts';

const around = { timers: new TimerWheel(() => 0), readBuffer: new ReadBuffer(), departures: new Departures() };
const place = { zone: 'a', worker: 1 };

test('targets with their weights and zones, available and whole from the start', () => {
  const config = upstreamConfig(
    'load-balancing "locality_aware"; target "127.0.0.1:2" weight=3 zone="a"; target "127.0.0.1:3" zone="a"',
  );
  const upstream = new Upstream(config, around, place);
  assert.deepEqual(
    upstream.targets.map(({ name, weight, zone, isAvailable, weightFactor }) => [
      name,
      weight,
      zone,
      isAvailable,
      weightFactor,
    ]),
    [
      ['127.0.0.1:1', 1, undefined, true, 1],
      ['127.0.0.1:2', 3, 'a', true, 1],
      ['127.0.0.1:3', 1, 'a', true, 1],
    ],
  );
  const picked = Array.from({ length: 4 }, () => upstream.pick(askerOf())?.name);
  assert.deepEqual(picked.toSorted(), ['127.0.0.1:2', '127.0.0.1:2', '127.0.0.1:2', '127.0.0.1:3']);
  assert.equal(upstream.measuredMs, 0);
});

test('a tried target is left out; when all have been tried there is none', () => {
  const upstream = new Upstream(upstreamConfig('target "127.0.0.1:2" weight=100'), around, place);
  const [one, two] = upstream.targets;
  assert(one !== undefined && two !== undefined);
  assert.equal(upstream.pick(askerOf({ tried: [two] })), one);
  assert.equal(upstream.pick(askerOf({ tried: [one, two] })), undefined);
});

test('measures are kept for as long as the configuration says, where they are asked for', () => {
  const upstream = new Upstream(upstreamConfig('load-balancing "adaptive"; measuring { decay-secs 3 }'), around, place);
  assert.equal(upstream.measuredMs, 3000);
});
