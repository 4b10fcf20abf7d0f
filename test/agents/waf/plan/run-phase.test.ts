// The fast evaluator does what the plain one does, for every kind of rule that it treats in a way of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Operator } from '../../../../agents/waf/compile/rule-set.ts';
import { beginTransaction, isRuleFault } from '../../../../agents/waf/engine.ts';
import { ruleSetOf } from '../support.ts';
import { assertSame } from './both.ts';

const ask = (query: string, body?: string) => ({
  method: body === undefined ? 'GET' : 'POST',
  target: `/path/a.php?${query}`,
  protocol: 'HTTP/1.1',
  headers: [
    ['Host', 'a'],
    ['User-Agent', 'Test'],
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Length', '9'],
    ['Cookie', 'c=Union; d=1'],
  ] as const,
  body,
});

const rules: Readonly<Record<string, string>> = {
  values:
    'SecRule ARGS|ARGS_NAMES|!ARGS:skip "@rx (?i)union\\s+select" "id:1,phase:1,log,pass,capture,t:none,t:urlDecodeUni,t:lowercase,setvar:tx.score=+5"',
  phrases:
    'SecRule ARGS "@pm union admin" "id:2,phase:2,log,pass,t:none,t:replaceComments,setvar:tx.n_%{matched_var_name}=1"',
  multi: 'SecRule ARGS "@rx \\.\\./" "id:3,phase:2,log,pass,multiMatch,t:none,t:urlDecodeUni,t:normalizePath"',
  negated: 'SecRule ARGS "!@rx ^\\w*$" "id:4,phase:2,log,pass"',
  gates:
    'SecAction "id:10,phase:2,nolog,pass,setvar:tx.level=1"\nSecRule TX:LEVEL "@lt 2" "id:11,phase:2,nolog,pass,skipAfter:END"\nSecRule ARGS "@rx a" "id:12,phase:2,log,pass"\nSecMarker END\nSecRule ARGS "@rx b" "id:13,phase:2,log,pass,setvar:tx.level=3"\nSecRule TX:level "@lt 2" "id:14,phase:2,nolog,pass,skipAfter:END2"\nSecRule ARGS "@rx s" "id:15,phase:2,log,pass"\nSecMarker END2',
  quiet:
    'SecRule &TX:a "@eq 0" "id:20,phase:1,nolog,pass,setvar:tx.a=1"\nSecRule TX:a "@ge %{tx.b}" "id:21,phase:1,nolog,pass,severity:2,setvar:TX.Sum=+%{tx.a},setvar:!tx.b"\nSecRule TX:sum "@eq 1" "id:22,phase:2,deny,log,status:406,skip:1"',
  chains:
    'SecRule REQUEST_METHOD "@rx ^GET$" "id:30,phase:1,log,block,chain"\nSecRule REQUEST_HEADERS:Content-Length "!@rx ^0?$" "setvar:tx.c=1"\nSecRule MATCHED_VAR "@rx G" "id:31,phase:1,log,pass"',
  removed:
    'SecRule ARGS:x "@rx ." "id:40,phase:1,nolog,pass,ctl:ruleRemoveTargetById=1;ARGS:a,ctl:ruleRemoveById=2,ctl:ruleRemoveTargetById=21;TX:a"',
  names:
    'SecRule REQUEST_HEADERS_NAMES "@rx ^.*$" "id:50,phase:1,log,pass,capture,t:lowercase,setvar:tx.h_%{tx.0}=/%{tx.0}/,chain"\nSecRule TX:/^h_/ "@within /host/ /x/" "setvar:tx.found=+1"',
  detectors:
    'SecRule ARGS|REQUEST_COOKIES "@detectSQLi" "id:60,phase:2,log,pass,capture,multiMatch,t:urlDecodeUni"\nSecRule ARGS "@detectXSS" "id:61,phase:2,log,pass,t:htmlEntityDecode"\nSecRule ARGS "@validateByteRange 32-126" "id:62,phase:2,log,pass"\nSecRule ARGS "@rx ^$" "id:63,phase:2,log,pass,t:length"\nSecRule ARGS "@rx ^\\d+$" "id:64,phase:2,log,pass,t:length,setvar:tx.lengths=+1"',
  off: 'SecRule ARGS:off "@rx ." "id:70,phase:1,nolog,pass,ctl:ruleEngine=Off"\nSecRule ARGS:allow "@rx ." "id:71,phase:1,nolog,allow:phase"',
};

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'skip', 'x', 'off', 'allow', 'A'),
      fc.array(
        fc.constantFrom(
          'union',
          '+',
          'Select',
          '%2e%2e/',
          '../',
          "'",
          ' or 1=1--',
          '<script>',
          '&lt;',
          'admin',
          '/**/',
          '1',
          'a',
          's',
          '\xe9',
          '%00',
          'b',
        ),
        { maxLength: 5 },
      ),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, pieces]) => `${name}=${pieces.join('')}`).join('&'));

for (const [name, text] of Object.entries(rules)) {
  test(`${name}: alone, and where ctl takes something away`, () => {
    const sets = [text, ...(name === 'removed' ? [] : [`${rules['removed']}\n${text}`])].map(ruleSetOf);
    let matches = 0;
    fc.assert(
      fc.property(query, fc.option(query, { nil: undefined }), (asked, body) => {
        for (const ruleSet of sets) matches += assertSame(ruleSet, ask(asked, body));
      }),
      { numRuns: 60 },
    );
    assert(matches > 0);
  });
}

test('all rules together', () => {
  const ruleSet = ruleSetOf(`SecRequestBodyAccess On\n${Object.values(rules).join('\n')}`);
  fc.assert(
    fc.property(query, fc.option(query, { nil: undefined }), (text, body) => void assertSame(ruleSet, ask(text, body))),
    { numRuns: 100 },
  );
});

test('a mistake of ours names its rule', () => {
  const ruleSet = ruleSetOf('SecRule ARGS "@rx a" "id:77,phase:1,pass"');
  const [rule] = ruleSet.phases[1] ?? [];
  const operator: Operator | undefined = rule?.kind === 'rule' ? rule.links[0]?.operator : undefined;
  assert(operator !== undefined);
  Object.assign(operator, {
    match: () => {
      throw new Error('broken');
    },
  });
  const connection = { clientAddress: '192.0.2.1', clientPort: 1, serverAddress: '192.0.2.2', serverPort: 2 };
  const transaction = beginTransaction(ruleSet, { connection, uniqueId: 'u', startedAtMs: 0 });
  assert.throws(
    () => transaction.requestHead(ask('a=a'), 0),
    (error) => isRuleFault(error) && error.ruleId === 77,
  );
});
