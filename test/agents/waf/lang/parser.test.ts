// Directives into statements; every file has a tree, whatever it holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProblem } from '#config/report';
import type { Place, Statement } from '../../../../agents/waf/lang/tree.ts';
import { anyBytes, bare, parse } from './support.ts';

test('each kind of directive', () => {
  const { statements, problems } = parse(
    [
      'secrule ARGS:a "!@Rx ^b" "id:1"',
      'SecRule ARGS ^b',
      'SecAction "id:2"',
      'SecMarker END',
      'SecDefaultAction "phase:1,pass"',
      'SecRuleUpdateTargetByTag "a" "!ARGS:b" ARGS',
      'SecRuleUpdateActionById 1:2 deny',
      'SecRuleEngine On',
    ].join('\n'),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(bare(statements), [
    {
      kind: 'rule',
      targets: [{ variable: 'ARGS', isCount: false, isExcluded: false, selector: { kind: 'text', text: 'a' } }],
      operator: { name: 'Rx', isNegated: true, argument: '^b' },
      actions: [{ name: 'id', argument: '1' }],
    },
    {
      kind: 'rule',
      targets: [{ variable: 'ARGS', isCount: false, isExcluded: false }],
      operator: { name: 'rx', isNegated: false, argument: '^b' },
      actions: [],
    },
    { kind: 'action', actions: [{ name: 'id', argument: '2' }] },
    { kind: 'marker', name: 'END' },
    { kind: 'defaults', actions: [{ name: 'phase', argument: '1' }, { name: 'pass' }] },
    {
      kind: 'update-targets',
      by: 'tag',
      which: { text: 'a' },
      targets: [{ variable: 'ARGS', isCount: false, isExcluded: true, selector: { kind: 'text', text: 'b' } }],
      replaced: [{ variable: 'ARGS', isCount: false, isExcluded: false }],
    },
    { kind: 'update-actions', which: { text: '1:2' }, actions: [{ name: 'deny' }] },
    { kind: 'setting', name: 'SecRuleEngine', values: [{ text: 'On' }] },
  ]);
});

test('a wrong number of words, shown as a user sees it', () => {
  const [few, many] = parse('SecRule ARGS\nSecMarker a b').problems;
  assert(few !== undefined && many !== undefined);
  assert.equal(
    formatProblem(few),
    'test.conf:1:1: error: SecRule takes 2 or 3 words, not 1 [rule-syntax]\n' +
      '    1 | SecRule ARGS\n      | ^^^^^^^ as in: SecRule ARGS "@rx ^a" "id:1,phase:2,deny"',
  );
  assert.equal(
    formatProblem(many),
    'test.conf:2:13: error: SecMarker takes 1 word, not 2 [rule-syntax]\n' +
      '    2 | SecMarker a b\n      |             ^ as in: SecMarker "END-OF-CHECKS"',
  );
});

test('an operator without its name; blanks before an expression count', () => {
  assert.match(parse('SecRule ARGS "@ a" "id:1"').problems[0]?.what ?? '', /^the name of the operator is missing$/);
  const [statement] = parse('SecRule ARGS " a" "id:1"').statements as [Extract<Statement, { kind: 'rule' }>];
  assert.equal(statement.operator.argument, ' a');
});

test('what can be read is read, also beside mistakes', () => {
  const { statements, problems } = parse('SecRule ARGS\nSecAction "id:1"\nSecAction "id:2 deny"\nSecMarker m');
  assert.deepEqual(
    statements.map(({ kind }) => kind),
    ['action', 'marker'],
  );
  assert.equal(problems.length, 2);
});

test('a file of mistakes is given up after a thousand', () => {
  assert.equal(parse('SecRule x\n'.repeat(5000)).problems.length, 1000);
});

test('never throws, and every place is one of the file', () => {
  fc.assert(
    fc.property(anyBytes, (text) => {
      const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
      const isPlace = (value: unknown): value is Place =>
        typeof value === 'object' && value !== null && 'line' in value && 'column' in value;
      const { statements, problems } = parse(text);
      JSON.stringify(statements, (_key, value: unknown) => {
        if (isPlace(value)) {
          assert(value.line >= 1 && value.line <= lines.length);
          assert(value.column >= 1 && value.column - 1 <= (lines[value.line - 1] ?? '').length + 1);
        }
        return value;
      });
      for (const { place } of problems) assert(place !== undefined && place.line >= 1 && place.line <= lines.length);
    }),
    { numRuns: 300 },
  );
});
