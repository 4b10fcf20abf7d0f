// What people get wrong, as transcripts: the text, and where the caret stands with what behind it. A mistake that is
// mended does not hide the others of the file, and is said once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationLimits as limits } from '#config/limits';
import { mend } from '#config/mend';
import { makeSource } from '#config/source';
import { configOf, expectHints, expectProblems } from '../support/config.ts';

const inRoute = (line: string) => `routes { route "a" { builtin-handler "status"; ${line} } }`;

test('the language of KDL 1 that is understood: booleans and lists', () => {
  const { config } = configOf(
    inRoute('matches { method ["GET", // first\n /* second */ "POST",\n "PUT"\n]; host ["a.b" "c.d"] }'),
  );
  assert.deepEqual(config.routes[0]?.matches.method, ['GET', 'POST', 'PUT']);
  assert.deepEqual(config.routes[0]?.matches.host, ['a.b', 'c.d']);
  assert.equal(mend(makeSource('a.kdl', 'a true false null b=true')).text, 'a #true #false #null b=#true');
});

const transcripts: ReadonlyArray<readonly [title: string, text: string, problems: readonly string[]]> = [
  ['= after a key', 'admin { address = "127.0.0.1:1" }', ["1:17 config-syntax '=' -> write: address …"]],
  ['= without blanks', 'admin { address="127.0.0.1:1" }', ["1:16 config-syntax '=' -> write: address …"]],
  [
    '= at the top',
    '= 5',
    [
      "1:1 config-syntax '=' -> remove it",
      "1:3 config-syntax '5'",
      "1:3 config-unknown-key '5' -> known here: schema-version, system, admin, listeners, routes, upstreams, agents, filters, waf, challenge, limits, observability, include, defaults",
    ],
  ],
  [
    ': after a key',
    'system { worker-threads: 500 }',
    ["1:24 config-syntax ':' -> write: worker-threads …", "1:26 config-bad-value '500' -> the nearest is 256"],
  ],
  [': with blanks', 'limits { max-connections : 5 }', ["1:26 config-syntax ':' -> write: max-connections …"]],
  [': as in JSON', 'limits { "max-connections": 5 }', ["1:27 config-syntax ':' -> write: max-connections …"]],
  [
    ': without blanks',
    'limits { max-connections:5 }',
    ["1:25 config-syntax ':' -> write: max-connections …", "1:26 config-wrong-type '5' -> write 5, without quotes"],
  ],
  [
    'a unit on a bare number',
    'system { graceful-shutdown-timeout-secs 30s }',
    [`1:41 config-syntax '30s' -> write "30s"`],
  ],
  [
    'single quotes',
    "admin { address 'a b:1' }",
    [
      `1:17 config-syntax ''a b:1'' -> write "a b:1"`,
      `1:17 config-bad-value ''a b:1'' -> for example "127.0.0.1:8080"`,
    ],
  ],
  [
    'a single quote that is not closed',
    "limits { max-connections '5 }\nx",
    [
      `1:26 config-syntax ''5' -> write "5"`,
      "1:26 config-wrong-type ''5' -> write 5, without quotes",
      "2:1 config-unknown-key 'x' -> known here: schema-version, system, admin, listeners, routes, upstreams, agents, filters, waf, challenge, limits, observability, include, defaults",
    ],
  ],
  [
    '# comments',
    '# one\nadmin { address "127.0.0.1:1" # two { three\n# four\n}',
    [
      "1:1 config-syntax '#' -> write '//' instead of '#'",
      "2:31 config-syntax '#' -> write '//' instead of '#'",
      "3:1 config-syntax '#' -> write '//' instead of '#'",
    ],
  ],
  [
    'an unknown keyword',
    'limits { max-connections #treu }',
    [
      "1:26 config-syntax '#treu' -> did you mean #true?",
      "1:26 config-wrong-type '#treu' -> write a number, such as 10000",
    ],
  ],
  [
    'commas between values',
    inRoute('matches { method "GET", "POST" }'),
    ["1:70 config-syntax ',' -> remove the comma"],
  ],
  [
    'a list that is not closed',
    inRoute('matches { method ["GET", "POST" }'),
    ["1:65 config-syntax '[' -> close it with ']'"],
  ],
  [
    'a list that is not closed, line by line',
    inRoute('matches {\n method ["GET",\n path "/"\n }'),
    ["2:9 config-syntax '[' -> close it with ']'"],
  ],
  [
    'a list without a key',
    '["a"]',
    [
      "1:1 config-syntax '[' -> a block is written: name { … }",
      `1:2 config-unknown-key '"a"' -> known here: schema-version, system, admin, listeners, routes, upstreams, agents, filters, waf, challenge, limits, observability, include, defaults`,
      "1:5 config-syntax ']' -> remove it",
    ],
  ],
  ['a path without quotes', inRoute('matches { path /a/b }'), [`1:63 config-syntax '/a/b' -> write "/a/b"`]],
  [
    'an address without quotes',
    'admin { address 127.0.0.1:80; }',
    [`1:17 config-syntax '127.0.0.1:80' -> write "127.0.0.1:80"`],
  ],
  [
    'an URL without quotes',
    'upstreams { upstream "a" { target http://b:1 } }',
    [
      `warning 1:22 config-unused '"a"'`,
      `1:35 config-syntax 'http://b:1' -> write "http://b:1"`,
      `1:35 config-bad-value 'http://b:1' -> for example "127.0.0.1:8080"`,
    ],
  ],
  [
    'raw texts of KDL 1',
    inRoute('matches { path-regex r"^/\\d" r#"^/"b"# }'),
    [`1:69 config-syntax 'r"^/\\d"' -> write #"^/\\d"#`, `1:77 config-syntax 'r#"^/"b"#' -> write #"^/"b"#`],
  ],
  [
    'a backslash that escapes nothing',
    inRoute('matches { path-regex "^/\\d+\\.x" }'),
    [
      `1:72 config-syntax '\\d' -> write \\\\d for a backslash, or #"…"# around the text`,
      `1:75 config-syntax '\\.' -> write \\\\. for a backslash, or #"…"# around the text`,
    ],
  ],
  [
    'a property in parts',
    'upstreams { upstream "a" { target "b:1" weight 2 } }',
    [`warning 1:22 config-unused '"a"'`, "1:41 config-extra-value 'weight' -> if a property is meant: weight=2"],
  ],
  [
    'a text that is not closed',
    'admin { address "127.0.0.1:1 }\nlimits { max-conections 1 }',
    [
      `1:17 config-syntax '"' -> close it with "`,
      "2:10 config-unknown-key 'max-conections' -> did you mean 'max-connections'?",
    ],
  ],
  [
    'a raw text that is not closed',
    'admin { address #"127.0.0.1:1" }\nlimits { }',
    [`1:17 config-syntax '#"' -> close it with "#`],
  ],
  [
    'a text of several lines that is not closed',
    'admin {\n address """\n a:1\n}',
    [`2:10 config-syntax '"""' -> close it with """`],
  ],
  [
    'a comment that is not closed',
    'admin { /* a\n address "127.0.0.1:1" }',
    [`1:9 config-syntax '/*' -> close it with '*/'`],
  ],
  [
    "a '}' that is missing",
    'admin {\n  address "127.0.0.1:1"\nlimits { max-connections 5 }\n',
    ["1:1 config-syntax 'admin {'"],
  ],
  [
    "a '}' that is missing at the end",
    'limits {\n  max-connections 5\n',
    [`1:1 config-syntax 'limits {' -> add '}' where it ends`],
  ],
  [
    "a '}' that is missing deep inside",
    'routes {\n  route "a" {\n    matches {\n      path "/"\n    builtin-handler "status"\n  }\n}\n',
    ["3:5 config-syntax 'matches {'"],
  ],
  [
    "a '{' that is missing",
    'limits\n  max-connections 5\n}\nadmin { address "127.0.0.1:1" }',
    [`1:1 config-syntax 'limits' -> add '{' at the end of this line`],
  ],
  ["a '}' too many", 'limits { } }', [`1:12 config-syntax '}' -> remove it, or add the '{' that is missing before it`]],
  ["a '{' without a key", '{ }', ["1:1 config-syntax '{'"]],
  ['a key behind a block', 'limits { } admin { address "127.0.0.1:1" }', ["1:12 config-syntax 'admin'"]],
  ['a type', 'limits { max-connections (u8)5 }', ["1:26 config-syntax '(u8)' -> remove it"]],
  ['parentheses', 'limits { max-connections (5 }', ["1:26 config-syntax '(' -> remove it"]],
  ['a closing parenthesis', 'limits { max-connections 5) }', ["1:27 config-syntax ')' -> remove it"]],
  [
    'semicolons too many',
    'limits { max-connections 5;; };;',
    ["1:28 config-syntax ';' -> remove it", "1:32 config-syntax ';' -> remove it"],
  ],
  [
    'values without a blank between them',
    'routes { route "a""b" { builtin-handler "status" } }',
    [`1:19 config-syntax '"b"'`, `1:19 config-extra-value '"b"' -> remove it`],
  ],
  [
    'a NUL byte',
    'limits { max-\u0000connections 5 }',
    [
      "1:10 config-unknown-key 'max-' -> did you mean 'max-connections'?",
      "1:14 config-not-text '\u0000' -> remove it; in a text it is written \\u{0000}",
    ],
  ],
  [
    'a character that turns the order of text around',
    '// \u202e } evil\nlimits { }',
    ["1:4 config-not-text '\u202e' -> remove it; in a text it is written \\u{202e}"],
  ],
  [
    'a byte order mark inside',
    'limits {\ufeff }',
    ["1:9 config-not-text '\ufeff' -> remove it; in a text it is written \\u{feff}"],
  ],
];

