// Lists of actions: arguments, quotes; and where each mistake is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement } from '../../../../agents/waf/lang/tree.ts';
import { parse } from './support.ts';

function actionsOf(list: string) {
  const { statements, problems } = parse(`SecAction "${list}"`);
  assert.deepEqual(problems, []);
  const [statement] = statements as [Extract<Statement, { kind: 'action' }>];
  return statement.actions.map(({ name, argument }) => (argument === undefined ? name : [name, argument]));
}

const complaint = (list: string) => {
  const [problem] = parse(`SecAction "${list}"`).problems;
  return `${problem?.place?.column} ${problem?.what}`;
};

test('names in any case, arguments bare or quoted', () => {
  assert.deepEqual(actionsOf("ID:1, Phase:2,deny ,msg:'a, b',t:none,"), [
    ['id', '1'],
    ['phase', '2'],
    'deny',
    ['msg', 'a, b'],
    ['t', 'none'],
  ]);
  assert.deepEqual(actionsOf("setvar:tx.a=+%{tx.b},setvar:'!tx.c',msg:''"), [
    ['setvar', 'tx.a=+%{tx.b}'],
    ['setvar', '!tx.c'],
    ['msg', ''],
  ]);
});

test('in single quotes a backslash protects the quote and itself, and is a plain character before any other', () => {
  assert.deepEqual(actionsOf("msg:'it\\'s \\\\d'"), [['msg', "it's \\d"]]);
  assert.deepEqual(actionsOf("msg:'\\d'"), [['msg', '\\d']]);
});

test('mistakes have their places', () => {
  assert.equal(complaint('id:1 deny'), '17 a comma must stand between two actions');
  assert.equal(complaint('deny id:1'), '17 a comma must stand between two actions');
  assert.equal(complaint('msg:two words'), '20 a comma must stand between two actions');
  assert.equal(complaint("msg:'a'b"), '19 a comma must stand between two actions');
  assert.equal(complaint("msg:'a"), '16 a single quote is not closed');
  assert.equal(complaint(':a'), '12 the name of an action is missing');
  assert.equal(complaint('#id:1'), "12 '#id' is no name of an action");
});

test('places stand in the file, though lines were joined', () => {
  const text = 'SecAction \\\n  "id:1,\\\n   msg:\'a b\'"';
  const [statement] = parse(text).statements as [Extract<Statement, { kind: 'action' }>];
  assert.deepEqual(
    statement.actions.map(({ place, argumentPlace }) => [
      place.line,
      place.column,
      argumentPlace.line,
      argumentPlace.column,
      argumentPlace.length,
    ]),
    [
      [2, 4, 2, 7, 1],
      [3, 4, 3, 9, 3],
    ],
  );
});
