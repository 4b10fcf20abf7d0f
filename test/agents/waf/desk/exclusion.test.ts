// SecLang that is written from what strangers sent: it says what it should and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate, standingOf } from '../../../../agents/waf/desk/evaluate.ts';
import { exclusionText, freeId, normalisedPath } from '../../../../agents/waf/desk/exclusion.ts';
import { parseRuleFile } from '../../../../agents/waf/lang/parser.ts';
import { ruleSetOf } from '../agent-support.ts';
import { scoring, scoringSet, storedOf } from '../store/support.ts';

const id = 9_980_001;

test('plain words stay plain', () => {
  const rules = [
    { ruleId: 100, targets: ['ARGS:html', 'REQUEST_COOKIES:a b'] },
    { ruleId: 101, targets: [] },
  ];
  assert.equal(
    exclusionText({ id, path: '/editor/save', isPrefix: false, rules }),
    'SecRule REQUEST_FILENAME "@streq /editor/save" "id:9980001,phase:1,pass,t:none,t:normalizePath,nolog,ctl:ruleRemoveTargetById=100;ARGS:html,ctl:ruleRemoveTargetById=100;REQUEST_COOKIES:/^a\\x20b$/,ctl:ruleRemoveById=101"',
  );
  assert.match(exclusionText({ id, path: '/a', isPrefix: true, rules }), /"@beginsWith \/a"/);
});

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  minLength: 1,
  maxLength: 12,
});
const nasty = fc.oneof(
  bytes,
  fc.constantFrom('a"', "a'b", 'a,b;c', '%{tx.a}', 'x\n', '\\', '/', '/a/', 'a|b', '&a', '!a', '[x]'),
);

test('whatever the path and the name are, it is one rule with these actions, and it lets exactly that pass', () => {
  fc.assert(
    fc.property(nasty, nasty, (name, piece) => {
      const path = normalisedPath(`/${piece}`);
      const text = exclusionText({ id, path, isPrefix: false, rules: [{ ruleId: 100, targets: [`ARGS:${name}`] }] });
      const { statements, problems } = parseRuleFile({ file: 'x.conf', text });
      assert.deepEqual(problems, []);
      assert.equal(statements.length, 1);
      const set = ruleSetOf(`${text}\n${scoring}`);
      const encoded = (value: string) =>
        [...value].map((byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
      const ask = (target: string) => standingOf(evaluate(set, storedOf(scoringSet(), { target })));
      assert.equal(ask(`/${encoded(piece)}?${encoded(name)}=<script`), 'passed', text);
      assert.equal(ask(`/${encoded(piece)}z?${encoded(name)}=<script`), 'blocked', text);
      assert.equal(ask(`/${encoded(piece)}?${encoded(name)}z=<script`), 'blocked', text);
    }),
    { numRuns: 60 },
  );
});

test('an id that the file does not have', () => {
  assert.equal(freeId(''), 9_980_001);
  assert.equal(freeId(`SecRule A "id:9980001"\n#"id:'9980002'"`), 9_980_003);
});
