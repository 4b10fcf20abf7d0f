// `top`: one screen; where there is no terminal it is printed once, without escapes or keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipped, frame } from '../../../stack/commands/top.ts';
import { type } from '../../support/terminal.ts';
import { report, Standing } from '../standing.ts';

test('without a terminal: once, and no litter', async () => {
  await using stack = await Standing.open({ reports: [report(0), report(10)] });
  const { code, stdout } = await type(`top --runtime-dir ${stack.folder}`);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /\d+(\.\d)? req\/s {3}0 refused\/s {3}p50 \d\.\d ms {3}p99 \d\.\d ms {3}3 in flight {3}7 connections/,
  );
  assert(!stdout.includes('\x1b') && !stdout.includes('q quit'), stdout);
});

test('a frame covers what was there and is no wider than the screen', () => {
  assert.equal(frame(['abc', 'd'], { columns: 2 }), '\x1b[Hab\x1b[K\r\nd\x1b[K\x1b[J');
  assert.equal(clipped('\x1b[31mabc\x1b[39m', 2), '\x1b[31mab\x1b[39m');
});
