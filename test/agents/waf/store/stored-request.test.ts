// One refused request as it is kept, there and back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStored, textOfStored } from '../../../../agents/waf/store/stored-request.ts';
import { scoringSet, storedOf } from './support.ts';

test('what came of it and what was found, in a text that is read back as it was', () => {
  const request = storedOf(scoringSet(), { target: '/a?x=<script', id: 'abc' });
  assert.partialDeepStrictEqual(request, {
    id: 'abc',
    verdict: 'blocked',
    route: 'r',
    status: 403,
    ruleId: 900,
    phase: 2,
    findings: [{ ruleId: 100, phase: 2, where: 'ARGS:x', message: 'Script' }],
  });
  const again = readStored(textOfStored(request));
  assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(request)));
});

test('what is not as this version writes it is not believed', () => {
  for (const text of ['', '{', '{}', '[1]', '{"id":1}']) assert.equal(readStored(text), undefined);
});
