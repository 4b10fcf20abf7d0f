// Problems as data and back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { problemsFromData } from '#config/problem-data';
import { formatProblems, problemAsData } from '#config/report';

test('what comes back prints as it did', () => {
  const text = 'listners { }\nroutes { route "a" { upstream "b" }; route "a" { upstream "b" } }';
  const { problems } = loadText('a.kdl', text);
  const data: unknown = JSON.parse(JSON.stringify(problems.map((one) => problemAsData(one))));
  assert(Array.isArray(data));
  assert.equal(formatProblems(problemsFromData(data)), formatProblems(problems));
});

test('what is none is left out', () => {
  assert.deepEqual(problemsFromData([1, {}, { code: 'made-up', severity: 'error', message: 'x' }]), []);
});
