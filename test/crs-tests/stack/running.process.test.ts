// The stack as a process of the runner: up, and gone again; or what it says when it cannot start.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { portOf, startStack, wordsOf } from '../../../crs-tests/stack/running.ts';
import { Stop } from '../../../crs-tests/stop.ts';
import { folderWith } from '../../support/terminal.ts';
import { exchangeWith } from '../exchange.ts';

const setting = (rule: string) => ({ rules: { setup: [], rules: [rule] }, backend: '127.0.0.1:9', processes: 1 });

test('it listens, and leaves nothing behind', async () => {
  await using folder = await folderWith({ 'r.conf': 'SecRule ARGS "@contains evil" "id:7,phase:1,deny,log"' });
  const stack = await startStack(setting(join(folder.path, 'r.conf')), 1);
  const path = dirname(stack.folder.configuration);
  {
    await using _ = stack;
    assert.match(await exchangeWith(stack.port, 'GET / HTTP/9\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert(existsSync(path) && !stack.hasEnded());
  }
  assert(!existsSync(path) && stack.hasEnded());
});

test('rules that cannot be used are told in its words', async () => {
  await using folder = await folderWith({ 'r.conf': 'SecRule ARGS "@rx (" "id:7,phase:1"' });
  await assert.rejects(
    startStack(setting(join(folder.path, 'r.conf')), 1),
    (error: Stop) => error instanceof Stop && /^the stack did not start:\nerror: [^{]*r\.conf:1:/.test(error.message),
  );
});

test('the port stands in the line that says that all is up', () => {
  assert.equal(portOf('{"event":"stack-ready","listening":{"lab":["127.0.0.1:4711"]}}'), 4711);
  assert.equal(portOf('{"event":"listening","port":1}'), undefined);
});

test('of what it prints the sentences are told, or the last lines where there are none', () => {
  assert.equal(wordsOf(['{"event":"x"}', 'error: because', '{"event":"y"}']), 'error: because');
  assert.equal(wordsOf(Array.from({ length: 30 }, (_, index) => `{${index}}`)).split('\n').length, 20);
});
