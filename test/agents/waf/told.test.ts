// What the configuration tells is what the agent reads: the two ends of one language.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { readTold } from '../../../agents/waf/told.ts';
import { toldBy } from './agent-support.ts';

test('all that a block can say arrives', () => {
  const told = toldBy(
    `waf {
    mode "detection"; paranoia-level 2; anomaly-threshold 7; outbound-threshold 6
    body-inspection { request #false; response #true; max-bytes "2KiB"; on-too-large "inspect-prefix" }
    exclusions { exclusion "e" { rule-ids 942100 "1-5"; tags "attack-xss"; path "/x"; targets "ARGS:html" } }
    audit-log { path "a.log"; format "native"; parts "ABZ" }
    alert-log { path "b.log" }
    collections-file "c"
  }`,
    'waf { mode "off"; inspect-request-body #false; exclusions { exclusion "r" { tags "t" } } }',
  );
  assert.partialDeepStrictEqual(told, {
    mode: 'detection',
    paranoiaLevel: 2,
    anomalyThreshold: 7,
    outboundThreshold: 6,
    bodyInspection: { request: false, response: true, maxBytes: 2048, onTooLarge: 'inspect-prefix' },
    exclusions: [{ name: 'e', ruleIds: ['942100', '1-5'], tags: ['attack-xss'], path: '/x', targets: ['ARGS:html'] }],
    auditLog: { path: 'a.log', format: 'native', parts: 'ABZ' },
    collectionsFile: 'c',
    routes: { r: { mode: 'off', inspectRequestBody: false, exclusions: [{ name: 'r', tags: ['t'] }] } },
  });
});

test('nonsense is named with its place', () => {
  const problems = readTold({ ...toldBy('waf { }'), mode: 'sometimes', more: 1 });
  assert(Array.isArray(problems));
  assert.match(problems.join('\n'), /^waf\.mode: /m);
  assert.match(problems.join('\n'), /more/);
});

test('without a block there is nothing to tell', () => {
  const loaded = loadText(
    't.kdl',
    'listeners { listener "h" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }',
  );
  assert(loaded.ok);
  assert.deepEqual(loaded.running, loaded.config);
});
