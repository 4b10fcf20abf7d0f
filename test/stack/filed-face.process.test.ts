// The log file of the configuration beside whatever the terminal shows. The keys of its block, each with what it does.

import assert from 'node:assert/strict';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadText } from '#config/load';
import type { Config } from '#config/schema';
import { filedFace } from '../../stack/filed-face.ts';
import type { Fact } from '../../stack/state.ts';
import { effect } from '../support/effect.ts';
import { folderWith } from '../support/terminal.ts';
import { eventually } from './processes.ts';

const none = () => [];
const ended = { type: 'change-ended', change: 'reload', outcome: 'applied' } as const;
const applied: Fact = { ...ended, replaced: [], removed: [], ms: 1, failure: undefined };

function configOf(logging: string): Config {
  const loaded = loadText(
    'a.kdl',
    `listeners { listener "h" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }
     observability { logging { ${logging} } }`,
  );
  assert(loaded.ok, JSON.stringify(loaded.problems));
  return loaded.config;
}

async function opened(more = '') {
  const folder = await folderWith({});
  const path = join(folder.path, 'stack.log');
  const told: Fact[] = [];
  const shown: string[] = [];
  let config = configOf(`path "${path}"; ${more}`);
  const terminal = {
    started: () => undefined,
    tell: (fact: Fact) => void told.push(fact),
    line: (_child: string, _stream: string, text: string) => void shown.push(text),
  };
  const face = filedFace(terminal, () => config);
  const become = (text: string) => {
    config = configOf(text);
    face.tell(applied, none);
  };
  const files = async () => (await readdir(folder.path)).toSorted();
  return Object.assign(folder, { face, told, shown, log: path, files, become });
}

effect('observability.logging.path', async () => {
  await using log = await opened();
  log.face.started('waf', 7);
  log.face.line('waf', 'stdout', 'hello');
  log.face.tell({ type: 'child-stopped', child: 'waf' }, none);
  await log.face.close();
  assert.deepEqual([log.shown, log.told.length], [['hello'], 1]);
  const lines = (await readFile(log.log, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).event ?? JSON.parse(line).text),
    ['child-started', 'hello', 'child-stopped'],
  );
});

effect(['observability.logging.max-size', 'observability.logging.max-files'], async () => {
  await using log = await opened('max-size "64KiB"; max-files 1');
  for (let piece = 0; piece < 4; piece += 1) {
    log.face.line('waf', 'stdout', 'x'.repeat(70_000));
    await eventually('it to be written', async () => (await readFile(log.log, 'utf8').catch(() => '')).length > 70_000);
  }
  await log.face.close();
  assert.deepEqual(await log.files(), ['stack.log', 'stack.log.1']);
});

effect('observability.logging.max-age-secs', async () => {
  await using log = await opened('max-age-secs 1');
  log.face.line('waf', 'stdout', 'old');
  await eventually('a line after its time', async () => {
    log.face.line('waf', 'stdout', 'more');
    return (await log.files()).includes('stack.log.1');
  });
  await log.face.close();
});

test('a reload may name another file, or none', async () => {
  await using log = await opened();
  const other = join(log.path, 'other.log');
  log.face.line('waf', 'stdout', 'one');
  log.become(`path "${other}"`);
  await eventually('the other file', () => {
    log.face.line('waf', 'stdout', 'two');
    return readFile(other, 'utf8').catch(() => undefined);
  });
  log.become('');
  await log.face.close();
  assert.match(await readFile(log.log, 'utf8'), /one/);
});

test('put aside by another program: opened anew', async () => {
  await using log = await opened();
  log.face.line('waf', 'stdout', 'before');
  await eventually('the line', () => readFile(log.log, 'utf8').catch(() => undefined));
  await rename(log.log, `${log.log}.1`);
  log.face.reopen();
  log.face.line('waf', 'stdout', 'after');
  await log.face.close();
  assert.match(await readFile(log.log, 'utf8'), /after/);
});

test('what is wrong with the file is told on the terminal', async () => {
  await using log = await opened();
  await writeFile(join(log.path, 'file'), '');
  log.become(`path "${join(log.path, 'file', 'below')}"`);
  await eventually('the complaint', () => {
    log.face.line('waf', 'stdout', 'x');
    return log.told.find(({ type }) => type === 'log-failed');
  });
  await log.face.close();
});
