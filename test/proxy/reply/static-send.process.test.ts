// Large files on their way: whole, in parts, to slow clients, and cut where they cannot be what was promised.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readdirSync, readlinkSync, unlinkSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { bodyOf, headerOf, statusOf, until } from '../../support/proxy.ts';
import { type TempFolder, tempFolder } from '../../support/temp-folder.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
const large = randomBytes(24 * 1024 * 1024); // more than the system's buffers take
const digest = (bytes: string | Buffer) =>
  createHash('sha256')
    .update(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    .digest('hex');

const serving = (folder: TempFolder, listener = ''): Promise<TestWorker> =>
  TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { route "files" { static-files { root "${folder.of('www')}" } } }`,
  );

test('a large file comes whole, twice on one connection, and in parts', async () => {
  using folder = tempFolder({ 'www/large.bin': large });
  await using worker = await serving(folder);
  const answer = await worker.request(get('/large.bin').repeat(2));
  const second = answer.indexOf('HTTP/1.1 200', 1 + large.length);
  assert.deepEqual(
    [digest(bodyOf(answer.slice(0, second))), digest(bodyOf(answer.slice(second)))],
    [digest(large), digest(large)],
  );
  const part = await worker.request(get('/large.bin', `Range: bytes=70000-${large.length - 7}\r\n`));
  assert.equal(statusOf(part), 206);
  assert.equal(digest(bodyOf(part)), digest(large.subarray(70_000, large.length - 6)));
  const lines = await worker.lines(3);
  assert.equal(lines[0]?.bytes_out, large.length);
});

test('a client that pauses gets all of it, and one that takes nothing is cut', async () => {
  using folder = tempFolder({ 'www/large.bin': large });
  await using worker = await serving(folder, 'timeouts { write-idle-ms 200 }');
  await using slow = await worker.open();
  slow.send(get('/large.bin'));
  await slow.sees('bytes');
  slow.socket.pause();
  const [line] = await worker.lines(1);
  assert.equal(line?.refusal, 'write-timeout');
  slow.socket.resume();
  await until(
    () => slow.isClosed,
    () => 'the connection is still open',
  );
  assert(slow.received.length < large.length);
  await until(
    () => openBelow(folder.path) === 0,
    () => 'the file is still open',
  );
  assert.equal(digest(bodyOf(await worker.request(get('/large.bin')))), digest(large));
});

/** Begins a download, stops taking it, and does something to the file: the system's buffers do not hold all of it. */
async function disturbed(change: (path: string) => void): Promise<{ body: string; error: string | undefined }> {
  using folder = tempFolder({ 'www/large.bin': large });
  await using worker = await serving(folder);
  await using client = await worker.open();
  client.send(get('/large.bin'));
  await client.sees((received) => received.includes('\r\n\r\n'));
  client.socket.pause();
  change(folder.of('www/large.bin'));
  client.socket.resume();
  client.socket.end();
  await until(
    () => client.isClosed,
    () => `not closed after ${client.received.length} bytes`,
  );
  const [line] = await worker.lines(1);
  return { body: bodyOf(client.received), error: line?.error };
}

test('a file that becomes shorter is cut', async () => {
  const { body, error } = await disturbed((path) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, large.length - 100);
    closeSync(file);
  });
  assert(body.length < large.length);
  assert.match(String(error), /became shorter|changed/);
});

test('a file that is written into is cut before its end', async () => {
  const { body, error } = await disturbed((path) => {
    const file = openSync(path, 'r+');
    writeSync(file, 'other', large.length - 5);
    closeSync(file);
  });
  assert(body.length < large.length);
  assert.equal(error, 'the file changed while it was sent');
});

test('a file that vanishes is sent to its end: it is open', async () => {
  const { body, error } = await disturbed((path) => unlinkSync(path));
  assert.deepEqual([digest(body), error], [digest(large), undefined]);
});

test('a client that leaves leaves nothing open', async () => {
  using folder = tempFolder({ 'www/large.bin': large });
  await using worker = await serving(folder);
  for (let round = 0; round < 20; round += 1) {
    await using client = await worker.open();
    client.send(get('/large.bin'));
    if (round % 2 === 0) await client.sees('HTTP/1.1 200');
    client.socket.resetAndDestroy();
  }
  await until(
    () => openBelow(folder.path) === 0,
    () => 'the file is still open',
  );
  assert.equal(headerOf(await worker.request(get('/large.bin', 'Range: bytes=0-0\r\n')), 'Content-Length'), '1');
});

function openBelow(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${path}/www`);
    } catch {
      return false;
    }
  }).length;
}
