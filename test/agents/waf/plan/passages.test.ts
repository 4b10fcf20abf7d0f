// Rules about TX alone: done again from memory exactly where what they read is the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { passagesOf } from '../../../../agents/waf/plan/passages.ts';
import { planOf } from '../../../../agents/waf/plan/plan.ts';
import { txSlotsOf } from '../../../../agents/waf/run/tx-slots.ts';
import { begin, ruleSetOf } from '../support.ts';
import { assertSame } from './both.ts';

const text = `
SecRule &TX:a "@eq 0" "id:1,phase:1,nolog,pass,setvar:tx.A=1"
SecRule TX:a "@ge %{tx.b}" "id:2,phase:1,nolog,pass,severity:2,setvar:TX.Sum=+%{tx.a},setvar:!tx.b"
SecRule TX:sum "@gt 3" "id:3,phase:1,nolog,pass,skipAfter:END"
SecAction "id:4,phase:1,nolog,pass,setvar:tx.sum=-1"
SecMarker END
SecRule TX:c "@streq x" "id:5,phase:1,log,pass,setvar:tx.d=%{tx.c}"
SecRule ARGS "@rx ." "id:6,phase:1,nolog,pass,setvar:tx.%{matched_var_name}=%{matched_var}"
SecRule TX:sum "@gt 1" "id:7,phase:1,nolog,pass,setvar:tx.last=%{tx.sum}"`;

test('where they begin: behind what is no rule about TX alone', () => {
  const ruleSet = ruleSetOf(text);
  const plan = planOf(ruleSet)[1];
  assert(plan !== undefined);
  assert.deepEqual([...plan.after], [1, 2, 5, 4, 5, 6, 7, 8]);
  const passages = passagesOf(plan, txSlotsOf(ruleSet));
  assert.deepEqual(
    passages.flatMap((passage, at) => (passage === undefined ? [] : [at])),
    [0, 3, 7],
  );
  const { state } = begin(ruleSet);
  assert.deepEqual([passages[0]?.follow(state), state.tx.get('sum')], [6, '0']);
  const again = begin(ruleSet).state;
  assert.deepEqual([passages[0]?.follow(again), again.tx.items('TX')], [6, state.tx.items('TX')]);
  const other = begin(ruleSet).state;
  other.tx.set('C', 'x');
  assert.equal(passages[0]?.follow(other), 5); // is in a log, so it is run
});

test('as the plain evaluator, whatever comes before', () => {
  const setting = fc.constantFrom('tx.a=0', 'tx.a=5', 'tx.A=1', 'tx.b=1', 'tx.b=9', 'tx.sum=4', 'tx.c=x', 'tx.last=z');
  const names = fc.constantFrom('sum', 'last', 'other');
  fc.assert(
    fc.property(fc.array(setting, { maxLength: 4 }), fc.array(names, { maxLength: 2 }), (settings, args) => {
      const actions = settings.map((one, at) => `SecAction "id:${100 + at},phase:1,nolog,pass,setvar:${one}"`);
      const ruleSet = ruleSetOf(`${actions.join('\n')}\n${text}`);
      const query = args.map((name) => `tx:${name}=3`).join('&');
      for (const target of ['/', `/?${query}`, '/?x=1'])
        assertSame(ruleSet, { method: 'GET', target, protocol: 'HTTP/1.1', headers: [], body: undefined });
    }),
    { numRuns: 100 },
  );
});
