// What is no JSON is told apart from everything that is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '#config/parse-json';

test('the value, or undefined for what was cut short, and for what never was any', () => {
  assert.deepEqual(parseJson('{"a":[1,null]}'), { a: [1, null] });
  assert.equal(parseJson('null'), null);
  for (const text of ['', '{"a":', '{"a":1}x', 'undefined', 'NaN', "'a'"])
    assert.equal(parseJson(text), undefined, text);
});

test('any value comes back, any text is survived', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      assert.deepEqual(parseJson(JSON.stringify(value)), JSON.parse(JSON.stringify(value))),
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => void parseJson(text)));
});
