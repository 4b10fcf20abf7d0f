// The runtime folder, held by real processes: living ones, killed ones, and ids that mean another process now.

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { identify } from '../../stack/process-identity.ts';
import { defaultRuntimeDir, holdRuntimeFolder } from '../../stack/runtime.ts';

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'runtime-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function held(path: string) {
  const answer = await holdRuntimeFolder(path);
  assert(answer.ok, JSON.stringify(answer));
  return answer.folder;
}

async function refusal(path: string) {
  const answer = await holdRuntimeFolder(path);
  assert(!answer.ok);
  return answer.complaint;
}

test('a folder is made for this user alone, held, and left without a trace of the lock', async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.path, 'deep', 'run');
  const folder = await held(path);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
  assert.equal(folder.tookOver, false);
  assert.deepEqual(await readdir(path), ['lock']);
  await folder.release();
  assert.deepEqual(await readdir(path), []);
});

test('a folder that nobody named goes with the stack', async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.path, 'made');
  const answer = await holdRuntimeFolder(path, true);
  assert(answer.ok);
  await mkdir(join(path, 'compile-cache', 'deep'), { recursive: true });
  await writeFile(join(path, 'challenge.key'), 'x');
  await answer.folder.release();
  assert.deepEqual(await readdir(temporary.path), []);
});

test('a folder in use is refused with the holder, and its lock stays', async () => {
  await using temporary = await temporaryFolder();
  const folder = await held(temporary.path);
  const complaint = await refusal(temporary.path);
  assert.equal(complaint.code, 'stack-already-running');
  assert.match(complaint.what, new RegExp(`in use by another stack \\(pid ${process.pid}\\)$`));
  assert.deepEqual(await readdir(temporary.path), ['lock']);
  await folder.release();
});

test('the lock of a stack that was killed is taken over', async () => {
  await using temporary = await temporaryFolder();
  const module = join(import.meta.dirname, '..', '..', 'stack', 'runtime.ts');
  const script = `await (await import('${module}')).holdRuntimeFolder('${temporary.path}'); process.send('held'); setInterval(() => {}, 1000)`;
  const holder = execa(process.execPath, ['--input-type=module', '-e', script], { ipc: true, reject: false });
  await holder.getOneMessage();
  assert.equal((await refusal(temporary.path)).code, 'stack-already-running');
  holder.kill('SIGKILL');
  await holder;
  const folder = await held(temporary.path);
  assert.equal(folder.tookOver, true);
  await folder.release();
});

test('a lock is stale if its process id means another process now, if it is of another boot, or if it is torn', async () => {
  const self = await identify(process.pid);
  const stale = [JSON.stringify({ ...self, startTicks: '1' }), JSON.stringify({ ...self, boot: 'another' }), '{"pid":'];
  for (const text of stale) {
    await using temporary = await temporaryFolder();
    await writeFile(join(temporary.path, 'lock'), text);
    const folder = await held(temporary.path);
    assert.equal(folder.tookOver, true, text);
    assert.deepEqual(JSON.parse(await readFile(join(temporary.path, 'lock'), 'utf8')), self);
  }
});

test('of many that take a stale folder over at once, one gets it', async () => {
  await using temporary = await temporaryFolder();
  await writeFile(join(temporary.path, 'lock'), '{"pid":1,"startTicks":"1","boot":"another"}');
  const module = join(import.meta.dirname, '..', '..', 'stack', 'runtime.ts');
  const script = `
    const { holdRuntimeFolder } = await import('${module}');
    setInterval(() => {}, 1000); // whoever holds it lives on
    process.send('loaded');
    process.once('message', async () => {
      process.send((await holdRuntimeFolder('${temporary.path}')).ok ? 'held' : 'refused');
    });`;
  const rivals = Array.from({ length: 6 }, () =>
    execa(process.execPath, ['--input-type=module', '-e', script], { ipc: true, reject: false }),
  );
  try {
    await Promise.all(rivals.map((rival) => rival.getOneMessage()));
    const answers = rivals.map((rival) => rival.getOneMessage());
    await Promise.all(rivals.map((rival) => rival.sendMessage('go')));
    const told = (await Promise.all(answers)).toSorted();
    assert.deepEqual(told, ['held', 'refused', 'refused', 'refused', 'refused', 'refused']);
  } finally {
    for (const rival of rivals) rival.kill('SIGKILL');
    await Promise.all(rivals);
  }
});

test('who takes over is told of what the old stack left running, and of nothing that only has its number', async () => {
  await using temporary = await temporaryFolder();
  const [left, innocent] = [
    execa('sleep', ['1000'], { detached: true, reject: false }),
    execa('sleep', ['1000'], { detached: true, reject: false }),
  ];
  try {
    const identities = await Promise.all([left.pid ?? 0, innocent.pid ?? 0].map(identify));
    const stranger = { ...identities[0], kind: 'stranger' };
    const reused = { ...identities[1], startTicks: '1', kind: 'stranger' }; // the id was another's when it was noted
    await writeFile(join(temporary.path, 'lock'), '{"pid":1,"startTicks":"1","boot":"another"}');
    await writeFile(join(temporary.path, 'processes'), JSON.stringify([stranger, reused]));
    const folder = await held(temporary.path);
    assert.deepEqual(folder.orphans, [stranger]);
    await folder.note([{ pid: innocent.pid ?? 0, kind: 'agent' }]);
    const noted = JSON.parse(await readFile(join(temporary.path, 'processes'), 'utf8'));
    assert.deepEqual(noted, [{ ...identities[1], kind: 'agent' }, stranger]); // orphans stay noted while they live
  } finally {
    for (const child of [left, innocent]) child.kill('SIGKILL');
    await Promise.all([left, innocent]);
  }
});

test('a folder that others can write to, or a link, or a file, is refused', async () => {
  await using temporary = await temporaryFolder();
  const open = join(temporary.path, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  await symlink(temporary.path, join(temporary.path, 'link'));
  await writeFile(join(temporary.path, 'file'), '');
  assert.equal((await refusal(open)).code, 'runtime-dir-unsafe');
  assert.equal((await refusal(join(temporary.path, 'link'))).code, 'runtime-dir-unsafe');
  assert.equal((await refusal(join(temporary.path, 'file'))).code, 'runtime-dir-unusable');
});

test('without a configured folder: below XDG_RUNTIME_DIR, else one of this user in the temp folder', () => {
  assert.equal(defaultRuntimeDir({ XDG_RUNTIME_DIR: '/run/user/7' }), '/run/user/7/sentinel-stack');
  const service = { RUNTIME_DIRECTORY: '/run/a:/run/b', XDG_RUNTIME_DIR: '/run/user/7' };
  assert.equal(defaultRuntimeDir(service), '/run/a');
  assert.equal(defaultRuntimeDir({}), join(tmpdir(), `sentinel-stack-${process.getuid?.()}`));
});
