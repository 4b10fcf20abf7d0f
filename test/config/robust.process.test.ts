// Whatever the bytes are, the answer is a configuration or problems with places inside the text: never an exception,
// never a hang. Every example is mutated by bytes and by words; files as large as allowed are read.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Loaded, loadConfig, loadText, type Refused } from '#config/load';
import { formatProblems } from '#config/report';
import { scan } from '#config/scan';
import type { Place } from '#config/source';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const patterns = ['config/default.kdl', 'config/examples/*.kdl', 'test/fixtures/config/**/*.kdl'];
const examples = globSync(patterns, { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));

function assertSane(loaded: Loaded | Refused, text: string): void {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const assertInside = ({ file, line, column, length }: Place) => {
    if (file !== 'test.kdl') return; // what the text happens to include
    const shown = lines[line - 1];
    assert(shown !== undefined, `line ${line} of ${lines.length}`);
    assert(column >= 1 && length >= 1 && column <= shown.length + 1, `column ${column} of ${shown.length}`);
  };
  for (const { place, other } of loaded.problems) {
    if (place !== undefined) assertInside(place);
    if (other !== undefined) assertInside(other.place);
  }
  assert.equal(loaded.ok, !loaded.problems.some(({ severity }) => severity === 'error'));
  assert.match(formatProblems(loaded.problems), /\n$/);
}

const loadAndAssert = (text: string) => assertSane(loadText('test.kdl', text, { environment: {} }), text);

const example = fc.constantFrom(...examples);
const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '"',
    '\\',
    '/*',
    '*/',
    '//',
    '/-',
    '[',
    ']',
    '(',
    ')',
    '=',
    ';',
    ',',
    '#',
    "'",
    '\n',
    '\r\n',
    ' ',
    'r"',
  ],
  ...[
    '#"',
    '"""',
    '${',
    '${X}',
    '30s',
    '-',
    '0x',
    '1e999',
    '#inf',
    '#treu',
    'true',
    'null',
    '*',
    'include "*.kdl"',
    'é',
    '🦊',
  ],
  ...[
    '\u0000',
    '\u2028',
    '\ufeff',
    '\u202e',
    '\ud800',
    '__proto__',
    'constructor',
    'defaults',
    'name "x"',
    'a:',
    '://',
  ],
);

test('property: an example with pieces put in or cut out anywhere', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(12), piece), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(example, edits, (text, changes) => {
      const mutated = changes.reduce((one, [where, cut, put]) => {
        const at = where % (one.length + 1);
        return one.slice(0, at) + put + one.slice(at + cut);
      }, text);
      loadAndAssert(mutated);
    }),
    { numRuns: 400 },
  );
});

test('property: an example with words doubled, swapped or left out', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(2)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(example, edits, (text, changes) => {
      const words = scan(text).map(({ start, end }) => text.slice(start, end));
      for (const [one, other, kind] of changes) {
        const [left, right] = [one % words.length, other % words.length];
        const [first = '', second = ''] = [words[left], words[right]];
        if (kind === 0) words[left] = '';
        else if (kind === 1) words[left] = first + first;
        else [words[left], words[right]] = [second, first];
      }
      loadAndAssert(words.join(''));
    }),
    { numRuns: 400 },
  );
});

test('property: pieces of the language in any order', () => {
  const keys = [
    'routes',
    'route',
    'upstream',
    'target',
    'agents',
    'agent',
    'config',
    'matches',
    'host',
    'set',
    'token-file',
  ];
  const word = fc.oneof(piece, fc.constantFrom(' ', '\n', ' {\n', '}\n', '"a"', ' "127.0.0.1:0"', ...keys));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => loadAndAssert(words.join(''))),
    { numRuns: 600 },
  );
});

test('property: an example with bytes changed, from the disk', () => {
  using folder = tempFolder();
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(example, edits, (text, changes) => {
      const bytes = Buffer.from(text);
      for (const [where, byte] of changes) bytes[where % bytes.length] = byte;
      folder.write('a.kdl', bytes);
      const loaded = loadConfig(folder.of('a.kdl'), { environment: {} });
      assert(loaded.ok || loaded.problems.length > 0);
      formatProblems(loaded.problems);
    }),
    { numRuns: 150 },
  );
});

const fill = (piece: string, bytes = 2 ** 16) => piece.repeat(Math.floor(bytes / piece.length));

/** Texts that a hang would be found by: each once took minutes by the megabyte, or is built like one that did. */
const large: ReadonlyArray<readonly [title: string, text: string]> = [
  ['unknown keys on one line', fill('a;')],
  ['unknown keys', fill('key 1\n')],
  ['values on one line', fill('x ')],
  ['open blocks on one line', fill('a {')],
  ['types', fill('a(')],
  ['texts', fill('"" ')],
  ['raw texts that do not end', fill('#"\n')],
  ['keywords', fill('a #treu\n')],
  ['lists', fill('a [1\n')],
  ['colons', fill('a:\n')],
  ['units', fill('a 30s\n')],
  ['texts of several lines', fill('"""\n')],
  ['backslashes', fill('\\')],
  ['backslashes in a text', `a "${fill('\\d')}"`],
  ['blanks behind a backslash in a text', `a "${fill('\\ ')}"`],
  ['variables in a text', `a "${fill('${')}"`],
  ['one word', fill('a')],
  ['URLs', fill('a http://b ')],
  ['empty routes', `routes {${fill('route "a" { }\n')}}`],
  ['one long line of mistakes', `routes {${fill('route "a" { upstraem "b" };')}}`],
];

for (const [title, text] of large) test(`64 KiB of one thing: ${title}`, () => loadAndAssert(text));

for (const piece of ['{', '}', '"', ';', '~', 'x y\n']) {
  test(`a megabyte of ${JSON.stringify(piece)} is a problem with a place`, () => {
    const { problems } = loadText('a.kdl', fill(piece, 2 ** 20));
    assert(problems.length > 0 && problems.every(({ place }) => place !== undefined));
  });
}

const many = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => one(index)).join('\n');
const listener = 'listeners { listener "http" { address "127.0.0.1:0" } }\n';

test('two thousand names that do not exist, beside two thousand that nearly are', () => {
  const text = `${listener}routes {\n${many(2000, (index) => `route "r${index}" { upstream "u${index}x" }`)}\n}
upstreams {\n${many(2000, (index) => `upstream "u${index}" { target "a:1" }`)}\n}`;
  const { problems } = loadText('test.kdl', text);
  assert(problems.length >= 1000);
});
