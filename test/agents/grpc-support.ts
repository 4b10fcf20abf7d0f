// What tests of gRPC share: an agent that serves it on a port that the system picks, and a raw server of its services
// that does what a test says.

import assert from 'node:assert/strict';
import {
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { createLogger } from '#config/log';
import { methods, readGrpcEventV1, writeGrpcReplyV1 } from '#protocol/grpc';
import type { AgentEvent, AgentReply } from '#protocol/message';
import { type Agent, Answerer } from '../../agents/host-answer.ts';
import { GrpcHost, type GrpcListening } from '../../agents/host-grpc.ts';
import { HostStatus } from '../../agents/host-status.ts';

type Files = Partial<Omit<GrpcListening, 'address'>>;

export async function serveGrpc(agent: Omit<Agent, 'name'>, files: Files = {}, address = '127.0.0.1:0') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const status = new HostStatus('test');
  const host = new GrpcHost(new Answerer({ name: 'test', ...agent }, log, status), log);
  const none = { cert: undefined, key: undefined, clientCa: undefined };
  const port = await host.listen({ address, ...none, ...files });
  return { port, address: `127.0.0.1:${port}`, host, status, lines, [Symbol.asyncDispose]: async () => host.cut() };
}

type Stream = ServerDuplexStream<Buffer, Buffer>;

const asIs = (bytes: Buffer) => bytes;
const asBytes = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

/** Only `ProcessStream`, as the test says; every other method is not there. */
export async function serveRawStream(onStream: (stream: Stream) => void, address = '127.0.0.1:0') {
  const server = new Server();
  const { path } = methods.processStream;
  server.addService(
    { ProcessStream: { path, requestStream: true, responseStream: true, ...asBytes } },
    {
      ProcessStream: (stream: Stream) => {
        stream.on('error', () => undefined);
        onStream(stream);
      },
    },
  );
  const port = await bind(server, address);
  const stop = async () => server.forceShutdown();
  return { port, address: `127.0.0.1:${port}`, stop, [Symbol.asyncDispose]: stop };
}

/** Only `AgentProcessor.ProcessEvent`: what agents of version 1 have. */
export async function serveOnlyV1(answer: (event: AgentEvent) => AgentReply) {
  const server = new Server();
  const { path } = methods.v1ProcessEvent;
  server.addService(
    { ProcessEvent: { path, requestStream: false, responseStream: false, ...asBytes } },
    {
      ProcessEvent: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        const event = readGrpcEventV1(call.request);
        assert(event.ok);
        done(null, writeGrpcReplyV1(answer(event.value)) ?? Buffer.alloc(0));
      },
    },
  );
  const port = await bind(server, '127.0.0.1:0');
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

export const inClear = credentials.createInsecure();
