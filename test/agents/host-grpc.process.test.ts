// An agent as a process of its own that serves gRPC: asked by every method, ended gently, and closed to the world in clear.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { execa } from 'execa';
import {
  type Method,
  methods,
  readAgentMessage,
  readGrpcReplyV1,
  writeGrpcEvent,
  writeGrpcEventV1,
  writeGrpcPing,
  writeOffer,
} from '#protocol/grpc';
import { requestHeaders } from '../../agents/testing.ts';
import { inClear } from './grpc-support.ts';
import { until } from './support.ts';

const program = resolve(import.meta.dirname, '../../agents/echo/main.ts');
const asIs = (bytes: Buffer) => bytes;

async function startEcho(words: readonly string[]) {
  const child = execa(process.execPath, [program, ...words], { reject: false, stdin: 'ignore' });
  let lines = '';
  child.stderr.on('data', (text) => {
    lines += String(text);
  });
  const said = () => lines.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
  };
  return { child, said, lines: () => lines, [Symbol.asyncDispose]: stop };
}

async function listening() {
  const echo = await startEcho(['--grpc', '127.0.0.1:0']);
  await until('it listens', () => echo.said().some(({ event }) => event === 'agent-listening'));
  const { port } = echo.said().find(({ event }) => event === 'agent-listening');
  const client = new Client(`127.0.0.1:${port}`, inClear);
  const stop = async () => {
    client.close();
    await echo[Symbol.asyncDispose]();
  };
  return { ...echo, client, [Symbol.asyncDispose]: stop };
}

function unary(client: Client, { path }: Method, bytes: Buffer): Promise<Buffer> {
  return new Promise((done, failed) => {
    client.makeUnaryRequest(path, asIs, asIs, bytes, new Metadata(), (error: ServiceError | null, answer?: Buffer) =>
      error === null ? done(answer ?? Buffer.alloc(0)) : failed(error),
    );
  });
}

const event = requestHeaders({ uri: '/' });
const asked = writeGrpcEvent(event, 'c1') ?? Buffer.alloc(0);

test('an event by itself, in both versions, and one after the other in version 1', async () => {
  await using echo = await listening();
  const reply = readAgentMessage(await unary(echo.client, methods.processEvent, asked));
  assert(reply.ok && reply.value.type === 'reply');
  assert.deepEqual(reply.value.reply.requestHeaders, [{ op: 'set', name: 'X-Agent-Processed', value: 'true' }]);
  const first = writeGrpcEventV1(event) ?? Buffer.alloc(0);
  const old = readGrpcReplyV1(await unary(echo.client, methods.v1ProcessEvent, first));
  assert(old.ok && old.value.requestHeaders.length === 1);
  const stream = echo.client.makeBidiStreamRequest(methods.v1ProcessEventStream.path, asIs, asIs, new Metadata());
  const answers: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => void answers.push(bytes));
  stream.on('error', () => undefined); // the agent ends with the test
  for (let index = 0; index < 5; index += 1) stream.write(first);
  await until('all are answered', () => answers.length === 5);
  assert(answers.every((bytes) => readGrpcReplyV1(bytes).ok));
  stream.end();
});

test('what is no event costs that call; a session is told what is wrong and ended', async () => {
  await using echo = await listening();
  await assert.rejects(unary(echo.client, methods.processEvent, Buffer.from('nonsense')), /INVALID_ARGUMENT/);
  await assert.rejects(unary(echo.client, methods.v1ProcessEvent, Buffer.from('nonsense')), /INVALID_ARGUMENT/);
  await assert.rejects(unary(echo.client, methods.processEvent, Buffer.alloc(11 * 1024 * 1024)), /RESOURCE_EXHAUSTED/);
  const stream = echo.client.makeBidiStreamRequest(methods.processStream.path, asIs, asIs, new Metadata());
  const ended = new Promise<ServiceError>((done) => void stream.on('error', done));
  stream.on('data', () => undefined);
  stream.write(asked); // before the handshake
  assert.match((await ended).message, /INVALID_ARGUMENT/);
  assert(readAgentMessage(await unary(echo.client, methods.processEvent, asked)).ok);
});

test('a control stream tells health and answers pings; SIGTERM ends everything gently', async () => {
  await using echo = await listening();
  const heard: string[] = [];
  const note = (name: string) => (bytes: Buffer) => {
    const message = readAgentMessage(bytes);
    heard.push(`${name} ${message.ok ? message.value.type : message.problem}`);
  };
  const control = echo.client.makeBidiStreamRequest(methods.controlStream.path, asIs, asIs, new Metadata());
  control.on('data', note('control'));
  control.on('error', () => undefined);
  control.write(writeGrpcPing('proxy', 'ping', Buffer.from('x')));
  await until('health and a pong', () => heard.includes('control health') && heard.includes('control pong'));
  const session = echo.client.makeBidiStreamRequest(methods.processStream.path, asIs, asIs, new Metadata());
  session.on('data', (bytes: Buffer) => {
    note('session')(bytes);
    const message = readAgentMessage(bytes);
    if (message.ok && message.value.type === 'ping') session.write(writeGrpcPing('proxy', 'pong', Buffer.alloc(0)));
  });
  session.on('error', () => undefined);
  const offer = { supportedVersions: [2], proxyId: '', proxyVersion: '', config: null, supportedEncodings: [] };
  session.write(writeOffer(offer));
  await until('the handshake', () => heard.includes('session handshake-response'));
  echo.child.kill('SIGTERM');
  await until('it says that it drains', () => heard.includes('session ping'));
  assert.equal((await echo.child).exitCode, 0);
});

test('in clear it listens on this host alone, unless the operator insists', async () => {
  await using refused = await startEcho(['--grpc', '0.0.0.0:0']);
  assert.equal((await refused.child).exitCode, 2);
  assert.match(refused.lines(), /0\.0\.0\.0:0 can be reached by others: add --grpc-cert and --grpc-key/);
  await using insisted = await startEcho(['--grpc', '0.0.0.0:0', '--grpc-in-clear']);
  await until('it listens', () => insisted.said().some(({ event: what }) => what === 'agent-listening'));
});
