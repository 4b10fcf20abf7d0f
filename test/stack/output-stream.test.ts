// Writing that never waits for its reader, to real pipes and files.

import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { openOutput } from '../../stack/output-stream.ts';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'output-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('everything arrives, in order', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'file');
    const fd = openSync(path, 'w');
    const output = openOutput(fd, {}, {});
    const lines = Array.from({ length: 5000 }, (_, number) => `line ${number}\n`);
    for (const line of lines) output.write(line);
    await output.flushed();
    closeSync(fd);
    assert.equal(await readFile(path, 'utf8'), lines.join(''));
    assert.equal(output.pendingBytes, 0);
  }));

test('a reader that does not read holds nobody up; what waits is counted, and arrives when it reads', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'pipe');
    await execa('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    const output = openOutput(writer, {}, {});
    const bytes = 1_000_000; // a pipe of Linux holds 65,536
    output.write('x'.repeat(bytes));
    assert(output.pendingBytes > 0);
    let got = 0;
    const piece = Buffer.alloc(65_536);
    while (got < bytes) {
      await new Promise(setImmediate);
      got += readSome(reader, piece);
    }
    await output.flushed();
    assert.deepEqual([got, output.pendingBytes], [bytes, 0]);
    closeSync(writer);
    closeSync(reader);
  }));

function readSome(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch {
    return 0; // EAGAIN: nothing there yet
  }
}

test('a reader that is gone is no error', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'pipe');
    await execa('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    closeSync(reader);
    const output = openOutput(writer, {}, {});
    output.write('to nobody\n');
    await output.flushed();
    output.write('again\n');
    assert.equal(output.pendingBytes, 0);
    closeSync(writer);
  }));

test('colour: on a terminal, unless NO_COLOR or a dumb one', () => {
  const color = (isTTY: boolean, env: Record<string, string>) => openOutput(1, { isTTY }, env).color;
  assert.equal(color(true, {}), true);
  assert.equal(color(true, { NO_COLOR: '' }), true); // set but empty counts as not set (no-color.org)
  assert.equal(color(true, { NO_COLOR: '1' }), false);
  assert.equal(color(true, { TERM: 'dumb' }), false);
  assert.equal(color(false, {}), false);
});

test('a full disk loses what is written meanwhile, and nothing more', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can make a small disk');
  await inFolder(async (folder) => {
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    try {
      const [path, ballast] = [join(folder, 'log'), join(folder, 'ballast')];
      const fd = openSync(path, 'a');
      const output = openOutput(fd, {}, {});
      output.write('before\n');
      await output.flushed();
      await writeFile(ballast, Buffer.alloc(60_000)).catch(() => undefined);
      await writeFile(ballast, Buffer.alloc(4096), { flag: 'a' }).catch(() => undefined);
      output.write('x'.repeat(50_000));
      output.write('y'.repeat(50_000));
      await output.flushed();
      assert.deepEqual([output.pendingBytes, output.takeLostBytes?.()], [0, 0], 'nobody is told while it is full');
      await rm(ballast);
      output.write('after\n');
      await output.flushed();
      const lost = output.takeLostBytes?.() ?? 0;
      assert(lost > 50_000, `${lost} bytes lost`);
      assert.equal(output.takeLostBytes?.(), 0, 'told once');
      closeSync(fd);
      const text = await readFile(path, 'utf8');
      assert.equal(text.length, 'before\n'.length + 100_000 - lost + 'after\n'.length);
      assert(text.startsWith('before\n') && text.endsWith('after\n'));
    } finally {
      await execa('umount', [folder]);
    }
  });
  return undefined;
});
