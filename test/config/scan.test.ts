// Tokens as transcripts, and the one promise: every character belongs to exactly one of them, whatever the text is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scan } from '#config/scan';
import { anyCharacter } from '../support/characters.ts';
import { documents } from '../support/kdl.ts';

/** `kind` of every token that is not blank, `kind!` where its end is missing. */
function kinds(text: string): string {
  return scan(text)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, closed }) => (closed ? kind : `${kind}!`))
    .join(' ');
}

const transcripts: ReadonlyArray<readonly [text: string, kinds: string]> = [
  ['', ''],
  ['a "b" c=1', 'word string word equals word'],
  ['a { b; }', 'word open word semicolon close'],
  ['a ["b", 1]', 'word list-open string comma word list-close'],
  ['a(t)1', 'word type-open word type-close word'],
  ['// all of it {\na', 'line-comment newline word'],
  ['a /* b /* c */ d */ e', 'word block-comment word'],
  ['a /* b', 'word block-comment!'],
  ['/-a', 'slashdash word'],
  ['a "b\\"c" d', 'word string word'],
  ['a "b\nc', 'word string! newline word'],
  ['a "b \\\n  c"', 'word string'],
  ['a #"b"c"# d', 'word string word'],
  ['a #"b\nc"#', 'word string! newline word string!'],
  ['a """\n b\n """ c', 'word string word'],
  ['a #"""\n b """\n """# c', 'word string word'],
  ['a """\n b', 'word string!'],
  ['a /b/c.d', 'word word'],
  ['a http://b', 'word word line-comment'],
  ['a \\\n b', 'word word'],
  ['a \\ // why\n b', 'word word'],
  ['a\r\nb\rc\u0085d\u2028e\u000bf', 'word newline word newline word newline word newline word newline word'],
  ['// a\u2028b', 'line-comment newline word'],
  ["it's 30s 1.5 #true", 'word word word word'],
  ['\ufeffa', 'word'],
  ['a \u0000 b', 'word control word'],
];

for (const [text, expected] of transcripts) {
  test(`scan ${JSON.stringify(text)}`, () => assert.equal(kinds(text), expected));
}

function assertCovered(text: string): void {
  let at = 0;
  for (const token of scan(text)) {
    assert.equal(token.start, at);
    assert(token.end > token.start);
    at = token.end;
  }
  assert.equal(at, text.length);
}

const junk = fc.string({
  unit: fc.constantFrom(...'"#\\/*-{}[]();=, \n\r\t\'abr1:.~\u0000\u0085\u2028\ufeffé\ud83e'),
  maxLength: 60,
});

test('property: every character belongs to exactly one token', () => {
  fc.assert(fc.property(fc.oneof(junk, fc.string({ unit: anyCharacter }), documents), assertCovered), { numRuns: 200 });
});

test('it stops at the word it is told to', () => {
  assert.deepEqual(
    scan('a b\nc d', 3).map(({ kind }) => kind),
    ['word', 'space', 'word', 'newline', 'word'],
  );
});
