// The shapes of what routes say about access and files: what they let through and what not.

import { test } from 'node:test';
import { expectProblems } from '../support/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

const route = (text: string) =>
  `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "a" { ${text} } }`;

test('names of files stay below the root', () => {
  using folder = tempFolder({ 'www/a': 'x' });
  const files = (text: string) => route(`static-files { root "${folder.of('www')}"; ${text} }`);
  for (const good of ['index "home.htm"', 'fallback "/app/index.html"']) expectProblems(files(good), []);
  for (const [key, value] of [
    ['index', 'a/b'],
    ['index', '..'],
    ['fallback', 'index.html'],
    ['fallback', '/../x'],
    ['fallback', '/a//b'],
    ['cache-control', 'a\\r\\nb'],
  ] as const) {
    const text = files(`${key} "${value}"`);
    const column = (text.split('\n')[1] ?? '').indexOf(`${key} "`) + key.length + 2;
    expectProblems(text, [`2:${column} config-bad-value '"${value}"'`]);
  }
});

test('a realm can be quoted', () => {
  expectProblems(route('builtin-handler "echo"; basic-auth { realm "a\\"b"; users-file "/dev/null/x" }'), [
    `2:65 config-bad-value '"a\\"b"'`,
    `2:84 config-secret-unreadable '"/dev/null/x"'`,
  ]);
});
