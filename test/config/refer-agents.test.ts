// Keys of agents that do nothing beside each other are refused.

import { test } from 'node:test';
import { expectProblems } from '../support/config.ts';

const config = (agent: string) =>
  `listeners { listener "h" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status"; filters "f" } }\nagents { agent "a" { transport { unix-socket "s" }; failure-mode "open"; ${agent} } }\nfilters { filter "f" { agent "a" } }`;

test('body-handling without an event about bodies', () => {
  expectProblems(config('events "request-headers"; body-handling { mode "stream" }'), [
    "3:100 config-conflict 'body-handling'",
  ]);
});

test('on-too-large in stream mode', () => {
  expectProblems(config('events "request-body"; body-handling { mode "stream"; on-too-large "inspect-prefix" }'), [
    `3:141 config-conflict '"inspect-prefix"'`,
  ]);
});

test('an event twice', () => {
  expectProblems(config('events "log" "log"'), ["3:74 config-conflict 'events'"]);
});
