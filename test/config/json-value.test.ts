// A block of the file as JSON, as transcripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '#config/errors';
import { jsonOf } from '#config/json-value';
import { parse } from '#config/parse';
import { makeSource } from '#config/source';

function read(text: string, environment = {}): { json: string; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const [node] = parse(makeSource('a.kdl', text)).nodes;
  assert(node !== undefined);
  const value = jsonOf({ environment, keep: (found) => problems.push(found) }, node);
  return { json: JSON.stringify(value), problems };
}

const transcripts: ReadonlyArray<readonly [kdl: string, json: string]> = [
  ['config { }', '{}'],
  ['config { a 1; b "x"; c #true; d null }', '{"a":1,"b":"x","c":true,"d":null}'],
  ['config { a 1 2 "x" }', '{"a":[1,2,"x"]}'],
  ['config { a; }', '{"a":[]}'],
  ['config { a 1; a 2 }', '{"a":[1,2]}'],
  ['config { a { b { c 1 } } }', '{"a":{"b":{"c":1}}}'],
  ['config { a { - 1; - { b 2 } } }', '{"a":[1,{"b":2}]}'],
  ['config a=1 { b 2 }', '{"a":1,"b":2}'],
  ['config { "odd key" "${X} and ${Y:-d}" }', '{"odd key":"x and d"}'],
];

for (const [kdl, json] of transcripts) {
  test(kdl, () => assert.deepEqual(read(kdl, { X: 'x' }), { json, problems: [] }));
}

const refused: ReadonlyArray<readonly [kdl: string, column: number]> = [
  ['config { a 1 { b 2 } }', 12],
  ['config { a #inf }', 12],
  ['config { a #nan }', 12],
  ['config { a "${NONE}" }', 12],
  ['config { __proto__ 1 }', 10],
  ['config { "a\\u{0}" 1 }', 10],
];

for (const [kdl, column] of refused) {
  test(`refused: ${kdl}`, () =>
    assert.deepEqual(
      read(kdl).problems.map(({ place }) => place?.column),
      [column],
    ));
}
