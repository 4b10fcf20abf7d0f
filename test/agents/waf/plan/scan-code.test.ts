// The scanner's loop: each copy has a memory of its own, in which nothing lies over anything else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { places, scanCode, textBytesMax } from '../../../../agents/waf/plan/scan-code.ts';
import { wafPlanLimits } from '../../../../config/limits-waf-plan.ts';

test('its places have room for what the limits allow', () => {
  const states = wafPlanLimits.scannerStatesMax;
  const bytesRead = textBytesMax + wafPlanLimits.wantedBytesMax + 1; // what crosses the seam is read twice
  const ends = [
    places.kinds + 256 * 16,
    places.result + 12,
    places.text + textBytesMax,
    places.met + 2 * (bytesRead + 1),
    places.depths + states,
    places.sets + 2 * states,
  ];
  const nextPlaces = Object.values(places).slice(1);
  for (const [index, next] of nextPlaces.entries()) assert((ends[index] as number) <= next, `place ${index}`);
});

test('two copies share nothing, and have the memory that was asked for', () => {
  const [one, other] = [scanCode(1, 2_000_000), scanCode(1, 2_000_000)];
  new Uint8Array(one.memory.buffer)[places.text] = 7;
  assert.equal(new Uint8Array(other.memory.buffer)[places.text], 0);
  assert(one.memory.buffer.byteLength >= 2_000_000);
});

test('without a text there is nothing', () => {
  assert.equal(scanCode(1, places.edges).scan(0, 0, 0), places.met);
});
