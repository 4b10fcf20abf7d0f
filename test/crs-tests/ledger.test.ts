// The ledger is held both ways, and can be written anew.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { emptyLedger, isGood, readLedger, standingOf, updatedLedger } from '../../crs-tests/ledger.ts';

const read = (text: string) => {
  const ledger = readLedger(text);
  assert(!('problem' in ledger));
  return ledger;
};

test('a known failure is good, a surprise pass is not, and neither is a failure that nobody knows', () => {
  const ledger = read('{"knownFailures": {"1-1": "because"}}');
  const standings = [
    standingOf(ledger, '1-1', false),
    standingOf(ledger, '1-1', true),
    standingOf(ledger, '1-2', false),
    standingOf(ledger, '1-2', true),
  ];
  assert.deepEqual(standings, ['known-failure', 'surprise-pass', 'failed', 'passed']);
  assert.deepEqual(standings.map(isGood), [true, false, false, true]);
});

test('a ledger without a reason, of no test, or of no JSON is refused', () => {
  for (const text of ['{', '{"knownFailures": {"1-1": " "}}', '{"knownFailures": {"one": "x"}}'])
    assert('problem' in readLedger(text), text);
});

test('updating keeps reasons and what did not run, takes out what passed, adds what failed', () => {
  const ledger = read('{"knownFailures": {"1-1": "a", "1-2": "b", "9-9": "c"}}');
  const after = read(updatedLedger(ledger, ['1-1', '1-10'], ['1-1', '1-2', '1-10']));
  assert.deepEqual(Object.fromEntries(after.knownFailures), { '1-1': 'a', '1-10': 'not looked at yet', '9-9': 'c' });
});

test('the ledger of the project can be read', async () => {
  const text = await readFile(new URL('../../crs-tests/ledger.json', import.meta.url), 'utf8');
  assert(!('problem' in readLedger(text)));
  assert.equal(emptyLedger.knownFailures.size, 0);
});
