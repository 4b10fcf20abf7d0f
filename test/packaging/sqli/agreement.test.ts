// Our detectors and the oracle on some thousand texts: the figure that is printed for more of them holds for these.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isXss } from '../../../agents/waf/operator/xss.ts';
import { compare, percent, sqliAsOracle } from '../../../packaging/sqli/agreement.ts';
import { Oracle } from '../../../packaging/sqli/oracle.ts';
import { attackText, markupText, plainText, seeded } from '../../../packaging/sqli/texts.ts';

const oracle = new Oracle();
const random = seeded(7);
const textsOf = (make: typeof attackText) => Array.from({ length: 1500 }, () => make(random));

const least = { attackText: 98, markupText: 99.9, plainText: 99.9 }; // pieces of SQL hold back ticks, see agreement.ts

for (const [kind, make] of Object.entries({ attackText, markupText, plainText })) {
  test(`@detectSQLi agrees on ${kind}`, () => {
    const agreement = compare(textsOf(make), sqliAsOracle, (text) => oracle.sqli(text));
    const differing = [...agreement.onlyOurs, ...agreement.onlyTheirs];
    assert(percent(agreement) >= least[kind as keyof typeof least], differing.join('\n'));
    assert(kind !== 'attackText' || agreement.attacks > 100);
  });
}

test('@detectXSS misses nothing that the oracle finds', () => {
  const found = compare(
    textsOf(markupText),
    (text) => (isXss(text) ? 'x' : undefined),
    (text) => (oracle.isXss(text) ? 'x' : undefined),
  );
  assert.deepEqual(found.onlyTheirs, []);
  assert(found.attacks > 200);
});

test('differences are told by kind', () => {
  const verdicts: Record<string, string | undefined> = { a: 'x', b: 'x', c: undefined };
  const found = compare(
    ['a', 'b', 'c'],
    (text) => verdicts[text],
    (text) => ({ a: 'x', b: 'y', c: 'x' })[text],
  );
  assert.deepEqual([found.onlyTheirs, found.others, found.onlyOurs, found.attacks], [['c'], ['b'], [], 3]);
  assert.equal(
    percent(
      compare(
        ['a'],
        () => 'x',
        () => undefined,
      ),
    ),
    0,
  );
});
