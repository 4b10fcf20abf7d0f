// Variables of the query and the body: sizes, names, files, flags.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variableByName } from '../../../../agents/waf/run/variables.ts';
import { form, run } from '../support.ts';

const on = 'SecRuleEngine On\nSecRequestBodyAccess On\n';
const reader = (ask: Parameters<typeof run>[1]) => {
  const { state } = run(on, ask);
  return (name: string) =>
    variableByName(name)
      ?.items(state, undefined)
      .map(({ key, value }) => (key === undefined ? value : `${key}=${value}`));
};

test('arguments of both kinds', () => {
  const read = reader({ method: 'POST', target: '/?a=1', headers: form, body: 'b=22&a=3' });
  assert.deepEqual(read('ARGS'), ['a=1', 'b=22', 'a=3']);
  assert.deepEqual(
    [read('ARGS_GET'), read('ARGS_POST'), read('ARGS_POST_NAMES')],
    [['a=1'], ['b=22', 'a=3'], ['b=b', 'a=a']],
  );
  assert.deepEqual(
    [read('ARGS_COMBINED_SIZE'), read('REQUEST_BODY'), read('REQUEST_BODY_LENGTH')],
    [['7'], ['b=22&a=3'], ['8']],
  );
  assert.deepEqual(read('REQBODY_PROCESSOR'), ['URLENCODED']);
});

test('files and flags of multipart', () => {
  const read = reader({
    method: 'POST',
    headers: [['Content-Type', 'multipart/form-data; boundary=x']],
    body: '--x\nContent-Disposition: form-data; name="f"; filename="n"\n\nabc\n--x--\n',
  });
  assert.deepEqual(
    [read('FILES'), read('FILES_NAMES'), read('FILES_SIZES'), read('FILES_COMBINED_SIZE'), read('FILES_TMP_CONTENT')],
    [['f=n'], ['f=f'], ['f=3'], ['3'], ['f=abc']],
  );
  assert.deepEqual(
    [read('MULTIPART_LF_LINE'), read('MULTIPART_STRICT_ERROR'), read('MULTIPART_DATA_BEFORE')],
    [['1'], ['1'], ['0']],
  );
});

test('errors', () => {
  const read = reader({
    method: 'POST',
    target: '/?a=%zz',
    headers: [['Content-Type', 'multipart/form-data']],
    body: 'x',
  });
  assert.deepEqual(
    [read('URLENCODED_ERROR'), read('REQBODY_ERROR'), read('MULTIPART_STRICT_ERROR')],
    [['1'], ['1'], ['1']],
  );
  assert.match(read('REQBODY_PROCESSOR_ERROR_MSG')?.[0] ?? '', /^Multipart parsing error/);
});

test('the request as one text', () => {
  const read = reader({ method: 'POST', headers: form, body: 'a=1' });
  assert.deepEqual(read('FULL_REQUEST'), [
    'POST / HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 3\n\na=1',
  ]);
  assert.deepEqual(read('FULL_REQUEST_LENGTH'), [String(read('FULL_REQUEST')![0]!.length)]);
});
