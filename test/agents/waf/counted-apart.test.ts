// Rules that count over requests are told of where several processes share the requests, and nowhere else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedApart } from '../../../agents/waf/counted-apart.ts';
import { loadRules } from '../../../agents/waf/engine.ts';

const opens = `SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"\n`;
const counts = `SecRule ARGS:a "@streq x" "id:2,phase:2,pass,nolog,setvar:ip.count=+1,setvar:tx.a=1"\n`;
const ages = `SecAction "id:3,phase:5,pass,nolog,deprecatevar:ip.count=1/60"\n`;

function told(text: string, processes: number) {
  const sources = [{ file: 'r.conf', text }];
  const loaded = loadRules(sources, { read: () => undefined });
  assert('ruleSet' in loaded, JSON.stringify(loaded));
  return countedApart(loaded.ruleSet, sources, processes).map(({ code, severity, what, place }) => [
    code,
    severity,
    place?.line,
    what,
  ]);
}

test('the first that counts, with its place and how many others do', () => {
  const what = 'rule 2 (and 1 more) keeps something in IP: each of the 2 processes of the firewall has its own';
  assert.deepEqual(told(opens + counts + ages, 2), [['rule-counts-apart', 'warning', 2, what]]);
});

test('nothing of one process, and nothing of rules that only open a record', () => {
  assert.deepEqual(told(opens + counts, 1), []);
  assert.deepEqual(told(opens, 2), []);
});
