// The relations between bounds hold, and the check that says so notices when one does not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as limits from '#config/limits';

const bounds = {
  configurationLimits: limits.configurationLimits,
  proxyLimits: limits.proxyLimits,
  upstreamLimits: limits.upstreamLimits,
  agentLimits: limits.agentLimits,
};

test('the bounds of the product keep their relations', () => limits.assertRelations(bounds));

const broken: ReadonlyArray<readonly [string, limits.Bounds]> = [
  [
    'a default above the most',
    { ...bounds, proxyLimits: { ...bounds.proxyLimits, priority: { least: 0, default: 20, most: 10 } } },
  ],
  [
    'a default below the least',
    { ...bounds, agentLimits: { ...bounds.agentLimits, callMs: { least: 200, default: 100, most: 500 } } },
  ],
  [
    'one client may take every connection',
    {
      ...bounds,
      proxyLimits: { ...bounds.proxyLimits, connectionsPerClientMax: { least: 1, default: 20_000, most: 30_000 } },
    },
  ],
  [
    'a dead target takes the whole exchange',
    {
      ...bounds,
      upstreamLimits: { ...bounds.upstreamLimits, connectMs: { least: 1, default: 60_000, most: 600_000 } },
    },
  ],
  [
    'a file larger than all files',
    { ...bounds, configurationLimits: { ...bounds.configurationLimits, totalBytesMax: 1 } },
  ],
  [
    'more problems shown than kept',
    { ...bounds, configurationLimits: { ...bounds.configurationLimits, problemsKeptMax: 10 } },
  ],
];

for (const [title, planted] of broken) {
  test(`noticed: ${title}`, () => assert.throws(() => limits.assertRelations(planted), assert.AssertionError));
}

test('every fixed bound is a positive whole number whose name says its unit', () => {
  const { messageLimits, bufferLimits, timeLimits, wireLimits, hostLimits, denylistLimits } = limits;
  const { supervisorLimits, systemLimits } = limits;
  const groups = {
    messageLimits,
    bufferLimits,
    timeLimits,
    wireLimits,
    hostLimits,
    denylistLimits,
    supervisorLimits,
    systemLimits,
  };
  for (const [name, value] of Object.values(groups).flatMap((group) => Object.entries(group))) {
    assert(Number.isInteger(value) && value > 0, name);
    assert.match(name, /(?:Bytes|Max|Ms)$/, name);
  }
});

test('what the protocol promises to agents in other languages changes by decision only', () => {
  assert.deepEqual(limits.wireLimits, {
    frameBytesMax: 10_485_760,
    frameV2BytesMax: 16_777_216,
    lengthBytes: 4,
    headerMutationsMax: 100,
    headerNameBytesMax: 256,
    headerValueBytesMax: 16_384,
    redirectUrlBytesMax: 8192,
    textCharactersMax: 4096,
    auditItemsMax: 100,
    correlationIdCharactersMax: 256,
    routeTagsMax: 32,
    nestingMax: 32,
    protobufPartsMax: 65_536,
    challengeParamsMax: 32,
    controlListMax: 1000,
  });
});
