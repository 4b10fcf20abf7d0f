// Keys of upstreams and retries that contradict each other or do nothing together, at their place.

import { test } from 'node:test';
import { expectHints } from '../support/config.ts';

const config = (inUpstream: string, inRoute = 'upstream "u"', more = ''): string =>
  `listeners { listener "a" { address "127.0.0.1:0" } }
routes { route "r" { ${inRoute} }; route "s" { matches { path "/s" }; upstream "u" } }
upstreams { upstream "u" { target "127.0.0.1:1"
${inUpstream}
} }
${more}`;

test('what only an http probe does, beside a tcp one', () => {
  expectHints(config('health-check { path "/well"; expected-status "200"; host "a"; body-match "x" }'), [
    `4:21 config-conflict '"/well"' -> add: type "http"`,
    `4:30 config-conflict 'expected-status' -> add: type "http"`,
    `4:58 config-conflict '"a"' -> add: type "http"`,
    `4:74 config-conflict '"x"' -> add: type "http"`,
  ]);
  expectHints(config('health-check { type "http"; path "/well?x=1"; expected-status "200-299" "401" }'), []);
});

test('times and ranges that contradict each other', () => {
  expectHints(config('health-check { type "http"; timeout-secs 20; expected-status "299-200" "2xx" }'), [
    `4:42 config-conflict '20' -> lower it, or raise 'interval-secs'`,
    `4:62 config-bad-value '"299-200"' -> write "200-299"`,
    `4:72 config-bad-value '"2xx"' -> for example "200-299" "401"`,
  ]);
  expectHints(config('ejection { ejection-secs 600 }'), [
    `4:26 config-conflict '600' -> lower it, or raise 'max-ejection-secs'`,
  ]);
});

test('retries of a route that forwards nothing', () => {
  expectHints(config('', 'builtin-handler "echo"; retry-policy { max-attempts 2 }'), [
    `2:46 config-conflict 'retry-policy' -> give it an upstream, or remove the policy`,
  ]);
});

test('name servers are given by address', () => {
  expectHints(config('', undefined, 'system { name-servers "127.0.0.1:53" "[::1]:53" "dns.example:53" "unix:/x" }'), [
    `6:49 config-bad-value '"dns.example:53"' -> write its address and port, such as "127.0.0.53:53"`,
    `6:66 config-bad-value '"unix:/x"' -> write its address and port, such as "127.0.0.53:53"`,
  ]);
});
