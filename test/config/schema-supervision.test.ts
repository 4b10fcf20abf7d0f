// The keys of supervision as an operator writes them: bounds, names that must exist, and nothing that goes round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { configOf } from '../support/config.ts';

const agent = (name: string, more: string) =>
  `agent "${name}" { use "echo"; transport { unix-socket "${name}" }; events "request-headers"; failure-mode "open"; ${more} }`;

test('defaults', () => {
  const { agents, system } = configOf(`agents { ${agent('a', '')} }`).config;
  assert.partialDeepStrictEqual(agents[0], {
    after: [],
    failedRetryMs: 60_000,
    livenessIntervalMs: 2000,
    livenessMisses: 3,
    confined: true,
    mayRead: [],
  });
  assert.equal(agents[0]?.memoryMax, undefined);
  assert.partialDeepStrictEqual(system, { autoReload: false, orphanGraceMs: 30_000 });
});

test('an agent after one that there is not', () => {
  const loaded = loadText('test.kdl', `agents { ${agent('auth', '')}; ${agent('b', 'after "auht"')} }`);
  const unknown = loaded.problems.find(({ code }) => code === 'config-unknown-name');
  assert.match(unknown?.hint ?? '', /did you mean "auth"/);
});
