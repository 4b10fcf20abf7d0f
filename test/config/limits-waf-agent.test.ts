// Bounds that must fit each other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentLimits, inspectionLimits } from '#config/limits';
import { wafAgentLimits, wafAgentRanges } from '#config/limits-waf-agent';

test('defaults lie within their ranges', () => {
  for (const [name, { least, default: usual, most }] of Object.entries(wafAgentRanges))
    assert(least <= usual && usual <= most, name);
});

test('what the firewall may ask for the agent protocol allows', () => {
  assert(wafAgentRanges.bodyBytes.most <= inspectionLimits.bodyBytesMax.most);
  assert(wafAgentRanges.timeoutMs.most <= agentLimits.callMs.most);
  assert(wafAgentLimits.sweepMs < wafAgentLimits.transactionMs);
});
