// What commands that change a stack have in common: the words of what came of it, problems as `check` prints them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { problemAsData } from '#config/report';
import { childPath, doneWords } from '../../stack/act.ts';
import { type } from '../support/terminal.ts';
import { Standing } from './standing.ts';

test('words and paths', () => {
  assert.equal(
    doneWords({ ok: true, result: '', changes: ['a', 'b'], ms: 1200 }, 'restarted'),
    'a, b restarted in 1.2 s\n',
  );
  assert.equal(
    doneWords({ ok: true, result: '', changes: [], ms: 3 }, 'restarted'),
    'nothing had to be restarted in 3 ms\n',
  );
  assert.equal(childPath('proxy/1', 'stop'), '/v1/children/proxy%2F1/stop');
});

test('a refused configuration: each problem with its place, exit code 1', async () => {
  const { problems } = loadText('shop.kdl', 'ruotes { }');
  const complaint = { code: 'reload-refused', what: 'it has 1 error', lines: ['short'], hint: 'check' } as const;
  const data = problems.map((one) => problemAsData(one));
  await using stack = await Standing.open({ outcome: { ok: false, complaint, problems: data } });
  const { code, stdout, stderr } = await type(`reload --runtime-dir ${stack.folder}`);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(
    stderr,
    /shop\.kdl:1:1: error: unknown key 'ruotes'[\s\S]*\^\^\^\^\^\^[\s\S]*error: it has 1 error \[reload-refused\]\n$/,
  );
  const asked = await type(`reload --json --runtime-dir ${stack.folder}`);
  assert.deepEqual([asked.code, JSON.parse(asked.stdout).problems.length], [1, data.length]);
});