for (const [title, text, problems] of transcripts) test(title, () => expectHints(text, problems));

test('blocks nest to the bound and no deeper', () => {
  const nested = (depth: number) => `${'a {'.repeat(depth)}${'}'.repeat(depth)}`;
  assert.equal(mend(makeSource('a.kdl', nested(64))).problems.length, 0);
  expectProblems(nested(65), ["1:195 config-too-deep '{'"]);
  expectProblems(nested(10_000), ["1:195 config-too-deep '{'"]);
});

test('what is missing is named where it is of use', () => {
  const { problems } = mend(
    makeSource('a.kdl', 'admin {\n  address "127.0.0.1:1"\n\nlimits {\n  max-connections 5\n}\n'),
  );
  assert.deepEqual(
    problems.map(({ what, other }) => `${what}: ${other?.what} ${other?.place.line}:${other?.place.column}`),
    ["this block is never closed: a '}' is missing: this looks as if it were outside of it 4:1"],
  );
});

const fill = (piece: string) => piece.repeat(Math.ceil(2 ** 16 / piece.length));

/** One piece, over and over: refused with a place, whatever it is. */
const junk = [
  '{',
  '}',
  '"',
  ';',
  '"\n',
  '{\n',
  'a {',
  'a {\n',
  '[',
  ']',
  '(',
  ')',
  '=',
  ',',
  '#',
  '# a\n',
  '\\',
  '/*',
  '/-a ',
  "'a ",
  'r#"',
  '#"\n',
  'a:\n',
  '30s\n',
  'http:// ',
  '\u0000',
  '"""\n',
  'a#b\n',
  'x ',
  'a 1\n',
  '~',
];

for (const piece of junk) {
  test(`${JSON.stringify(piece)} over and over is refused`, () => {
    const { problems } = mend(makeSource('a.kdl', fill(piece)));
    assert(problems.length <= limits.problemsShownMax + 1);
  });
}
