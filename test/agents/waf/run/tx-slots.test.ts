// Slots of TX: captures first, then every name that rules read or set, in their order and in lower case.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { txSlotsOf } from '../../../../agents/waf/run/tx-slots.ts';
import { begin, ruleSetOf } from '../support.ts';

test('names that rules name, and none that holds macros', () => {
  const ruleSet = ruleSetOf(`
SecRule TX:B|ARGS:c "@rx ." "id:1,phase:1,pass,setvar:tx.A=1,setvar:tx.b=2,setvar:tx.x_%{tx.0}=1,setvar:!tx.gone"
SecRule &TX:counted "@eq 0" "id:2,phase:2,pass,setvar:ip.other=1"`);
  assert.deepEqual([...txSlotsOf(ruleSet).keys()], [...'0123456789', 'b', 'a', 'gone', 'counted']);
  assert.equal(txSlotsOf(ruleSet), txSlotsOf(ruleSet));
  const { tx } = begin(ruleSet).state;
  for (const name of ['other', 'A', 'B']) tx.set(name, '1');
  assert.deepEqual(
    tx.items('TX').map(({ key }) => key),
    ['B', 'A', 'other'],
  );
});
