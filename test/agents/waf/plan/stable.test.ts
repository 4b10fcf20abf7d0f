// Which rules are judged by the value alone, and which keys a rule looks at.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, isJudgedByValue } from '../../../../agents/waf/plan/stable.ts';
import { ruleOf } from './support.ts';

const linkOf = (rule: string) => {
  const [link] = ruleOf(`SecRule ${rule}`).links;
  assert(link !== undefined);
  return link;
};

test('judged by the value alone', () => {
  const judged = [
    'ARGS "@rx a" "id:1,phase:1"',
    'ARGS|!ARGS:b "!@pm a b" "id:1,phase:1"',
    'REQUEST_URI "@detectSQLi" "id:1,phase:1,capture"',
  ];
  const others = [
    'TX:a "@rx a" "id:1,phase:1"',
    '&ARGS "@gt 3" "id:1,phase:1"',
    'ARGS "!@rx a" "id:1,phase:1,capture"',
    'ARGS "@streq %{tx.a}" "id:1,phase:1"',
    'ARGS|MATCHED_VAR "@rx a" "id:1,phase:1"',
  ];
  for (const rule of judged) assert(isJudgedByValue(linkOf(rule)), rule);
  for (const rule of others) assert(!isJudgedByValue(linkOf(rule)), rule);
});

test('keys: named, left out, left out and named again', () => {
  const { targets } = linkOf(
    'ARGS|!ARGS:a|REQUEST_HEADERS:Accept|!REQUEST_COOKIES:/x/|REQUEST_COOKIES "@rx a" "id:1,phase:1"',
  );
  const answers = [
    ['ARGS', 'b'],
    ['ARGS', 'a'],
    ['REQUEST_HEADERS', 'accept'],
    ['REQUEST_HEADERS', 'host'],
    ['REQUEST_COOKIES', 'x'],
    ['FILES', 'a'],
  ];
  assert.deepEqual(
    answers.map(([variable = '', key]) => covers(targets, variable, key)),
    [true, false, true, false, true, false],
  );
});
