// Keys that are unknown, repeated or in another form, as transcripts: where, which code, and what to write instead.

import { test } from 'node:test';
import { expectHints } from '../support/config.ts';

const listener = 'listeners { listener "test" { address "127.0.0.1:0" } }\n';
const status = 'builtin-handler "status"';

const refused: ReadonlyArray<readonly [title: string, text: string, problems: readonly string[]]> = [
  ['an unknown block', 'routs { }', ["2:1 config-unknown-key 'routs' -> did you mean 'routes'?"]],
  [
    'an unknown key',
    'limits { max-conections 1 }',
    ["2:10 config-unknown-key 'max-conections' -> did you mean 'max-connections'?"],
  ],
  [
    'a key of another block',
    'limits { load-balancing "random" }',
    ["2:10 config-unknown-key 'load-balancing' -> it belongs in 'upstream'"],
  ],
  [
    'a key of the top level',
    'limits { routes { } }',
    ["2:10 config-unknown-key 'routes' -> it belongs at the top level"],
  ],
  [
    'an include inside a block',
    'limits { include "a" }',
    ["2:10 config-unknown-key 'include' -> it belongs at the top level"],
  ],
  ['nearly an include', 'inclde "a"', ["2:1 config-unknown-key 'inclde' -> did you mean 'include'?"]],
  ['nothing near', 'admin { banana 1 }', ["2:9 config-unknown-key 'banana' -> known here: address, token-file"]],
  [
    'a key twice',
    `limits { max-connections 1; max_connections 2 }`,
    ["2:29 config-duplicate-key 'max_connections' -> keep one of them"],
  ],
  [
    'a value that is missing',
    'limits { max-connections }',
    ["2:10 config-missing-value 'max-connections' -> write: max-connections 10000"],
  ],
  [
    'a list without values',
    `routes { route "a" { ${status}; matches { path } } }`,
    ['2:58 config-missing-value \'path\' -> write: path "/login"'],
  ],
  ['a name that is missing', `routes { route { ${status} } }`, ["2:10 config-missing-value 'route' -> write: route …"]],
  ['a block that is missing', 'limits', ["2:1 config-missing-value 'limits' -> write: limits { … }"]],
  [
    'an item without its block',
    'routes { route "a" }',
    [
      '2:10 config-missing-value \'route\' -> write: route "…" { … }',
      '2:10 config-missing-key \'route\' -> add: upstream "…", static-files { root "…" }, builtin-handler "…", or redirect { to "…" }',
    ],
  ],
  ['two values for one', 'limits { max-connections 1 2 }', ["2:28 config-extra-value '2' -> remove it"]],
  ['a value for a block', 'limits 5 { }', ["2:8 config-extra-value '5' -> write: limits { … }"]],
  [
    'a block for a value',
    'limits { max-connections { } }',
    [
      "2:10 config-extra-value 'max-connections' -> write: max-connections …",
      "2:10 config-missing-value 'max-connections' -> write: max-connections 10000",
    ],
  ],
  [
    'a property that does not belong',
    'admin { address "127.0.0.1:1" tls=1 }',
    ["2:31 config-extra-value 'tls' -> remove it"],
  ],
  ['properties of a collection', 'routes x=1 { }', ["2:8 config-extra-value 'x' -> remove it"]],
];

for (const [title, text, problems] of refused) {
  test(`refused: ${title}`, () => expectHints(`${listener}${text}`, problems));
}
