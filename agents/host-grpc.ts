// An agent on gRPC: the services of both versions, for proxies on other hosts. `ProcessStream` is a session like that of a
// Unix socket; `ControlStream` tells health and metrics; `ProcessEvent`, and `ProcessEventStream` of version 1, answer one
// event after the other. The shaping decision: whoever may connect is decided by TLS, so in clear only loopback is
// listened on unless the operator insists. It refuses messages over the bound of the protocol, and endless sessions.

import { readFile } from 'node:fs/promises';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { hostLimits, wireLimits } from '#config/limits';
import type { Logger } from '#config/log';
import {
  type Method,
  methods,
  readGrpcEventV1,
  readProxyMessage,
  writeGrpcControl,
  writeGrpcFailure,
  writeGrpcPing,
  writeGrpcReply,
  writeGrpcReplyV1,
} from '#protocol/grpc';
import type { AgentEvent } from '#protocol/message';
import type { Answerer } from './host-answer.ts';
import { type Answer, Fault } from './host-call.ts';
import { GrpcHostWire } from './host-grpc-wire.ts';
import { SessionV2 } from './host-v2.ts';

type Stream = ServerDuplexStream<Buffer, Buffer>;
type Unary = ServerUnaryCall<Buffer, Buffer>;

export interface GrpcListening {
  readonly address: string; // HOST:PORT
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly clientCa: string | undefined; // who may sign those who connect
}

