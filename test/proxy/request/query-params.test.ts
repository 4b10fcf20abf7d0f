// Parameters as forms send them, beside what the platform's own reader makes of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { someParameter } from '../../../proxy/request/query-params.ts';

function valuesOf(target: string, name: string): string[] {
  const values: string[] = [];
  someParameter(target, name, (value) => {
    values.push(value);
    return false;
  });
  return values;
}

test('names and values are decoded; what does not decode stays', () => {
  const rows = [
    ['/a?q=1&q=2&Q=3', 'q', ['1', '2']],
    ['/a?q', 'q', ['']],
    ['/a?q=', 'q', ['']],
    ['/a?q=a=b', 'q', ['a=b']],
    ['/a?%71=%C3%A9+%2B', 'q', ['é +']],
    ['/a?a+b=1', 'a b', ['1']],
    ['/a?q=%zz%4', 'q', ['%zz%4']],
    ['/a?q=?&q=/', 'q', ['?', '/']],
    ['/a?&&=1&', '', ['1']],
    ['/a', 'q', []],
    ['/a?', 'q', []],
    ['/a?qq=1', 'q', []],
  ] as const;
  for (const [target, name, values] of rows) assert.deepEqual(valuesOf(target, name), values, target);
});

test('it stops at the first that will do', () => {
  assert.equal(
    someParameter('/?q=1&q=2', 'q', (value) => value === '1'),
    true,
  );
  assert.equal(
    someParameter('/?q=1', 'q', () => false),
    false,
  );
});

test('random queries: as URLSearchParams reads them', () => {
  const part = fc.constantFrom('q', '=', '&', '%71', '+', '%20', '%C3%A9', 'x', '%', '%4', '?');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const query = parts.join('');
      for (const name of ['q', 'x', ' ', 'é', 'qx'])
        assert.deepEqual(valuesOf(`/?${query}`, name), new URLSearchParams(`&${query}`).getAll(name), query);
    }),
    { numRuns: 1000 },
  );
});
