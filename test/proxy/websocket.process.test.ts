// WebSocket for real: the proxy as a process, Node's own client, a server on bare sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { WebSocketServer } from '../fixtures/websocket-server.ts';
import { startProxy, until } from '../support/proxy.ts';

const configFor = (address: string, more = ''): string =>
  `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "chat" { upstream "u"; websocket #true } }\nupstreams { upstream "u" { target "${address}" } }\nlimits { max-connections-per-client 1000 }\nsystem { graceful-shutdown-timeout-secs 5 }\nadmin { address "127.0.0.1:0" }\n${more}`;

/** Node's client, with what it has received. */
class Client implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: string[] = [];
  closeCode: number | undefined = undefined;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('message', ({ data }) => this.messages.push(textOf(data)));
    this.socket.addEventListener('error', () => undefined);
    this.socket.addEventListener('close', ({ code }) => {
      this.closeCode = code;
    });
  }

  static async open(port: number, path = '/'): Promise<Client> {
    const client = new Client(`ws://127.0.0.1:${port}${path}`);
    await until(
      () => client.socket.readyState !== WebSocket.CONNECTING,
      () => 'it does not open',
    );
    assert.equal(client.socket.readyState, WebSocket.OPEN);
    return client;
  }

  /** Sends it and waits for as many messages more as wanted; the last of them. */
  async says(content: string | Buffer): Promise<string> {
    const before = this.messages.length;
    this.socket.send(content);
    await until(
      () => this.messages.length > before,
      () => `no answer to ${content.length} bytes`,
    );
    return this.messages.at(-1) ?? '';
  }

  async closes(): Promise<number> {
    await until(
      () => this.closeCode !== undefined,
      () => 'it is not closed',
    );
    return this.closeCode ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closes();
  }
}

function textOf(data: unknown): string {
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('latin1') : String(data);
}

test('messages of every kind come back as they were sent', async () => {
  await using server = await WebSocketServer.start();
  await using proxy = await startProxy(configFor(server.address));
  const client = await Client.open(proxy.port());
  assert.equal(await client.says('hello'), 'hello');
  assert.equal(await client.says('fragments'), 'one,two,three');
  await until(
    () => server.controls.some(({ payload }) => payload.toString() === 'still there?'),
    () => 'the pong to a ping between two fragments does not arrive',
  );
  const big = Buffer.alloc(1024 * 1024, 'abcdefg');
  assert.equal(await client.says(big), big.toString('latin1'));
  client.socket.close(4001);
  assert.equal(await client.closes(), 4001);
  const [line] = await proxy.lines(1);
  assert.deepEqual([line?.status, line?.upgrade, line?.error, line?.refusal], [101, 'websocket', undefined, undefined]);
  assert(line !== undefined && line.bytes_in > big.length && line.bytes_out > big.length);
  assert(line.bytes_in < big.length + 200 && line.bytes_out < big.length + 200, 'counted once');
});

test('compression is between the two ends', async () => {
  await using server = await WebSocketServer.start();
  await using proxy = await startProxy(configFor(server.address));
  await using client = await Client.open(proxy.port(), '/deflate');
  assert.match(client.socket.extensions, /permessage-deflate/);
  const text = 'again and '.repeat(10_000);
  assert.equal(await client.says(text), text);
  client.socket.close();
  await client.closes();
  const [line] = await proxy.lines(1);
  assert((line?.bytes_out ?? 0) < text.length / 10, 'what came back was compressed');
});

test('200 sockets at once, each with its own messages; the drain closes every one of them with 1001', async () => {
  await using server = await WebSocketServer.start();
  await using proxy = await startProxy(configFor(server.address));
  const clients = await Promise.all(Array.from({ length: 200 }, () => Client.open(proxy.port())));
  await Promise.all(
    clients.map(async (client, index) => {
      for (let round = 0; round < 5; round += 1) {
        const text = `${index}:${round}:${'x'.repeat(index * 50)}`;
        assert.equal(await client.says(text), text);
      }
    }),
  );
  assert.match(await metricsOf(proxy.port(1)), /^sentinel_tunnels\{route="chat"\} 200$/m);
  assert.match(await metricsOf(proxy.port(1)), /^sentinel_active_requests 0$/m);
  proxy.signal('SIGTERM');
  assert.deepEqual(new Set(await Promise.all(clients.map((client) => client.closes()))), new Set([1001]));
  assert.deepEqual(await proxy.ended, { code: 0, signal: undefined });
  const lines = await proxy.lines(200);
  assert.deepEqual([lines.length, new Set(lines.map(({ error }) => error))], [200, new Set(['tunnel-drained'])]);
  await until(
    () => server.sockets.size === 0,
    () => 'the server is left with connections',
  );
  const told = server.controls.filter(({ payload }) => payload.equals(Buffer.from([0x03, 0xe9])));
  assert.equal(told.length, 200, 'the server is told too, unmasked as it should be');
});

async function metricsOf(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

test('a server that is killed is seen to be gone by the client, a client by the server', async () => {
  const server = execa(process.execPath, [join(import.meta.dirname, '../fixtures/websocket-server.ts')], {
    reject: false,
    buffer: false,
  });
  try {
    const [address] = await once(server.stdout, 'data');
    await using proxy = await startProxy(configFor(String(address).trim()));
    const client = await Client.open(proxy.port());
    assert.equal(await client.says('x'), 'x');
    server.kill('SIGKILL');
    assert.equal(await client.closes(), 1006);
    assert.equal((await proxy.lines(1))[0]?.status, 101);
  } finally {
    server.kill('SIGKILL');
    await server;
  }
});

test('a client that is killed is seen to be gone by the server', async () => {
  await using server = await WebSocketServer.start();
  await using proxy = await startProxy(configFor(server.address));
  const script = `const s = new WebSocket('ws://127.0.0.1:${proxy.port()}/'); s.onopen = () => process.kill(process.pid, 'SIGKILL')`;
  await execa(process.execPath, ['-e', script], { reject: false });
  await until(
    () => server.sockets.size === 0,
    () => 'the server is left with a connection',
  );
  assert.equal((await proxy.lines(1))[0]?.status, 101);
});