export class GrpcHost {
  readonly #server = new Server({
    'grpc.max_receive_message_length': wireLimits.frameBytesMax,
    'grpc.max_send_message_length': wireLimits.frameBytesMax,
    'grpc.max_concurrent_streams': hostLimits.callsInFlightMax,
  });
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #sessions = new Set<SessionV2>();
  readonly #streams = new Set<Stream>();

  constructor(answerer: Answerer, log: Logger) {
    this.#answerer = answerer;
    this.#log = log;
    this.#server.addService(definitionOf(methods.processStream, methods.controlStream, methods.processEvent), {
      ProcessStream: (call: Stream) => this.#processStream(call),
      ControlStream: (call: Stream) => this.#controlStream(call),
      ProcessEvent: (call: Unary, done: sendUnaryData<Buffer>) => this.#processEvent(call, done),
    });
    this.#server.addService(definitionOf(methods.v1ProcessEvent, methods.v1ProcessEventStream), {
      ProcessEvent: (call: Unary, done: sendUnaryData<Buffer>) => this.#processEventV1(call, done),
      ProcessEventStream: (call: Stream) => this.#processEventStreamV1(call),
    });
  }

  /** Resolves with the port; rejects if it cannot listen there, or a file is of no use. */
  async listen(listening: GrpcListening): Promise<number> {
    const credentials = await credentialsOf(listening);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(listening.address, credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** As on a Unix socket: sessions end after their calls, nothing new begins. */
  drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    for (const session of this.#sessions) session.drain();
    for (const stream of this.#streams) stream.end();
    return closed;
  }

  cut(): void {
    this.#server.forceShutdown();
  }

  #processStream(call: Stream): void {
    if (this.#sessions.size >= hostLimits.connectionsMax)
      return fail(call, status.RESOURCE_EXHAUSTED, 'too many sessions');
    const wire = new GrpcHostWire(call);
    const session = new SessionV2(wire, this.#answerer, this.#log);
    this.#sessions.add(session);
    const end = () => {
      if (!this.#sessions.delete(session)) return;
      wire.close();
      session.close();
    };
    call.on('data', (bytes: Buffer) => {
      const reading = readProxyMessage(bytes);
      if (reading.ok) session.onMessage(reading.value);
      else session.refuse(reading.problem);
      wire.readLaterIfFull();
    });
    call.on('end', () => {
      end();
      call.end();
    });
    for (const what of ['cancelled', 'error', 'close']) call.on(what, end);
  }

  #controlStream(call: Stream): void {
    if (this.#streams.size >= hostLimits.connectionsMax)
      return fail(call, status.RESOURCE_EXHAUSTED, 'too many streams');
    const { status: agent } = this.#answerer;
    const stop = agent.listen((message) => void call.write(writeGrpcControl(message)));
    this.#streams.add(call);
    call.write(writeGrpcControl(agent.health()));
    call.on('data', (bytes: Buffer) => {
      const reading = readProxyMessage(bytes);
      if (reading.ok && reading.value.type === 'ping')
        call.write(writeGrpcPing('agent', 'pong', reading.value.payload));
    });
    call.on('end', () => call.end());
    for (const what of ['end', 'cancelled', 'error', 'close'])
      call.on(what, () => {
        stop();
        this.#streams.delete(call);
      });
  }

  #processEvent(call: Unary, done: sendUnaryData<Buffer>): void {
    const reading = readProxyMessage(call.request);
    if (!reading.ok || reading.value.type !== 'event')
      return done({ code: status.INVALID_ARGUMENT, details: reading.ok ? 'not an event' : reading.problem });
    const { event, correlationId } = reading.value;
    this.#answer(call, event, (answer) => {
      const bytes = answer instanceof Fault ? undefined : writeGrpcReply(answer, correlationId);
      done(null, bytes ?? writeGrpcFailure(correlationId, answer instanceof Fault ? answer.why : tooLarge));
    });
  }

  #processEventV1(call: Unary, done: sendUnaryData<Buffer>): void {
    const reading = readGrpcEventV1(call.request);
    if (!reading.ok) return done({ code: status.INVALID_ARGUMENT, details: reading.problem });
    this.#answer(call, reading.value, (answer) => {
      const bytes = answer instanceof Fault ? undefined : writeGrpcReplyV1(answer);
      if (bytes !== undefined) done(null, bytes);
      else done({ code: status.ABORTED, details: answer instanceof Fault ? answer.why : tooLarge });
    });
  }

  /** In order, one at a time: version 1 has no other way to say which answer is whose. */
  #processEventStreamV1(call: Stream): void {
    call.on('data', (bytes: Buffer) => {
      call.pause();
      const reading = readGrpcEventV1(bytes);
      if (!reading.ok) return fail(call, status.INVALID_ARGUMENT, reading.problem);
      this.#answer(call, reading.value, (answer) => {
        const reply = answer instanceof Fault ? undefined : writeGrpcReplyV1(answer);
        if (reply === undefined) return fail(call, status.ABORTED, answer instanceof Fault ? answer.why : tooLarge);
        call.write(reply);
        call.resume();
      });
    });
    call.on('error', () => undefined);
    call.on('end', () => call.end());
  }

  #answer(call: Cancellable, event: AgentEvent, done: (answer: Answer) => void): void {
    let isOver = false;
    const asked = this.#answerer.answer(event, (answer) => {
      isOver = true;
      if (!call.cancelled) done(answer);
    });
    if (!isOver) call.once('cancelled', () => asked.abort('client_disconnect'));
  }
}

interface Cancellable {
  readonly cancelled: boolean;
  once(what: 'cancelled', told: () => void): unknown;
}

const tooLarge = 'a reply over the size of a message';

function fail(call: Stream, code: status, details: string): void {
  call.emit('error', { code, details });
}

/** gRPC hands bytes through: the protocol's own codec writes and reads them. */
function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function definitionOf(...all: readonly Method[]): ServiceDefinition {
  const entries = all.map(({ path, isStream }) => [
    path.split('/')[2] ?? '',
    {
      path,
      requestStream: isStream,
      responseStream: isStream,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  ]);
  return Object.fromEntries(entries);
}

async function credentialsOf({ cert, key, clientCa }: GrpcListening): Promise<ServerCredentials> {
  if (cert === undefined || key === undefined) return ServerCredentials.createInsecure();
  const [chain, secret] = await Promise.all([readFile(cert), readFile(key)]);
  const authorities = clientCa === undefined ? null : await readFile(clientCa);
  return ServerCredentials.createSsl(authorities, [{ cert_chain: chain, private_key: secret }], clientCa !== undefined);
}
