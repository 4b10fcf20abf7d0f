// Watched files: taken when they have settled, however they are replaced; a bad or missing one leaves the old list.

import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import type { Denylists } from '../../../agents/denylist/model.ts';
import { WatchedFiles } from '../../../agents/denylist/watch.ts';
import { temporaryFolder, until } from '../support.ts';

test('a change is taken, a bad one is told and changes nothing', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('paths');
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  let lists: readonly Denylists[] = [];
  await writeFile(path, '/one\n');
  const files = new WatchedFiles([{ kind: 'paths', path }], log, (now) => {
    lists = now;
  });
  try {
    assert.deepEqual(await files.start(), []);
    lists = files.lists;
    const has = (entry: string) => lists.some(({ paths }) => paths.has(entry));
    assert.equal(has('/one'), true);
    await writeFile(path, '/two\n');
    await until('the written list', () => has('/two') && !has('/one'));
    await writeFile(folder.file('new'), '/three\n');
    await rename(folder.file('new'), path);
    await until('the renamed list', () => has('/three'));
    await writeFile(path, 'four\n');
    const refused = () => lines.filter(({ event }) => event === 'agent-refused-list');
    await until('the refusal', () => refused().length === 1);
    assert.match(JSON.stringify(refused()[0]?.['problems']), /paths:1: 'four' does not begin with a slash/);
    assert.equal(has('/three'), true);
    await rm(path);
    await until('the loss is told', () => refused().length === 2);
    assert.equal(has('/three'), true);
    await writeFile(path, '/five\n');
    await until('the list that came back', () => has('/five'));
  } finally {
    await files.close();
  }
});

test('a bad file is refused at the start, and nothing is watched', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('paths'), 'x\n');
  const log = createLogger('test', 'error', { write: () => undefined });
  const files = new WatchedFiles([{ kind: 'paths', path: folder.file('paths') }], log, () => undefined);
  assert.match((await files.start())[0] ?? '', /paths:1: 'x' does not begin/);
  await files.close();
});
