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

test('events by other names, and those that nothing here has', () => {
  expectProblems(config('events "request_body_chunk" "request_complete" "web-socket-frame" "response-body-chunk"'), []);
  expectProblems(config('events "guardrail"'), ['3:81 config-bad-value \'"guardrail"\'']);
  expectProblems(config('events "request-body" "request-body-chunk"'), ["3:74 config-conflict 'events'"]);
});

test('an event twice', () => {
  expectProblems(config('events "log" "log"'), ["3:74 config-conflict 'events'"]);
});

const placed = (transport: string, more = '') =>
  `listeners { listener "h" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status"; filters "f" } }\nagents { agent "a" { transport { ${transport} }; events "log"; failure-mode "open"; ${more} } }\nfilters { filter "f" { agent "a" } }`;

test('an agent is in one place, and over gRPC it is not ours to start', () => {
  expectProblems(placed('grpc { address "a.internal:50051" }'), []);
  expectProblems(placed(''), ["3:22 config-missing-key 'transport'"]);
  expectProblems(placed('unix-socket "s"; grpc { address "a:1" }'), ["3:51 config-conflict 'grpc'"]);
  expectProblems(placed('grpc { address "a:1" }', 'use "echo"'), ["3:34 config-conflict 'grpc'"]);
  expectProblems(placed('grpc { address "http://a:1" }'), ['3:49 config-bad-value \'"http://a:1"\'']);
  expectProblems(placed(`grpc { address "a:1"; tls { client-key "${import.meta.filename}" } }`), [
    "3:56 config-conflict 'tls'",
  ]);
});
