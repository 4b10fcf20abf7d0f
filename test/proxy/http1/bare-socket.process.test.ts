// A bare socket does what a real one does, as far as the engine asks: every state of it, seen from the other end of a real
// connection. And where it cannot be had, the server makes its sockets as ever.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { BareSocket, onAccepted } from '../../../proxy/http1/bare-socket.ts';
import { manyBytes, pausesAndGoesOn, readAll, readsInOrderToTheEnd } from '../../support/far-end.ts';
import { until } from '../../support/proxy.ts';

test('this Node has what it needs: reads are lent in order, the end is told, and who is there', async () => {
  await using pair = await barePair();
  await readsInOrderToTheEnd(pair);
});

test('paused, it is not read, and goes on where it stopped', async () => {
  await using pair = await barePair();
  await pausesAndGoesOn(pair);
});

test('what the system does not take waits, in order, and `drain` tells when it is gone', async () => {
  await using pair = await barePair();
  let drains = 0;
  pair.near.on('drain', () => {
    drains += 1;
  });
  assert.equal(pair.near.write(Buffer.from('first,')), true);
  assert.equal(pair.near.write(Buffer.alloc(manyBytes, 'x')), false);
  assert.equal(pair.near.write(Buffer.from(',last')), false);
  assert(pair.near.writableLength > 0 && pair.near.writableNeedDrain);
  const received = pair.readAllFar();
  await until(
    () => drains > 0,
    () => 'no drain',
  );
  assert.equal(drains, 1);
  assert.equal(pair.near.writableLength, 0);
  assert.equal(pair.near.writableNeedDrain, false);
  pair.near.end();
  const text = await received;
  assert.equal(text.length, manyBytes + 11);
  assert(text.startsWith('first,x') && text.endsWith('x,last'));
});

test('it ends its side behind what waits, reads on, and is closed when the other side ends', async () => {
  await using pair = await barePair();
  let [isFinished, isClosed] = [false, false];
  pair.near.on('finish', () => {
    isFinished = true;
  });
  pair.near.on('close', () => {
    isClosed = true;
  });
  pair.near.write(Buffer.alloc(manyBytes, 'x'));
  pair.near.end();
  assert.equal(pair.near.writableEnded, true);
  assert.equal(pair.near.writableFinished, false);
  assert.equal((await pair.readAllFar()).length, manyBytes);
  await until(
    () => isFinished,
    () => 'not finished',
  );
  pair.far.end('late');
  await until(
    () => isClosed,
    () => 'not closed',
  );
  assert.equal(pair.read(), 'late');
  assert.equal(pair.near.destroyed, true);
});

test('the other side has ended before it ends its own: both are over', async () => {
  await using pair = await barePair();
  let ends = 0;
  const closed = new Promise<void>((resolve) => pair.near.on('close', resolve));
  pair.near.on('end', () => {
    ends += 1;
    pair.near.end();
  });
  pair.far.end();
  pair.near.resume();
  await pair.readAllFar();
  await closed;
  assert.equal(ends, 1);
});

for (const [what, close] of [
  ['destroyed', (socket: BareSocket) => socket.destroy()],
  ['cut', (socket: BareSocket) => socket.resetAndDestroy()],
] as const) {
  test(`${what}: told once, not within the call, and what is asked of it then does nothing`, async () => {
    await using pair = await barePair();
    let closes = 0;
    pair.near.on('close', () => {
      closes += 1;
    });
    const [error] = await Promise.all([
      Promise.race([once(pair.far, 'error'), once(pair.far, 'end').then(() => [undefined])]).then(([first]) => first),
      (async () => {
        close(pair.near);
        assert.equal(closes, 0);
        for (const again of ['destroy', 'resetAndDestroy', 'pause', 'resume', 'end'] as const) pair.near[again]();
        assert.equal(pair.near.write(Buffer.from('late')), false);
      })(),
      Promise.resolve(pair.far.resume()),
    ]);
    assert.equal((error as NodeJS.ErrnoException | undefined)?.code, what === 'cut' ? 'ECONNRESET' : undefined);
    assert.equal(closes, 1);
    assert.equal(pair.near.destroyed, true);
  });
}

test('the other side resets: it is closed', async () => {
  await using pair = await barePair();
  const closed = new Promise<void>((resolve) => pair.near.on('close', resolve));
  pair.far.resetAndDestroy();
  await closed;
  assert.equal(pair.near.destroyed, true);
});

test('a handle that is not as it should be is left alone, and the server makes a socket of it', async () => {
  assert.equal(BareSocket.adopt({}), undefined);
  assert.equal(BareSocket.adopt(undefined), undefined);
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onAccepted(server, () => false);
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  near.end('plain');
  const [data] = await once(far, 'data');
  assert.equal(String(data), 'plain');
  far.destroy();
  server.close();
  await once(server, 'close');
});

interface BarePair extends AsyncDisposable {
  readonly near: BareSocket;
  readonly far: Socket;
  /** What has come to the near side so far. */
  read(): string;
  /** All that comes to the far side. */
  readAllFar(): Promise<string>;
}

async function barePair(): Promise<BarePair> {
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const accepted = Promise.withResolvers<BareSocket>();
  onAccepted(server, (handle) => {
    const socket = BareSocket.adopt(handle);
    if (socket !== undefined) accepted.resolve(socket);
    return socket !== undefined;
  });
  const far = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const near = await accepted.promise;
  const bytes = Buffer.alloc(65_536);
  const pieces: string[] = [];
  near.readInto(bytes, (length) => pieces.push(bytes.toString('latin1', 0, length)));
  return {
    near,
    far,
    read: () => pieces.join(''),
    readAllFar: () => readAll(far),
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
