// Lines through the control socket: chosen, followed, ended with the stack.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followStack } from '../../../stack/api/client.ts';
import type { LineShape } from '../../../stack/api/shapes.ts';
import { eventually } from '../processes.ts';
import { Standing } from '../standing.ts';

const never = new AbortController().signal;

async function linesOf(stack: Standing, query: string): Promise<string[]> {
  const lines: LineShape[] = [];
  const told = await followStack(stack.socketPath, `/v1/logs?${query}`, (line) => lines.push(line), never);
  assert(told.ok);
  return lines.map((line) => ('text' in line ? `${line.name} ${line.level} ${line.text}` : `dropped ${line.dropped}`));
}

test('the last of what matches, by name and level', async () => {
  await using stack = await Standing.open();
  stack.journal.add('waf', 'stdout', 'calm');
  stack.journal.add('proxy/1', 'stdout', '{"status":502,"path":"/"}');
  stack.journal.add('proxy/2', 'stderr', 'oh no');
  assert.deepEqual(await linesOf(stack, ''), [
    'waf info calm',
    'proxy/1 warn {"status":502,"path":"/"}',
    'proxy/2 warn oh no',
  ]);
  assert.deepEqual(await linesOf(stack, 'name=proxy&lines=1'), ['proxy/2 warn oh no']);
  assert.deepEqual(await linesOf(stack, 'level=warn&name=waf'), []);
  assert.deepEqual(await linesOf(stack, 'level=warn&lines=1'), ['proxy/2 warn oh no']);
});

test('following: what comes, by the same choice, until the stack ends', async () => {
  const lines: LineShape[] = [];
  const stack = await Standing.open();
  stack.journal.add('waf', 'stdout', 'before');
  const following = followStack(stack.socketPath, '/v1/logs?follow=1&name=waf', (line) => lines.push(line), never);
  await eventually('the line of before', () => lines.length === 1);
  stack.journal.add('proxy/1', 'stdout', 'not asked for');
  stack.journal.add('waf', 'stdout', 'after');
  await eventually('the line of after', () => lines.length === 2);
  await stack[Symbol.asyncDispose]();
  assert.deepEqual(await following, { ok: true, value: undefined });
});
