// Names that were met: found again however alike they are, and not driven out by names that never come again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MetNames } from '../../../../agents/waf/plan/met-names.ts';
import { wafPlanLimits } from '../../../../config/limits-waf-plan.ts';

test('what is found is what was kept for this name', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6 })), (names) => {
      const met = new MetNames<string>();
      for (const name of names) {
        const known = met.get(name);
        assert(known === undefined || known === `of ${name}`);
        if (known === undefined) met.keep(name, `of ${name}`);
        assert.equal(met.get(name), `of ${name}`);
      }
    }),
  );
});

test('names that come with every request stay', () => {
  const met = new MetNames<number>();
  const every = ['host', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-dest', 'cookie', 'a', ''];
  let missed = 0;
  for (let request = 0; request < 3000; request += 1) {
    for (const [at, name] of every.entries()) {
      if (met.get(name) === undefined) {
        missed += 1;
        met.keep(name, at);
      }
    }
    for (let at = 0; at < 5; at += 1) met.keep(`n${request}x${at}`, 0);
  }
  assert(missed < 100, String(missed));
});

test('a long name is not kept', () => {
  const met = new MetNames<number>();
  const long = 'n'.repeat(wafPlanLimits.knownValueBytesMax + 1);
  assert.equal(met.keep(long, 1), 1);
  assert.equal(met.get(long), undefined);
});
