// A wire on a Unix socket tells what it hears, and why it is of no use any more; what it carries is in connection-v2.test.ts.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { SocketWire } from '../../../proxy/agents/wire.ts';
import { temporaryFolder } from '../../agents/support.ts';

function told(path: string) {
  const gone = Promise.withResolvers<[string | undefined, string]>();
  const said: string[] = [];
  const wire = new SocketWire(path, {
    onConnect: () => void said.push('connect'),
    onHeard: () => void said.push('heard'),
    onMessage: ({ type }) => void said.push(type),
    onGone: (fault, detail) => gone.resolve([fault, detail]),
  });
  return { wire, gone: gone.promise, said };
}

test('nobody there, garbage and an end are told apart', async () => {
  await using folder = await temporaryFolder();
  const [fault, detail] = await told(folder.file('none')).gone;
  assert.equal(fault, undefined); // what it means depends on whether it was connected before
  assert.match(detail, /ENOENT/);
  for (const [bytes, expected] of [
    [Buffer.from([0, 0, 0, 0]), ['bad-protocol', 'a frame of length 0']],
    [Buffer.alloc(0), ['lost', 'the agent closed the connection']],
  ] as const) {
    const server = createServer((socket) => socket.end(bytes));
    await new Promise<void>((done) => server.listen(folder.file('s'), done));
    const one = told(folder.file('s'));
    assert.deepEqual(await one.gone, expected);
    assert.deepEqual(one.said, bytes.length === 0 ? ['connect'] : ['connect', 'heard']);
    one.wire.close();
    await new Promise((done) => server.close(done));
  }
});
