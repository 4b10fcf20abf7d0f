// Macros: of scalars, of collections with and without a name, of nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandText } from '../../../../agents/waf/run/expand.ts';
import { run } from '../support.ts';

const expanded = (text: string) => {
  const rules = `SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,setvar:tx.b=2"\nSecAction "id:2,phase:1,pass,nolog,setvar:'tx.out=${text}'"`;
  const { state } = run(rules, { target: '/?a=1&A=3', headers: [['User-Agent', 'ua']] });
  assert.equal(expandText(state, text), state.tx.get('out'), 'a text that was not compiled says the same');
  return state.tx.get('out');
};

test('values are put in, of several the first', () => {
  assert.equal(expanded('%{TX.b}-%{args.a}-%{request_headers.user-agent}-%{REMOTE_ADDR}'), '2-1-ua-192.0.2.1');
});

test('what is not there is nothing', () => {
  assert.equal(expanded('[%{tx.none}%{args.none}]'), '[]');
});
