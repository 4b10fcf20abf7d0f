// One request and one answer, over real sockets, with everything that can go wrong on the way.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { type Received, send } from '../../../crs-tests/wire/send.ts';
import { Authority } from '../../support/certificates.ts';

const quick = { connectTimeoutMs: 5000, readTimeoutMs: 5000, verifiesTls: true };

async function server(serve: (socket: Socket, bytes: string) => void) {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', (piece) => serve(socket, piece.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (!listening.listening) return;
    listening.close();
    await once(listening, 'close');
  };
  const { port } = listening.address() as AddressInfo;
  return { address: { host: '127.0.0.1', port, isTls: false }, close, [Symbol.asyncDispose]: close };
}

const told = (received: Received): string =>
  received.kind === 'reply'
    ? `${received.reply.status} ${received.reply.body}`
    : `${received.isConnected ? 'asked' : 'never asked'}: ${received.fault}`;

test('the bytes arrive as they are, from the address that was wanted', async () => {
  let seen = '';
  await using peer = await server((socket, bytes) => {
    seen = `${socket.remoteAddress} ${bytes}`;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
  });
  const bytes = 'get\t/\xe2 HTTP/9\r\nHost:\x00\n\n';
  assert.equal(told(await send(peer.address, bytes, { ...quick, from: '127.3.2.1' })), '200 hi');
  assert.equal(seen, `127.3.2.1 ${bytes}`);
});

test('an answer that comes before the connection breaks is an answer', async () => {
  await using peer = await server((socket) => {
    socket.write('HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\npart');
    socket.end();
  });
  assert.equal(told(await send(peer.address, 'GET / HTTP/1.1\r\n\r\n', quick)), '403 part');
});

test('what went wrong is told, and whether the other side was there', async () => {
  await using silent = await server(() => undefined);
  const hasty = { ...quick, readTimeoutMs: 30 };
  assert.equal(told(await send(silent.address, 'GET / HTTP/1.1\r\n\r\n', hasty)), 'asked: no answer in time');
  await using closing = await server((socket) => socket.destroy());
  assert.match(told(await send(closing.address, 'GET / HTTP/1.1\r\n\r\n', quick)), /^asked: /);
  await using odd = await server((socket) => socket.end('<html>'));
  assert.match(told(await send(odd.address, 'GET /\r\n\r\n', quick)), /^asked: no answer of HTTP\/1: "<html>"/);
  const { address } = odd;
  await odd.close();
  assert.match(told(await send(address, 'GET / HTTP/1.1\r\n\r\n', quick)), /^never asked: .*ECONNREFUSED/);
});

test('inside TLS, with a certificate that is checked unless told otherwise', async () => {
  const { cert, key } = new Authority().issue({ names: ['localhost'] });
  const sockets = new Set<Socket>();
  const listening = createTlsServer({ cert, key }, (socket) => {
    socket.on('error', () => undefined).write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ns');
  }).listen(0, '127.0.0.1');
  listening.on('tlsClientError', () => undefined).on('connection', (socket) => sockets.add(socket));
  await once(listening, 'listening');
  const address = { host: 'localhost', port: (listening.address() as AddressInfo).port, isTls: true };
  const ask = (verifiesTls: boolean) => send(address, 'GET / HTTP/1.1\r\n\r\n', { ...quick, verifiesTls });
  assert.match(told(await ask(true)), /^never asked: .*certificate/);
  assert.equal(told(await ask(false)), '200 s');
  for (const socket of sockets) socket.destroy();
  listening.close();
  await once(listening, 'close');
});
