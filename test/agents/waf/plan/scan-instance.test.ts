// The scanner's program: each copy has a memory of its own, in which nothing lies over anything else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newScanInstance } from '../../../../agents/waf/plan/scan-instance.ts';
import { wafPlanLimits } from '../../../../config/limits-waf-plan.ts';

test('its places have room for what the limits allow', () => {
  const { memory, kindsAt, resultAt, textAt, textBytesMax, metAt, depthsAt, setsAt, edgesAt } = newScanInstance();
  const states = wafPlanLimits.scannerStatesMax;
  const bytesRead = textBytesMax.value + wafPlanLimits.wantedBytesMax + 1; // what crosses the seam is read twice
  const ends = [
    kindsAt.value + 256 * 16,
    resultAt.value + 12,
    textAt.value + textBytesMax.value,
    metAt.value + 2 * (bytesRead + 1),
    depthsAt.value + states,
    setsAt.value + 2 * states,
  ];
  const nextPlaces = [resultAt, textAt, metAt, depthsAt, setsAt, edgesAt].map(({ value }) => value);
  for (const [index, next] of nextPlaces.entries()) assert((ends[index] as number) <= next, `place ${index}`);
  assert(memory.buffer.byteLength >= edgesAt.value);
});

test('two copies share nothing', () => {
  const [one, other] = [newScanInstance(), newScanInstance()];
  new Uint8Array(one.memory.buffer)[one.textAt.value] = 7;
  assert.equal(new Uint8Array(other.memory.buffer)[other.textAt.value], 0);
});

test('without a text there is nothing', () => {
  const { scan, metAt } = newScanInstance();
  assert.equal(scan(0, 0, 1, 0), metAt.value);
});
