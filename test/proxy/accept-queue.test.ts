// Who waits to be accepted when a worker is told to end is accepted first, however many they are.

import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { emptyQueues } from '../../proxy/accept-queue.ts';
import { TestWorker } from '../support/worker.ts';

const clientsCount = 30;

/** Clients that the kernel has connected before this process gets to accept one of them; what became of each. */
async function crowd(port: number): Promise<{ readonly outcomes: Promise<readonly string[]> }> {
  const outcomes = Array.from({ length: clientsCount }, () => {
    const socket = connect({ port, host: '127.0.0.1' });
    return new Promise<string>((resolve) => {
      let received = '';
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      socket.setEncoding('latin1').on('data', (text: string) => {
        received += text;
      });
      socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code)));
      socket.on('close', () => resolve(received.slice(0, received.indexOf('\r\n'))));
    });
  });
  await Promise.resolve(); // they are connected at the end of this turn; nobody has been accepted
  return { outcomes: Promise.all(outcomes) };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('a queue is emptied before it ends', async () => {
  let arrived = 0;
  const server = createServer((socket) => {
    arrived += 1;
    socket.end('HTTP/1.1 200 OK\r\n');
  });
  const { outcomes } = await crowd(await listening(server));
  await emptyQueues(() => arrived, 5000);
  server.close();
  assert.equal(arrived, clientsCount);
  assert.deepEqual(new Set(await outcomes), new Set(['HTTP/1.1 200 OK']));
});

test('where more and more come it ends when its time is over', async () => {
  let arrived = 0;
  const counted = () => (arrived += 1); // as if somebody had come in each turn
  await emptyQueues(counted, 20);
  const turns = arrived / 2;
  assert(turns > 2, `${turns} turns`);
});

test('a worker that drains answers everybody who had connected', async () => {
  await using worker = await TestWorker.start(
    'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }',
  );
  const { outcomes } = await crowd(worker.port);
  assert.deepEqual(await worker.listeners.drain(10_000), { connections: clientsCount, cut: 0 });
  assert.deepEqual(new Set(await outcomes), new Set(['HTTP/1.1 200 OK']));
});
