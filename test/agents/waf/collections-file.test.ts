// Collections outlive the process: what was set is there again, what has expired is not, a crash leaves a whole file, and
// a broken one is put aside with a warning.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { type KeptCollections, openCollections } from '../../../agents/waf/collections-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { run } from './support.ts';

const startMs = 1_000_000_000;

async function opened(path: string, nowMs = startMs): Promise<{ kept: KeptCollections; warnings: string[] }> {
  const warnings: string[] = [];
  const kept = await openCollections({ path, warn: (what) => warnings.push(what), now: () => nowMs, everySecs: 3600 });
  return { kept, warnings };
}

const rules = `SecRuleEngine On
SecCollectionTimeout 100
SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.seen=+1,setvar:ip.short=1,expirevar:ip.short=50"
SecRule IP:seen "@gt 2" "id:2,phase:1,deny,log"`;

test('a client is known again after a restart, and forgotten after its time', async () => {
  using folder = tempFolder();
  const path = folder.of('collections');
  const ask = async (nowMs: number): Promise<string> => {
    const { kept, warnings } = await opened(path, nowMs);
    const { verdict } = run(rules, { store: kept.store, nowMs });
    await kept[Symbol.asyncDispose]();
    assert.deepEqual(warnings, []);
    return verdict.kind;
  };
  assert.deepEqual(
    [await ask(startMs), await ask(startMs + 1000), await ask(startMs + 2000)],
    ['pass', 'pass', 'deny'],
  );
  assert.equal(await ask(startMs + 200_000), 'pass');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert(!existsSync(`${path}.partial`));
});

test('any bytes in keys and values come back as they were', async () => {
  using folder = tempFolder();
  const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some).toString('latin1'));
  const names = bytes.filter((name) => !/^(?:key|is_new|create_time|timeout|last_update_time|update_\w+)$/i.test(name));
  await fc.assert(
    fc.asyncProperty(bytes, names, bytes, async (key, name, value) => {
      const path = folder.of('any');
      const first = await opened(path);
      const record = first.kept.store.open('IP', key, startMs / 1000, 60);
      record.bag.set(name, value);
      record.expireAt(name, startMs / 1000 + 10);
      record.touch(startMs / 1000);
      await first.kept[Symbol.asyncDispose]();
      const second = await opened(path);
      assert.deepEqual(second.warnings, []);
      assert.equal(second.kept.store.open('IP', key, startMs / 1000, 60).bag.get(name), value);
      assert.equal(second.kept.store.open('IP', key, startMs / 1000 + 10, 60).bag.get(name), undefined);
      await second.kept[Symbol.asyncDispose]();
    }),
    { numRuns: 40 },
  );
});

async function writtenFile(path: string): Promise<string> {
  const { kept } = await opened(path);
  for (const key of ['a', 'b', 'c']) {
    const record = kept.store.open('IP', key, startMs / 1000, 3600);
    record.bag.set('score', '7');
    record.touch(startMs / 1000);
  }
  await kept[Symbol.asyncDispose]();
  return readFileSync(path, 'latin1');
}

test('a file that is not as it was written is put aside, and nothing of it is believed', async () => {
  using folder = tempFolder();
  const path = folder.of('collections');
  const text = await writtenFile(path);
  const broken = [
    '',
    'x',
    text.slice(0, -1),
    `${text}\n`,
    text.replace('"7"', '"8"'),
    text.replace(/^.*\n/, ''),
    text.replace(/.*\n$/, ''),
    text.replace(/\[.*\n/, ''),
    text.replace(/\[.*\n/, '[1]\n'),
    `${text}${text}`,
    'null\nnull\n',
    'x'.repeat(1_000_000),
    ...Array.from({ length: text.length }, (_, at) => text.slice(0, at)).filter((_, at) => at % 37 === 1),
  ];
  for (const content of broken) {
    writeFileSync(path, content, 'latin1');
    const { kept, warnings } = await opened(path);
    assert.equal(warnings.length, 1, JSON.stringify(content.slice(0, 80)));
    assert.match(warnings[0] ?? '', /^the collections start empty, since .* cannot be used: .*; it is now .*\.broken$/);
    assert.deepEqual(kept.store.names(), []);
    assert.equal(readFileSync(`${path}.broken`, 'latin1'), content);
    await kept[Symbol.asyncDispose]();
  }
});

test('a folder in its place is a warning, now and when it is written, told once', async () => {
  using folder = tempFolder({ 'collections/file': '' });
  folder.write('collections.broken/file', ''); // where it cannot be moved to
  const { kept, warnings } = await opened(folder.of('collections'));
  await kept.save();
  await kept.save();
  await kept[Symbol.asyncDispose]();
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /it is no file/);
  assert.match(warnings[1] ?? '', /^the collections cannot be kept in /);
});

test('a write that a crash cut off leaves the file before it', async () => {
  using folder = tempFolder();
  const path = folder.of('collections');
  const text = await writtenFile(path);
  writeFileSync(`${path}.partial`, text);
  truncateSync(`${path}.partial`, text.length / 2);
  const { kept, warnings } = await opened(path);
  assert.deepEqual([warnings.length, kept.store.names().length], [0, 3]);
  await kept[Symbol.asyncDispose]();
});

test('requests have their turn while thousands of records are written', async () => {
  using folder = tempFolder();
  const { kept } = await opened(folder.of('collections'));
  for (let index = 0; index < 5000; index += 1) kept.store.open('IP', String(index), 1e6, 3600).touch(1e6);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await kept.save();
  isDone = true;
  assert(turns >= 5000 / 200, `${turns} turns`);
  await kept[Symbol.asyncDispose]();
});
