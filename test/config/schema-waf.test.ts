// The words of the firewall as an operator writes them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, expectProblems } from '../support/config.ts';

const frame =
  'listeners { listener "h" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

test('the block alone: every key has a value', () => {
  const { waf } = configOf(`${frame}waf { }`).config;
  assert.partialDeepStrictEqual(waf, {
    mode: 'prevention',
    rules: [],
    paranoiaLevel: 1,
    anomalyThreshold: 5,
    outboundThreshold: 4,
    bodyInspection: { request: true, response: false, maxBytes: 1024 * 1024, onTooLarge: 'refuse' },
    failureMode: 'closed',
    timeoutMs: 1000,
    instances: 1,
  });
});

test('what cannot stand in a rule is refused where it is written', () => {
  const exclusion = (keys: string) => `${frame}waf { exclusions { exclusion "e" { ${keys} } } }`;
  expectProblems(exclusion('rule-ids "x"'), ['3:45 config-bad-value \'"x"\'']);
  expectProblems(exclusion('rule-ids 1; path "/a\\"b"'), ['3:53 config-bad-value \'"/a\\"b"\'']);
  expectProblems(exclusion('rule-ids 1; targets "ARGS:a,b"'), ['3:56 config-bad-value \'"ARGS:a,b"\'']);
  expectProblems(exclusion('tags "a b"'), ['3:41 config-bad-value \'"a b"\'']);
  expectProblems(`${frame}waf { audit-log { path "a"; parts "HA" } }`, ['3:35 config-bad-value \'"HA"\'']);
});
