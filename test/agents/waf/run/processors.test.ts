// Findings of each kind of body, in the terms of the variables.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, formPairs } from '../../../../agents/waf/run/processors.ts';
import { ruleSetOf } from '../support.ts';

const { settings } = ruleSetOf('');
const found = (processor: string, text: string, type = '') => findingsOf(processor, text, type, settings);

test('a form, with what is wrong in its encoding', () => {
  assert.deepEqual(formPairs('a=%41+b&=c&d', settings), {
    pairs: [
      ['a', 'A b'],
      ['', 'c'],
      ['d', ''],
    ],
    hasBadEncoding: false,
    error: undefined,
  });
  assert.equal(found('URLENCODED', 'a=%zz').flags['URLENCODED_ERROR'], true);
});

test('JSON, by the way to each value', () => {
  assert.deepEqual(found('JSON', '{"a":{"b":[1,"x"]}}').args, [
    ['json.a.b.0', '1'],
    ['json.a.b.1', 'x'],
  ]);
});

test('XML, by path', () => {
  const { xml } = found('XML', '<a b="1">x<c d="2">y</c></a>');
  assert.deepEqual([xml?.('/*'), xml?.('//@*'), xml?.('/*')], [['xy'], ['1', '2'], ['xy']]);
  assert.match(found('XML', '<a').error ?? '', /^XML parsing error/);
});

test('multipart: fields are arguments, files are files, headers are kept, flags are told', () => {
  const body =
    '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--x--\r\nafter';
  const findings = found('MULTIPART', body, 'multipart/form-data; boundary="x"');
  assert.deepEqual(findings.args, [['a', '1']]);
  assert.deepEqual(findings.files, [{ field: 'f', name: 'n.txt', bytes: 'abc' }]);
  assert.deepEqual(findings.partHeaders.at(-1), ['f', 'Content-Type: text/plain']);
  assert.deepEqual(
    [
      findings.flags['MULTIPART_BOUNDARY_QUOTED'],
      findings.flags['MULTIPART_DATA_AFTER'],
      findings.flags['MULTIPART_LF_LINE'],
    ],
    [true, true, false],
  );
});

test('a kind that is not known is an error', () => {
  assert.match(found('SMOKE', '').error ?? '', /Unknown request body processor: SMOKE/);
});
