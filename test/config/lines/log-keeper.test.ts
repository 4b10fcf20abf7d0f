// Who puts the workers' log files aside: by size, by age, once, with what it was; and what it leaves alone.

import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { LineFile } from '#config/lines/line-file';
import { LogKeeper } from '#config/lines/log-keeper';
import { createLogger } from '#config/log';
import type { RotationRules } from '#config/rotation';
import { tempFolder } from '../../support/temp-folder.ts';

function keeper(rules: Partial<RotationRules> & { readonly path: string }, now = Date.now()) {
  const [told, lines]: [number[], string[]] = [[], []];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  const clock = () => now;
  const one = new LogKeeper([{ maxSize: 0, maxAgeMs: 0, maxFiles: 2, ...rules }], {
    log,
    clock,
    onPutAside: () => told.push(1),
  });
  return { look: () => one.look(), told, lines };
}

test('over its size a file is put aside, and another begun with the same rights', async () => {
  using folder = tempFolder({ log: '1234567890' });
  chmodSync(folder.of('log'), 0o604);
  const { look, told } = keeper({ path: folder.of('log'), maxSize: 10 });
  await look();
  await look();
  assert.deepEqual([readdirSync(folder.path).toSorted(), told.length], [['log', 'log.1'], 1]);
  assert.equal(readFileSync(folder.of('log.1'), 'utf8'), '1234567890');
  assert.deepEqual([statSync(folder.of('log')).size, statSync(folder.of('log')).mode & 0o777], [0, 0o604]);
});

test('over its age likewise, and not a moment before', async () => {
  using folder = tempFolder({ log: 'x' });
  const begun = statSync(folder.of('log')).birthtimeMs;
  const rules = { path: folder.of('log'), maxAgeMs: 60_000 };
  const early = keeper(rules, begun + 59_000);
  await early.look();
  assert.equal(early.told.length, 0);
  const late = keeper(rules, begun + 60_001);
  await late.look();
  assert.deepEqual([readdirSync(folder.path).toSorted(), late.told.length], [['log', 'log.1'], 1]);
});

test('standard output, a file that is not there, and what is no file are left alone', async () => {
  using folder = tempFolder({ target: '1234567890' });
  symlinkSync(folder.of('target'), folder.of('link'));
  for (const path of ['stdout', folder.of('none'), folder.of('link'), '/dev/full']) {
    const { look, told, lines } = keeper({ path, maxSize: 1 });
    await look();
    assert.deepEqual([told, lines], [[], []], path);
  }
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['link', 'target']);
});

test('a file that cannot be renamed is told once, and grows on', async () => {
  using folder = tempFolder({ log: '1234567890', 'log.1/inner': 'a folder is in the way', 'log.2/inner': 'of both' });
  const { look, told, lines } = keeper({ path: folder.of('log'), maxSize: 1 });
  await look();
  await look();
  assert.deepEqual([told.length, lines.length], [0, 1]);
  assert.match(lines[0] ?? '', /log-not-put-aside/);
  assert.equal(readFileSync(folder.of('log'), 'utf8'), '1234567890');
});

test('two who write lose no line while the file is put aside under them', async () => {
  using folder = tempFolder();
  const path = folder.of('log');
  const log = createLogger('test', 'error');
  const writers = [await LineFile.open(path, log), await LineFile.open(path, log)];
  const one = new LogKeeper([{ path, maxSize: 1000, maxAgeMs: 0, maxFiles: 100 }], {
    log,
    onPutAside: () => Promise.all(writers.map((writer) => writer.reopen())),
  });
  // Enough for several batches of each.
  for (let line = 0; line < 2000; line += 1) {
    for (const [index, writer] of writers.entries()) writer.append(`${index} ${line} ${'x'.repeat(1000)}\n`);
    if (line % 100 === 0) await one.look();
  }
  for (const writer of writers) await writer.close();
  const texts = readdirSync(folder.path).map((name) => readFileSync(folder.of(name), 'utf8'));
  assert(texts.length > 2, `${texts.length} files`);
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  assert.equal(new Set(lines.map((line) => line.slice(0, -1001))).size, 4000);
  assert(lines.every((line) => /^\d \d+ x{1000}$/.test(line)));
});
