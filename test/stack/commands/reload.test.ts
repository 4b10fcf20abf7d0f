// `reload` shows what changed, by meaning.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reloadWords } from '../../../stack/commands/reload.ts';
import { type } from '../../support/terminal.ts';
import { Standing } from '../standing.ts';

const changes = ['~ routes.api: policies.timeout-secs 30 -> 10', '+ upstreams.blue', '- agents.old'];

test('a line for each thing, in columns', async () => {
  await using stack = await Standing.open({ outcome: { ok: true, result: 'applied', changes, ms: 212 } });
  const { code, stdout } = await type(`reload --runtime-dir ${stack.folder}`);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `  ~  routes.api      policies.timeout-secs 30 -> 10
  +  upstreams.blue
  -  agents.old
applied in 212 ms · 3 changes
`,
  );
});

test('nothing to do, and colour', () => {
  const done = { ok: true, result: 'unchanged', ms: 7 } as const;
  assert.equal(
    reloadWords({ ...done, changes: [] }, { color: false }),
    'nothing differs in meaning; looked at in 7 ms\n',
  );
  assert(reloadWords({ ...done, changes }, { color: true }).includes('\x1b[32m+'));
});
