// Names that were met: found again however alike they are, and bounded.

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

test('past a bound it is begun anew', () => {
  const met = new MetNames<number>();
  for (let at = 0; at < wafPlanLimits.namesKnownMax; at += 1) met.keep(`name-${at}`, at);
  assert.equal(met.get('name-7'), 7);
  met.keep('one more', 0);
  assert.deepEqual([met.get('name-7'), met.get('one more')], [undefined, 0]);
});

test('a long name is not kept', () => {
  const met = new MetNames<number>();
  const long = 'n'.repeat(wafPlanLimits.knownValueBytesMax + 1);
  assert.equal(met.keep(long, 1), 1);
  assert.equal(met.get(long), undefined);
});
