// Problems of a set of rules, as a person sees them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblems } from '#config/report';
import { Complaints } from '../../../../agents/waf/compile/complaints.ts';
import { compile } from './support.ts';

test('every mistake in one run, to the character', () => {
  const compiled = compile(
    [
      'SecRuleEngin On',
      'SecRule ARGS|REQUEST_HEADER:a "@rxx ^a" "id:1,phase:6,t:lowecase,dney"',
      'SecRule REQUEST_URI:a "@rx (?x)a" "id:2"',
      'SecAction "id:2,phase:1"',
    ].join('\n'),
  );
  assert('problems' in compiled);
  assert.equal(
    formatProblems(compiled.problems),
    `test.conf:1:1: error: unknown directive 'SecRuleEngin' [rule-unknown-word]
    1 | SecRuleEngin On
      | ^^^^^^^^^^^^ did you mean 'SecRuleEngine'?
test.conf:2:14: error: unknown variable 'REQUEST_HEADER' [rule-unknown-word]
    2 | SecRule ARGS|REQUEST_HEADER:a "@rxx ^a" "id:1,phase:6,t:lowecase,dney"
      |              ^^^^^^^^^^^^^^ did you mean 'REQUEST_HEADERS'?
test.conf:2:32: error: unknown operator '@rxx' [rule-unknown-word]
    2 | SecRule ARGS|REQUEST_HEADER:a "@rxx ^a" "id:1,phase:6,t:lowecase,dney"
      |                                ^^^^ did you mean '@rx'?
test.conf:2:53: error: phase takes 1 (request headers), 2 (request body), 3 (response headers), 4 (response body) or 5 (logging) [rule-bad-value]
    2 | SecRule ARGS|REQUEST_HEADER:a "@rxx ^a" "id:1,phase:6,t:lowecase,dney"
      |                                                     ^
test.conf:2:57: error: unknown transformation 'lowecase' [rule-unknown-word]
    2 | SecRule ARGS|REQUEST_HEADER:a "@rxx ^a" "id:1,phase:6,t:lowecase,dney"
      |                                                         ^^^^^^^^ did you mean 'lowercase'?
test.conf:2:66: error: unknown action 'dney' [rule-unknown-word]
    2 | SecRule ARGS|REQUEST_HEADER:a "@rxx ^a" "id:1,phase:6,t:lowecase,dney"
      |                                                                  ^^^^ did you mean 'deny'?
test.conf:3:9: error: REQUEST_URI is one value and has no parts to choose from [rule-bad-value]
    3 | SecRule REQUEST_URI:a "@rx (?x)a" "id:2"
      |         ^^^^^^^^^^^^^ write REQUEST_URI
test.conf:3:28: error: the flag 'x' for expressions with blanks in them [rule-expression]
    3 | SecRule REQUEST_URI:a "@rx (?x)a" "id:2"
      |                            ^^^^^ take the blanks and comments out, and the flag
test.conf:4:12: error: there are two rules of the id 2 [rule-duplicate-id]
    4 | SecAction "id:2,phase:1"
      |            ^^^^ give one of them another
  test.conf:3:36: the other one is here
    3 | SecRule REQUEST_URI:a "@rx (?x)a" "id:2"
      |                                    ^^^^

9 errors
`,
  );
});

test('a thousand are kept', () => {
  const complaints = new Complaints();
  for (let count = 0; count < 2000; count += 1) complaints.warn({ file: 'a', line: 1, column: 1, length: 1 }, 'x');
  assert.equal(complaints.problems.length, 1000);
  assert.equal(complaints.hasErrors, false);
});
