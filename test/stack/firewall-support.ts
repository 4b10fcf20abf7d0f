// What the firewall's program answers, for tests of those who print it.

import type { ComparisonShape, ExplainedShape } from '../../stack/firewall-shapes.ts';

export const proof: ComparisonShape = {
  requests: 1902,
  refused: 200,
  nowPass: 14,
  nowRefused: 0,
  otherwise: 0,
  unlikeThen: 0,
  failed: 0,
  changes: [],
  places: [{ place: 'POST /editor/save', requests: 14 }],
};

export const explained: ExplainedShape = {
  ok: true,
  request: {
    id: '01JD8',
    at: 880_000,
    method: 'GET',
    target: '/editor/save?html=%3Cimg',
    client: '203.0.113.9',
    verdict: 'blocked',
    status: 403,
    score: 10,
  },
  now: 'blocked',
  score: 10,
  threshold: 5,
  culprits: [
    { ruleId: 941100, target: 'ARGS:html', message: 'XSS detected by tokens', points: 5, matched: '<img src=x' },
    { ruleId: 941160, target: 'ARGS:html', message: 'HTML injection', points: 5 },
  ],
  masked: [],
  isBodyCut: false,
  isReply: false,
  exclusion: {
    text: 'SecRule REQUEST_FILENAME "@streq /editor/save" "id:9980001"',
    path: '/editor/save',
    rules: [{ ruleId: 941100, targets: ['ARGS:html'] }],
    passes: true,
    hidden: [],
    proof,
  },
  exclusionsFile: '/tmp/waf-exclusions.conf',
};
