// The one template that tests use, and payloads that only look like templates.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandTemplate } from '../../crs-tests/template.ts';

test('a word is repeated', () => {
  assert.equal(expandTemplate('a={{ "xy" | repeat 3 }}!'), 'a=xyxyxy!');
  assert.equal(expandTemplate('{{"\\n"|repeat 2}}'), '\n\n');
});

test('a payload in double braces stays as it is, and so does what would be too long', () => {
  for (const text of ["{{constructor.constructor('alert(1)')()}}", '{{7*7}}', '{{ "x" | repeat 99999999 }}'])
    assert.equal(expandTemplate(text), text);
});
