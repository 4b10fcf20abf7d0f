// What `%uXXXX` becomes by a mapping file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUnicodeMap } from '../../../../agents/waf/compile/unicode-map.ts';
import { complaintsOf, rulesOf } from './support.ts';

const mapping = '(MAC - Roman)\n10000 (MAC)\n00e9:8e\n\n20127 (US-ASCII)\n00e9:65 2215:2f bad 12:3\n';

test('the pairs of one code page', () => {
  assert.deepEqual(
    [...(parseUnicodeMap(mapping, '20127') ?? [])],
    [
      [0xe9, 0x65],
      [0x2215, 0x2f],
    ],
  );
  assert.equal(parseUnicodeMap(mapping, '1252'), undefined);
});

test('it holds for every rule, also for those before it', () => {
  const [before, after] = rulesOf(
    'SecAction "id:1,t:urlDecodeUni"\nSecUnicodeMapFile unicode.mapping 20127\nSecAction "id:2,t:lowercase,t:urlDecodeUni"',
    { read: () => mapping },
  );
  for (const rule of [before, after]) assert.equal(rule?.links[0]?.transformations.at(-1)?.apply('a%u2215b'), 'a/b');
});

test('mistakes', () => {
  assert.deepEqual(complaintsOf('SecUnicodeMapFile a'), [
    '1:1 SecUnicodeMapFile takes a file and a code page [rule-bad-value]; as in: SecUnicodeMapFile unicode.mapping 20127',
  ]);
  assert.deepEqual(complaintsOf('SecUnicodeMapFile a 20127'), ["1:19 there is no file 'a' [rule-file-unusable]"]);
  assert.deepEqual(complaintsOf('SecUnicodeMapFile a 1', { read: () => mapping }), [
    "1:21 'a' has no code page 1 [rule-bad-value]",
  ]);
});
