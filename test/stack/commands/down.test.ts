// `down` waits for the end, and its exit code says whether anything was cut off.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainWords } from '../../../stack/commands/down.ts';
import { type } from '../../support/terminal.ts';
import { childOf, Standing } from '../standing.ts';

const stopped = { type: 'stack-stopped', ms: 41, killed: [], connections: 2, cut: 0 } as const;

test('a calm end is 0', async () => {
  await using stack = await Standing.open({ stopped });
  const { code, stdout } = await type(`down --runtime-dir ${stack.folder}`);
  assert.deepEqual([code, stdout], [0, '2 connections closed, 0 requests cut, stopped in 41 ms\n']);
});

test('what was killed, and what was cut, is 5', async () => {
  await using killed = await Standing.open({ stopped: { ...stopped, killed: ['proxy/2'] } });
  const said = await type(`down --runtime-dir ${killed.folder}`);
  assert.deepEqual([said.code, /killed: proxy\/2\n$/.test(said.stdout)], [5, true]);
  await using cut = await Standing.open({ stopped: { ...stopped, cut: 1 } });
  const data = await type(`down --json --runtime-dir ${cut.folder}`);
  assert.deepEqual([data.code, JSON.parse(data.stdout).cut], [5, 1]);
});

test('what it waits for', () => {
  const worker = { requestsPerSecond: 0, refusalsPerSecond: 0, inFlight: 1, connections: 2 };
  const children = [childOf(), childOf({ pid: undefined })].map(({ lastExit: _, ...rest }) =>
    JSON.parse(JSON.stringify(rest)),
  );
  const rates = { workers: { 'proxy/1': worker }, agents: {}, upstreams: [] };
  assert.equal(drainWords({ children, rates }), 'draining … 1 request, 2 connections, 1 process left');
});
