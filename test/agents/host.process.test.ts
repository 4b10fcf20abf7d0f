// The SDK as programs use it: a real process that listens, answers, survives bad input, says ready, and drains.

import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { readFromChild } from '#config/channel';
import { readReply } from '#protocol/reply-json';
import { configure, dial, listens, requestHeaders, startAgent, temporaryFolder, until } from './support.ts';

const marks = 'test/fixtures/agent-marks.ts';
const marksPath = resolve(import.meta.dirname, '../fixtures/agent-marks.ts');

function read(message: unknown) {
  const reading = readReply(message);
  assert(reading.ok, reading.ok ? '' : reading.problem);
  return reading.value;
}

test('it answers with every decision the SDK has', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent(marks, folder.file('s'));
  await using client = await dial(folder.file('s'));
  await client.call(configure({ header: 'X-Mark', prefix: 'p:' }));
  const allowed = read(await client.call(requestHeaders('/', { 'x-mark': ['a', 'b'] })));
  assert.deepEqual(allowed.decision, { type: 'allow' });
  assert.deepEqual(allowed.requestHeaders, [{ op: 'set', name: 'X-Mark', value: 'p:a,b,192.0.2.7' }]);
  assert.deepEqual(allowed.responseHeaders, [{ op: 'add', name: 'X-Mark', value: String(agent.child.pid) }]);
  const blocked = read(await client.call(requestHeaders('/block')));
  const headers = [['X-Kind', 'pot']];
  assert.deepEqual(blocked.decision, {
    type: 'block',
    status: 418,
    body: 'tea',
    headers,
    reason: 'a pot',
    ruleId: 'pot-1',
  });
  assert.deepEqual(blocked.audit.ruleIds, ['pot-1']);
  const redirected = read(await client.call(requestHeaders('/redirect')));
  assert.deepEqual(redirected.decision, { type: 'redirect', url: 'https://elsewhere.example/', status: 307 });
});

test('bad input and failing handlers cost their connection; the process lives', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent(marks, folder.file('s'));
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\0', '\0\0\0\x02{}']) {
    await using bad = await dial(folder.file('s'));
    bad.socket.write(bytes);
    await bad.closed;
  }
  await using throwing = await dial(folder.file('s'));
  await throwing.call(configure({}));
  throwing.send(requestHeaders('/throw'));
  await throwing.closed;
  await using client = await dial(folder.file('s'));
  await client.call(configure({}));
  assert.equal(read(await client.call(requestHeaders('/'))).decision.type, 'allow');
  assert.equal(agent.alive(), true);
});

test('SIGTERM: no new connections, idle ones end, the socket is gone, exit code 0', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent(marks, folder.file('s'));
  await using client = await dial(folder.file('s'));
  await client.call(configure({}));
  agent.child.kill('SIGTERM');
  await client.closed;
  assert.equal((await agent.exit).exitCode, 0);
  assert.deepEqual(await readdir(folder.path), []);
});

test('a killed agent leaves its socket; the next one starts over it', async () => {
  await using folder = await temporaryFolder();
  await using first = await startAgent(marks, folder.file('s'));
  first.child.kill('SIGKILL');
  await first.exit;
  assert.deepEqual(await readdir(folder.path), ['s']);
  await using second = await startAgent(marks, folder.file('s'));
  assert.equal(second.alive(), true);
});

test('under a supervisor it says ready, drains when told, and drains when the supervisor is gone', async () => {
  await using folder = await temporaryFolder();
  for (const end of ['drain', 'disconnect'] as const) {
    const child = execa(process.execPath, [marksPath, '--socket', folder.file('s')], { ipc: true, reject: false });
    try {
      const ready = readFromChild(await child.getOneMessage());
      assert.deepEqual(ready, { type: 'ready', detail: `socket ${folder.file('s')}` });
      assert.equal(await listens(folder.file('s')), true);
      if (end === 'drain') await child.sendMessage({ type: 'drain' });
      else child.nodeChildProcess.disconnect();
      assert.equal((await child).exitCode, 0);
    } finally {
      child.kill('SIGKILL');
    }
  }
});

test('without --socket, and on a path it cannot use, it says so on both channels and exits', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('file'), '');
  for (const [words, exitCode, code, what] of [
    [[], 2, 'usage', /no socket given; start it with --socket PATH/],
    [['--socket', folder.file('file')], 3, 'agent-cannot-listen', /file: exists and is not a socket/],
  ] as const) {
    const child = execa(process.execPath, [marksPath, ...words], { ipc: true, reject: false });
    const failed = readFromChild(await child.getOneMessage());
    assert(failed?.type === 'failed');
    assert.equal(failed.code, code);
    assert.match(failed.what, what);
    const result = await child;
    assert.equal(result.exitCode, exitCode);
    assert.match(result.stderr, what);
  }
});

test('a call in flight is answered before a draining agent goes', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent('test/fixtures/agent-gated.ts', folder.file('s'), [
    '--gate',
    folder.file('gate'),
  ]);
  await using client = await dial(folder.file('s'));
  client.send(requestHeaders('/'));
  await until('the handler runs', async () => (await readdir(folder.path)).includes('gate.entered'));
  agent.child.kill('SIGTERM');
  await until('the path is taken away', async () => !(await listens(folder.file('s'))));
  assert.equal(client.socket.destroyed, false);
  await writeFile(folder.file('gate'), '');
  await client.closed;
  assert.equal(client.replies.length, 1);
  assert.equal((await agent.exit).exitCode, 0);
});
