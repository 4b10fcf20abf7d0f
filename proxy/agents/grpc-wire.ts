// Version 2 over gRPC: one `ProcessStream` says what a Unix socket says, message for message; beside it a `ControlStream`
// for agents that tell their health there, which may be missing. The shaping decision: calls are known by their
// correlation ids, as in JSON, because that is what the messages have. It refuses to reconnect: the link does.

import type { Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { HandshakeRequest } from '#protocol/control';
import { methods, readAgentMessage, writeGrpcCancel, writeGrpcEvent, writeGrpcPing, writeOffer } from '#protocol/grpc';
import type { AgentEvent } from '#protocol/message';
import type { CancelReason } from './connection.ts';
import type { GrpcPlace } from './grpc-channel.ts';
import { pingPayload, type Wire, type WireEvents } from './wire.ts';

type Stream = ClientDuplexStream<Buffer, Buffer>;

export class GrpcWire implements Wire {
  readonly name = 'grpc';
  readonly encodings = []; // there is one
  readonly #events: WireEvents;
  #client: Client | undefined = undefined;
  #makeStream: ((client: Client, path: string) => Stream) | undefined = undefined;
  #stream: Stream | undefined = undefined;
  #control: Stream | undefined = undefined;
  #hasAnswered = false;
  #isClosed = false;

  constructor(place: GrpcPlace, events: WireEvents) {
    this.#events = events;
    void this.#open(place);
  }

  /** Nothing but the one there is can be agreed upon. Now is the time to hear what it says besides. */
  use(): void {
    this.#control = this.#openStream(methods.controlStream.path);
    this.#control?.on('error', () => undefined); // many agents have none
  }

  offer(request: HandshakeRequest): void {
    this.#stream?.write(writeOffer(request));
  }

  sendEvent(_callId: number, correlationId: string, event: AgentEvent): boolean {
    const bytes = writeGrpcEvent(event, correlationId);
    if (bytes === undefined) return false;
    this.#stream?.write(bytes);
    return true;
  }

  sendCancel(_callId: number, correlationId: string, reason: CancelReason): void {
    this.#stream?.write(writeGrpcCancel(correlationId, reason));
  }

  sendPing(): void {
    this.#stream?.write(writeGrpcPing('proxy', 'ping', pingPayload));
  }

  sendPong(payload: Buffer): void {
    this.#stream?.write(writeGrpcPing('proxy', 'pong', payload));
  }

  close(): void {
    this.#isClosed = true;
    this.#control?.cancel();
    this.#stream?.cancel();
    this.#client?.close();
  }

  async #open(place: GrpcPlace): Promise<void> {
    const channel = await import('./grpc-channel.ts');
    try {
      this.#client = await channel.openClient(place);
    } catch (error) {
      if (!this.#isClosed) this.#events.onGone('unreachable', (error as Error).message);
      return;
    }
    if (this.#isClosed) return this.#client.close();
    this.#makeStream = (client, path) =>
      client.makeBidiStreamRequest(path, channel.asIs, channel.asIs, channel.noMetadata());
    const stream = this.#openStream(methods.processStream.path);
    this.#stream = stream;
    stream?.on('error', (error: ServiceError) => {
      if (!this.#isClosed) this.#events.onGone(channel.faultOf(error, this.#hasAnswered), error.details);
    });
    stream?.on('end', () => this.#onEnd());
    this.#events.onConnect(); // what is written now leaves when it is
  }

  #openStream(path: string): Stream | undefined {
    const stream = this.#client === undefined ? undefined : this.#makeStream?.(this.#client, path);
    stream?.on('data', (bytes: Buffer) => this.#onData(bytes));
    return stream;
  }

  #onData(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#hasAnswered = true;
    this.#events.onHeard();
    const reading = readAgentMessage(bytes);
    if (reading.ok) this.#events.onMessage(reading.value);
    else this.#events.onGone('bad-protocol', reading.problem);
  }

  #onEnd(): void {
    if (!this.#isClosed && this.#hasAnswered) this.#events.onGone('lost', 'the agent ended the stream');
  }
}
