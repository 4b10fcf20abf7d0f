// JSON: names by the way to a value, strictness against JSON.parse, bounds, and what is kept before a mistake.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from '../../../../agents/waf/body/json.ts';
import { byteStrings, madeOf } from '../reference.ts';

const limits = { depthMax: 100, argumentsMax: 1000 };
const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const pairsOf = (text: string, names: 'index' | 'array-index' | 'keys' = 'index') =>
  readJson(text, { ...limits, names }).arguments.map(({ name, value }) => `${name}=${value}`);

test('each leaf by the way to it', () => {
  const text = '{"a":[1,{"b":"x"}],"t":true,"f":false,"n":null,"d":-1.5e+3,"":{}}';
  assert.deepEqual(pairsOf(text), [
    'json.a.0=1',
    'json.a.1.b=x',
    'json.t=true',
    'json.f=false',
    'json.n=',
    'json.d=-1.5e+3',
  ]);
  assert.deepEqual(pairsOf('"x"'), ['json=x']);
});

test('in the words of other engines', () => {
  assert.deepEqual(pairsOf('{"a":[1,[2]]}', 'array-index'), ['json.a.array_0=1', 'json.a.array_1.array_0=2']);
  assert.deepEqual(pairsOf('{"a":[1,{"b":2}]}', 'keys'), ['a=1', 'a.b=2']);
});

test('escapes become bytes of UTF-8', () => {
  assert.deepEqual(pairsOf('"\\u00e9\\ud83d\\ude00\\n\\/\\"\\\\"'), [`json=${bytesOf('é😀')}\n/"\\`]);
  assert.deepEqual(pairsOf('"\\ud83dx\\udc00"'), ['json=?x?']);
});

test('what was read before a mistake is kept', () => {
  const { arguments: found, error } = readJson('{"a":1,"b":2,', limits);
  assert.equal(found.length, 2);
  assert.match(error ?? '', /^JSON parsing error: the body ends too early$/);
});

const wrong = [
  '',
  ' ',
  '{',
  '[1,]',
  '{"a"}',
  '{"a":1,}',
  "{'a':1}",
  '01',
  '1.',
  '.5',
  '-',
  'nul',
  '"\n"',
  '"\\x"',
  '"\\u12"',
  '1 2',
  '[1]]',
  '"\xff"',
  '// 1',
];

for (const text of wrong) {
  test(`refused: ${JSON.stringify(text)}`, () => assert.notEqual(readJson(text, limits).error, undefined));
}

test('refused as JSON.parse refuses, taken as it takes', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'null',
    ' ',
    '"',
    '\\',
    '\\u0041',
  ];
  fc.assert(
    fc.property(madeOf(...pieces), (text) => {
      assert.equal(readJson(text, limits).error === undefined, isJson(text), text);
    }),
    { numRuns: 2000 },
  );
});

test('any value is read with its leaves in order', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = bytesOf(JSON.stringify(value).replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, ''));
      const { arguments: found, error } = readJson(text, limits);
      assert.equal(error, undefined);
      assert.deepEqual(
        found.map((one) => one.value),
        leavesOf(JSON.parse(Buffer.from(text, 'latin1').toString('utf8'))),
      );
    }),
  );
});

test('bounds: levels, arguments, names that repeat a long way', () => {
  assert.match(readJson('[[[[1]]]]', { depthMax: 3, argumentsMax: 9 }).error ?? '', /more than 3 levels/);
  assert.equal(readJson('[[[1]]]', { depthMax: 3, argumentsMax: 9 }).error, undefined);
  assert.match(readJson('[1,2,3]', { depthMax: 3, argumentsMax: 2 }).error ?? '', /more than 2 arguments/);
  const deep = `${'['.repeat(5000)}${'1,'.repeat(5000)}1`;
  assert.match(readJson(deep, { depthMax: 10_000, argumentsMax: 10_000 }).error ?? '', /too long together/);
});

test('any bytes are read, or refused', () => {
  fc.assert(fc.property(byteStrings, (text) => assert.notEqual(readJson(text, limits).arguments, undefined)));
});

function isJson(text: string): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'latin1')));
    return true;
  } catch {
    return false;
  }
}

function leavesOf(value: unknown): string[] {
  if (value === null) return [''];
  if (typeof value === 'string') return [bytesOf(value)];
  if (typeof value !== 'object') return [JSON.stringify(value)];
  return Object.values(value).flatMap(leavesOf);
}
