// Reports as a person reads them, to the character: the order, the caret, the second place, the count.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { problem } from '#config/errors';
import { loadConfig, loadText } from '#config/load';
import { coloured, countLine, formatProblem, formatProblems, plural, problemAsData } from '#config/report';
import { makeSource } from '#config/source';

const cwd = join(import.meta.dirname, '..', 'fixtures', 'config');

test('five mistakes in three files, found in one run', () => {
  const { problems, sources } = loadConfig('shop.kdl', { environment: {}, cwd });
  const report = formatProblems(problems, undefined, sources.length);
  assert.equal(
    report,
    `shop.kdl:4:1: error: unknown key 'routs' at the top level [config-unknown-key]
    4 | routs { }
      | ^^^^^ did you mean 'routes'?
shop.kdl:10:18: error: route "api" names upstream "shopp", which does not exist [config-unknown-name]
   10 |         upstream "shopp"
      |                  ^^^^^^^ did you mean "shop" (shop-blue.kdl:2)?
shop.kdl:20:20: error: 'timeout-ms' takes a duration, not "5 parsecs" [config-wrong-type]
   20 |         timeout-ms "5 parsecs"
      |                    ^^^^^^^^^^^ write milliseconds (500) or a text such as "500ms"; 'parsecs' is not a unit, these are: ms, s, m, h, d
shop-blue.kdl:4:24: error: 'load-balancing' takes one of "round-robin", "weighted", "least-connections", "weighted-least-connections", "random", "power-of-two-choices", "ip-hash", "consistent-hash", "maglev", "peak-ewma", "adaptive", "locality-aware", "deterministic-subset", "least-tokens-queued", "sticky", not "least-conections" [config-bad-value]
    4 |         load-balancing "least-conections"
      |                        ^^^^^^^^^^^^^^^^^^ did you mean "least-connections"?
shop-green.kdl:2:11: error: there are two upstreams of the name "shop" [config-duplicate-name]
    2 | \tupstream "shop" { target "127.0.0.1:3001" } // a tab before, and 日本語 behind
      | \t         ^^^^^^ rename one of them
  shop-blue.kdl:2:14: the other one is here
    2 |     upstream "shop" {
      |              ^^^^^^

5 errors in 3 files
`,
  );
});

/** The two lines under a message. */
function excerptOf(text: string, wanted: string, hint?: string): string {
  const start = text.indexOf(wanted);
  const at = { source: makeSource('a.kdl', text), start, end: start + wanted.length };
  const [, ...excerpt] = formatProblem(problem('config-syntax', 'bad', { at, hint })).split('\n');
  return excerpt.join('\n');
}

test('the caret stands under what it means', () => {
  assert.equal(excerptOf('a bad b', 'bad', 'good'), '    1 | a bad b\n      |   ^^^ good');
  assert.equal(excerptOf('\t\tbad', 'bad'), '    1 | \t\tbad\n      | \t\t^^^');
  assert.equal(excerptOf('日本 bad', 'bad'), '    1 | 日本 bad\n      |      ^^^');
  assert.equal(excerptOf('a 日本 b', '日本'), '    1 | a 日本 b\n      |   ^^^^');
  assert.equal(excerptOf('e\u0301e\u0301 bad', 'bad'), '    1 | e\u0301e\u0301 bad\n      |    ^^^');
  assert.equal(excerptOf('🦊 bad', 'bad'), '    1 | 🦊 bad\n      |    ^^^');
  assert.equal(excerptOf('one\r\na bad b\r\n', 'bad'), '    2 | a bad b\n      |   ^^^');
  assert.equal(excerptOf('\ufeffbad', 'bad'), '    1 | bad\n      | ^^^');
});

test('a long line is shown around the place', () => {
  for (const length of [500, 15_000, 1_000_000]) {
    const excerpt = excerptOf(`${'x'.repeat(length)} bad ${'y'.repeat(length)}`, 'bad', 'here').split('\n');
    const [line = '', caret = ''] = excerpt;
    assert(line.length < 140, `${line.length}`);
    assert.match(line, /\| …x+ bad y+…$/);
    assert.equal(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'bad');
  }
  assert.match(excerptOf(`bad ${'y'.repeat(500)}`, 'bad'), /\| bad y+…\n/);
  assert.match(excerptOf(`${'y'.repeat(500)} bad`, 'bad'), /\| …y+ bad\n/);
});

test('nothing in a file writes to the terminal but as itself', () => {
  const problems = loadText('a\u001b[2J.kdl', '"\\u{1b}[2J\\u{202e}" "\u009b2J"\n').problems;
  assert(problems.length > 0);
  assert.doesNotMatch(formatProblems(problems), /[\u001b\u009b\u202e]/);
});

test('colours change nothing but colours', () => {
  const { problems } = loadText('a.kdl', 'routs { }\nupstreams { upstream "a" { target "b:1" } }');
  const report = formatProblems(problems, coloured);
  assert.notEqual(report, formatProblems(problems));
  assert.equal(stripVTControlCharacters(report), formatProblems(problems));
});

test('by file as they were read, then by place; what has none comes first', () => {
  const at = (file: string, start: number) => ({ at: { source: makeSource(file, 'a\nb\nc'), start, end: start + 1 } });
  const problems = [
    problem('config-syntax', 'second', at('b.kdl', 2)),
    problem('config-syntax', 'last', at('a.kdl', 0)),
    problem('config-syntax', 'first', at('b.kdl', 0)),
    problem('usage', 'nowhere'),
  ];
  const order = [...formatProblems(problems).matchAll(/error: (\w+) \[/g)].map(([, what]) => what);
  assert.deepEqual(order, ['nowhere', 'first', 'second', 'last']);
});

test('a hundred are shown, the rest is counted', () => {
  const report = formatProblems(Array.from({ length: 250 }, (_, index) => problem('usage', `number ${index}`)));
  assert.match(report, /number 99 \[usage\]\n… and 150 more\n\n250 errors\n$/);
});

test('counting', () => {
  const warning = problem('config-unused', 'x', { severity: 'warning' });
  assert.equal(countLine([]), 'no problems');
  assert.equal(countLine([warning, warning, problem('usage', 'x')], 2), '1 error, 2 warnings in 2 files');
  assert.equal(plural(1, 'file'), '1 file');
});

test('as data', () => {
  const source = makeSource('a.kdl', 'one two');
  const other = { what: 'the first', at: { source, start: 0, end: 3 } };
  const found = problem('config-duplicate-name', 'twice', { at: { source, start: 4, end: 7 }, hint: 'rename', other });
  assert.deepEqual(problemAsData(found), {
    code: 'config-duplicate-name',
    severity: 'error',
    message: 'twice',
    file: 'a.kdl',
    line: 1,
    column: 5,
    length: 3,
    source: 'one two',
    hint: 'rename',
    other: { message: 'the first', file: 'a.kdl', line: 1, column: 1, length: 3, source: 'one two' },
  });
});
