// What is asked of Node's `http` is there, and its client for `fetch` is not read for it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';

const door = join(import.meta.dirname, '../../config/node-http.ts');
const main = join(import.meta.dirname, '../../proxy/worker.ts');

/** Whether a process that runs this has read undici, which is what Node calls it. */
const readsFetch = async (source: string): Promise<string> => {
  const told = `${source}; console.log(process.moduleLoadList.some((name) => name.includes('undici/undici')))`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', told]);
  return stdout;
};

test('a server and a client, without what is behind fetch', async () => {
  const used = `const { createServer, request, STATUS_CODES } = await import('${door}'); if (STATUS_CODES[404] !== 'Not Found') throw new Error('words');
const server = createServer((_, response) => response.end('x')).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
await new Promise((resolve) => request({ port: server.address().port }, (response) => response.resume().once('end', resolve)).end());
server.close()`;
  assert.equal(await readsFetch(used), 'false');
  assert.equal(await readsFetch("await import('node:http')"), 'true', 'if Node has mended it, take the door away');
});

for (const [room, file] of [
  ['a worker', main],
  ['the supervisor', join(import.meta.dirname, '../../stack/commands/up.ts')],
  ['the firewall', join(import.meta.dirname, '../../agents/waf/engine.ts')],
] as const) {
  test(`nothing of ${room} reads it`, async () => assert.equal(await readsFetch(`await import('${file}')`), 'false'));
}
