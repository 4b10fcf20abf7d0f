// The names of headers as variables of TX: which chains are treated so, and that the plain evaluator does the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { headerNamesRejection } from '../../../../agents/waf/plan/header-names.ts';
import { ruleSetOf } from '../support.ts';
import { assertSame } from './both.ts';
import { ruleOf } from './support.ts';

const first = 'SecRule REQUEST_HEADERS_NAMES "@rx ^.*$"';
const second = 'SecRule TX:/^h_/ "@within %{tx.list}" "setvar:tx.found=+1"';
const actions = 'id:2,phase:1,log,pass,capture,t:lowercase';

test('chains of this shape alone', () => {
  const isTreated = (text: string): boolean => headerNamesRejection(ruleOf(text)) !== undefined;
  assert(isTreated(`${first} "${actions},setvar:tx.h_%{tx.0}=/%{tx.0}/,chain"\n${second}`));
  for (const other of [
    `${first} "${actions},setvar:tx.h_%{tx.1}=/%{tx.0}/,chain"\n${second}`,
    `${first} "${actions},setvar:tx.n=+1,chain"\n${second}`,
    `SecRule REQUEST_HEADERS_NAMES "@rx ^x" "${actions},chain"\n${second}`,
    `SecRule ARGS_NAMES "@rx ^.*$" "${actions},chain"\n${second}`,
    `${first} "${actions},chain"\nSecRule TX:/^h_/ "@within %{MATCHED_VAR}"`,
    `${first} "${actions}"`,
  ])
    assert(!isTreated(other), other);
});

test('as the plain evaluator, whether something is found or not', () => {
  const ruleSet = ruleSetOf(`SecAction "id:1,phase:1,nolog,pass,setvar:'tx.list=/proxy/ /if/',setvar:tx.H_HOST=first"
${first} "${actions},setvar:tx.h_%{tx.0}=/%{tx.0}/,chain"
${second}
SecRule TX:h_host "@rx ." "id:3,phase:1,log,pass,capture"`);
  const name = fc.constantFrom('Host', 'HOST', 'Proxy', 'If', 'Accept', 'X-\xe9');
  let matches = 0;
  fc.assert(
    fc.property(fc.array(name, { maxLength: 4 }), (names) => {
      const headers = names.map((one) => [one, 'v'] as const);
      matches += assertSame(ruleSet, { method: 'GET', target: '/', protocol: 'HTTP/1.1', headers, body: undefined });
    }),
    { numRuns: 100 },
  );
  assert(matches > 100);
});
