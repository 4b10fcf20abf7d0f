// The built-in backend as a server, asked over sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBackend } from '../../../crs-tests/wire/backend-server.ts';
import { exchangeWith } from '../exchange.ts';

test('its paths, methods that nobody knows, and several requests on a connection', async () => {
  await using backend = await startBackend();
  const ask = (bytes: string) => exchangeWith(Number(backend.address.split(':')[1]), bytes);
  const body = '{"status": 201, "body": "<html>x"}';
  const reflected = await ask(
    `POST /reflect HTTP/1.1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  assert.match(reflected, /^HTTP\/1\.1 201 \r\nContent-Type: text\/html; charset=utf-8\r\n[\s\S]*\r\n\r\n<html>x$/);
  const two = await ask('TEST /\xe2 HTTP/1.1\r\n\r\nGET http://h/status/204?q HTTP/1.1\r\nConnection: close\r\n\r\n');
  assert.deepEqual(two.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 204']);
  const head = await ask('HEAD /capabilities HTTP/1.0\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
  assert.match(await ask('nothing\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.equal(backend.served(), 4);
});

test('a port that is taken is an error of its start', async () => {
  await using backend = await startBackend();
  await assert.rejects(startBackend(Number(backend.address.split(':')[1])), /EADDRINUSE/);
});
