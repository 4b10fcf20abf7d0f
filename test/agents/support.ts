// What the tests of agents share: a temporary folder, an agent as a real process, and a client that speaks raw v1.
// Everything is `await using`: gone when the test ends, however it ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { type AgentMessage, callKey, ProxyReader, sendEvent, sendHandshakeRequest, sendPong } from '#protocol/codec-v2';
import type { Encoding } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';
import type { AgentEvent } from '#protocol/message';

const root = resolve(import.meta.dirname, '../..');
const deadlineMs = 20_000; // for a state that must come; no test passes by reaching it

export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'agent-'));
  return { path, file: (name: string) => join(path, name), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Asks again and again until the answer is true. */
export async function until(what: string, answer: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await answer())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

export function listens(path: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      done(true);
    });
    probe.once('error', () => done(false));
  });
}

/** Starts `program` (from the root of the repository) with `--socket socket`; returns once it listens there. */
export async function startAgent(program: string, socket: string, words: readonly string[] = []) {
  const command = program.endsWith('.py') ? 'python3' : process.execPath;
  const child = execa(command, [join(root, program), ...words, '--socket', socket], { reject: false, stdin: 'ignore' });
  let ended = false;
  const exit = child.then((result) => {
    ended = true;
    return result;
  });
  const agent = {
    child,
    exit,
    alive: () => !ended,
    /** The log lines so far, after the end. */
    events: async () =>
      (await exit).stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
  await until(`${program} listens`, async () => ended || (await listens(socket)));
  if (ended) throw new Error(`${program} ended: ${(await exit).stderr}`);
  return agent;
}

/** A client that speaks v1 by hand. */
export async function dial(path: string) {
  const socket = connect(path);
  await new Promise((done, failed) => socket.once('connect', () => done(undefined)).once('error', failed));
  const reader = new FrameReader();
  const replies: unknown[] = [];
  socket.on('error', () => undefined); // 'close' tells
  socket.on('data', (chunk) => replies.push(...reader.push(Buffer.from(chunk)).messages));
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  return {
    socket,
    replies,
    closed,
    send: (message: unknown) => sendFrame(socket, message),
    call: async (message: unknown) => {
      const before = replies.length;
      sendFrame(socket, message);
      await until('a reply', () => replies.length > before || socket.destroyed);
      return replies[before];
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await closed;
    },
  };
}

/** A client that speaks v2: the proxy's side, without a proxy. */
export async function dialV2(path: string, encoding: Encoding = 'sentinel-binary') {
  const socket = connect(path);
  await new Promise((done, failed) => socket.once('connect', () => done(undefined)).once('error', failed));
  const messages: AgentMessage[] = [];
  const reader = new ProxyReader((message) => {
    messages.push(message);
    if (message.type === 'handshake-response') reader.encoding = message.response.encoding;
    if (message.type === 'ping') sendPong(batch, message.payload);
  });
  const batch = FrameBatch.for(socket);
  socket.on('error', () => undefined); // 'close' tells
  socket.on('data', (chunk) => reader.push(Buffer.from(chunk)));
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  const client = {
    socket,
    batch,
    messages,
    closed,
    next: async <T extends AgentMessage['type']>(
      type: T,
      match: (m: Extract<AgentMessage, { type: T }>) => boolean = () => true,
    ) => {
      const found = () =>
        messages.find((m): m is Extract<AgentMessage, { type: T }> => m.type === type && match(m as never));
      await until(`a message '${type}'`, () => found() !== undefined || socket.destroyed);
      const message = found();
      if (message === undefined) throw new Error(`the agent closed the connection before a message '${type}'`);
      return message;
    },
    call: async (callId: number, event: AgentEvent) => {
      sendEvent(batch, encoding, callId, event);
      const key = callKey(callId, event);
      return (await client.next('reply', (m) => m.callId === callId || m.correlationId === key)).reply;
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await closed;
    },
  };
  const request = {
    supportedVersions: [2],
    proxyId: 'test',
    proxyVersion: '0',
    config: null,
    supportedEncodings: [encoding],
  };
  sendHandshakeRequest(batch, request);
  await client.next('handshake-response');
  return client;
}

function sendFrame(socket: Socket, message: unknown): void {
  socket.write(encodeFrame(message) ?? '');
}

/** Wire messages, with what a test wants to vary. */
export function configure(config: unknown) {
  return { version: 1, event_type: 'configure', payload: { agent_id: 'a', config } };
}

export function requestHeaders(uri = '/', headers: Record<string, string[]> = {}, clientIp = '192.0.2.7') {
  const metadata = {
    correlation_id: 'c1',
    request_id: 'r1',
    client_ip: clientIp,
    client_port: 40_000,
    server_name: 'shop.example',
    protocol: 'HTTP/1.1',
    route_id: 'all',
    upstream_id: null,
    timestamp: '2026-01-01T00:00:00.000Z',
  };
  return { version: 1, event_type: 'request_headers', payload: { metadata, method: 'GET', uri, headers } };
}
