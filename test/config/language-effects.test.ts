// Keys whose effect is on the reading of the configuration itself.

import assert from 'node:assert/strict';
import { loadText } from '#config/load';
import { effect } from '../support/effect.ts';

const base = 'listeners { listener "a" { address "127.0.0.1:0" } }\n';
const problemsOf = (text: string): string[] =>
  loadText('test.kdl', base + text).problems.map(({ what, hint }) => `${what} (${hint})`);

effect('schema-version', () => {
  assert.deepEqual(problemsOf('schema-version "1"\nroutes { route "r" { builtin-handler "status" } }'), []);
  assert.deepEqual(problemsOf('schema-version "2"\nroutes { route "r" { builtin-handler "status" } }'), [
    'this file is written for version 2 of the language; this program knows version 1 (upgrade sentinel-stack, or write the file for the older version)',
  ]);
});

effect('filters.filter.type', () => {
  const filter = (type: string) =>
    `agents { agent "x" { transport { unix-socket "x.sock" }; events "request-headers"; failure-mode "open" } }
     routes { route "r" { builtin-handler "status"; filters "f" } }
     filters { filter "f" { type "${type}"; agent "x" } }`;
  assert.deepEqual(problemsOf(filter('agent')), []);
  assert.deepEqual(problemsOf(filter('rate-limit')), [`'type' takes only "agent", not "rate-limit" (write "agent")`]);
});
