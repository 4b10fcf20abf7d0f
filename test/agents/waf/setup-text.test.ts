// The SecLang that a configuration stands for: it loads, and it does what was said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginTransaction } from '../../../agents/waf/engine.ts';
import { routeVariable, setupTexts } from '../../../agents/waf/setup-text.ts';
import { ruleSetOf, toldBy } from './agent-support.ts';

const rules = `SecRule ARGS "@contains evil" "id:100,phase:2,deny,status:403,log,msg:'evil',tag:'attack-evil'"`;

interface Asked {
  readonly target: string;
  readonly route?: string;
  readonly type?: string;
  readonly body?: string;
}

function statusOf(
  block: string,
  { target, route = 'r', type, body }: Asked,
  ofRoute = '',
  set = rules,
): number | undefined {
  const transaction = beginTransaction(ruleSetOf(set, toldBy(block, ofRoute)), {
    connection: { clientAddress: '127.0.0.1', clientPort: 1, serverAddress: '', serverPort: 0 },
    uniqueId: 'x',
    startedAtMs: 0,
    environment: { [routeVariable]: route },
  });
  const headers: [string, string][] = [
    ['Host', 'a'],
    ...(type === undefined
      ? []
      : ([
          ['Content-Type', type],
          ['Content-Length', '1'],
        ] as [string, string][])),
  ];
  transaction.requestHead({ method: body === undefined ? 'GET' : 'POST', target, protocol: 'HTTP/1.1', headers }, 0);
  if (body !== undefined) transaction.addRequestBody(body);
  return transaction.requestBody(0).status;
}

test('modes, for all and for one route', () => {
  const evil = { target: '/?a=evil' };
  assert.equal(statusOf('waf { }', evil), 403);
  assert.equal(statusOf('waf { mode "detection" }', evil), undefined);
  assert.equal(statusOf('waf { mode "off" }', evil), undefined);
  assert.equal(statusOf('waf { }', evil, 'waf { mode "detection" }'), undefined);
  assert.equal(statusOf('waf { }', { ...evil, route: 'other' }, 'waf { mode "detection" }'), 403);
  assert.equal(statusOf('waf { mode "detection" }', evil, 'waf { mode "prevention" }'), 403);
});

test('an exclusion without a place, below a path, in a route', () => {
  const exclusion = (keys: string) => `exclusions { exclusion "e" { ${keys} } }`;
  const at = (target: string, keys: string, ofRoute = false) =>
    ofRoute
      ? statusOf('waf { }', { target }, `waf { ${exclusion(keys)} }`)
      : statusOf(`waf { ${exclusion(keys)} }`, { target });
  assert.equal(at('/?a=evil', 'rule-ids 100'), undefined);
  assert.equal(at('/?a=evil', 'rule-ids "50-150"'), undefined);
  assert.equal(at('/?a=evil', 'tags "attack-evil"'), undefined);
  assert.equal(at('/?a=evil', 'tags "attack"'), 403); // a tag is meant, not a part of one
  assert.equal(at('/?a=evil', 'rule-ids 100; targets "ARGS:a"'), undefined);
  assert.equal(at('/?b=evil', 'rule-ids 100; targets "ARGS:a"'), 403);
  assert.equal(at('/?ab=evil', 'tags "attack-evil"; targets "ARGS:/^a/"'), undefined);
  for (const ofRoute of [false, true]) {
    assert.equal(at('/editor/save?a=evil', 'rule-ids 100; path "/editor"', ofRoute), undefined);
    assert.equal(at('/editor/../x?a=evil', 'rule-ids 100; path "/editor"', ofRoute), 403);
    assert.equal(at('/editor?a=evil', 'tags "attack-evil"; path "/editor"; targets "ARGS:a"', ofRoute), undefined);
    assert.equal(at('/editor?b=evil', 'tags "attack-evil"; path "/editor"; targets "ARGS:a"', ofRoute), 403);
  }
  assert.equal(at('/?a=evil', 'rule-ids 100', true), undefined);
});

test('levels and thresholds, by the names that CRS gave them', () => {
  const byLevel = `SecRule TX:blocking_paranoia_level "@ge 2" "id:1,phase:2,deny,status:402"
SecRule TX:inbound_anomaly_score_threshold "@eq 9" "id:2,phase:2,deny,status:409"`;
  const ask = (block: string, ofRoute = '') => statusOf(block, { target: '/' }, ofRoute, byLevel);
  assert.equal(ask('waf { }'), undefined);
  assert.equal(ask('waf { paranoia-level 2 }'), 402);
  assert.equal(ask('waf { anomaly-threshold 9 }'), 409);
  assert.equal(ask('waf { }', 'waf { paranoia-level 3 }'), 402);
  assert.equal(ask('waf { paranoia-level 4 }', 'waf { paranoia-level 1; anomaly-threshold 9 }'), 409);
});

test('a body that is not what its type says', () => {
  const broken = { target: '/', type: 'application/json', body: '{"a' };
  assert.equal(statusOf('waf { }', broken), 400);
  assert.equal(statusOf('waf { }', { ...broken, type: 'application/problem+json' }), 400);
  assert.equal(statusOf('waf { }', { ...broken, body: '{"a":"evil"}' }), 403);
  assert.equal(statusOf('waf { body-inspection { request #false } }', { ...broken, body: '{"a":"evil"}' }), undefined);
  assert.equal(
    statusOf('waf { }', { ...broken, body: '{"a":"evil"}' }, 'waf { inspect-request-body #false }'),
    undefined,
  );
});

test('every text of it is one that loads, and ids are used once', () => {
  const told = toldBy(
    'waf { body-inspection { on-too-large "inspect-prefix" }; audit-log { path "a" }; exclusions { exclusion "a" { tags "x"; path "/a" } } }',
    'waf { mode "off"; paranoia-level 2; exclusions { exclusion "b" { rule-ids 1; path "/b" } } }',
  );
  const { before } = setupTexts(told);
  const ids = [...before.text.matchAll(/\bid:(\d+)/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert(ruleSetOf(rules, told).phases.flat().length > 5);
});
