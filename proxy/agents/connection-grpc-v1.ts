// A connection that speaks version 1 over gRPC: a call of `AgentProcessor.ProcessEvent` for each event, any number of
// them at once, since HTTP/2 tells them apart. The agent is configured first. A call that is given up is cancelled by
// itself and costs no other. It refuses an answer that is none: that ends it, as everywhere.

import type { Client, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { hostLimits } from '#config/limits';
import { methods, readGrpcReplyV1, writeGrpcEventV1 } from '#protocol/grpc';
import type { AgentReply, ConfigureEvent } from '#protocol/message';
import { type AgentCall, type AgentFault, type CallResult, type FailedCall, failed } from './call.ts';
import type { AgentConnection, ConnectionEvents } from './connection.ts';
import { everything, reasonOf } from './connection-v1.ts';
import type { GrpcPlace } from './grpc-channel.ts';

type Channel = typeof import('./grpc-channel.ts');

export class ConnectionGrpcV1 implements AgentConnection {
  readonly version = 1;
  readonly isUnderstood = true; // there is nothing to fall back to
  readonly #events: ConnectionEvents;
  readonly #openingDeadline: NodeJS.Timeout;
  readonly #calls = new Map<AgentCall, ClientUnaryCall>();
  #channel: Channel | undefined = undefined;
  #client: Client | undefined = undefined;
  #isOpen = false;
  #ended: FailedCall | undefined = undefined;

  constructor(place: GrpcPlace, configure: ConfigureEvent, events: ConnectionEvents) {
    this.#events = events;
    this.#openingDeadline = setTimeout(
      () => this.end('timed-out', 'no answer to its configuration'),
      hostLimits.linkOpeningMs,
    );
    void this.#open(place, configure);
  }

  get isFree(): boolean {
    return this.#isOpen;
  }

  get callsInFlight(): number {
    return this.#calls.size;
  }

  send(call: AgentCall): void {
    const bytes = writeGrpcEventV1(call.event);
    if (bytes === undefined) return call.settle(failed('too-large', 'the event does not fit a message'));
    call.carrier = this;
    const settle = (result: CallResult) => {
      if (!this.#calls.delete(call)) return; // cancelled
      call.settle(result);
      this.#events.onFree(this);
    };
    const request = this.#ask(bytes, (answer) => settle(answer));
    if (request !== undefined) this.#calls.set(call, request);
  }

  cancel(call: AgentCall): void {
    const request = this.#calls.get(call);
    this.#calls.delete(call);
    request?.cancel();
  }

  end(fault: AgentFault, detail: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = failed(fault, detail);
    this.#isOpen = false;
    clearTimeout(this.#openingDeadline);
    this.#client?.close();
    this.#events.onEnd(this, this.#ended);
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const [call, request] of calls) {
      request.cancel();
      call.settle(this.#ended);
    }
  }

  async #open(place: GrpcPlace, configure: ConfigureEvent): Promise<void> {
    this.#channel = await import('./grpc-channel.ts');
    try {
      this.#client = await this.#channel.openClient(place);
    } catch (error) {
      return this.end('unreachable', (error as Error).message);
    }
    if (this.#ended !== undefined) return this.#client.close();
    const bytes = writeGrpcEventV1(configure);
    if (bytes === undefined) this.end('too-large', 'its configuration does not fit a message');
    else
      this.#ask(bytes, (answer) =>
        answer.ok ? this.#onConfigured(answer.reply.decision) : this.end('refused-config', answer.detail),
      );
  }

  #onConfigured(decision: AgentReply['decision']): void {
    if (decision.type !== 'allow') return this.end('refused-config', reasonOf(decision));
    clearTimeout(this.#openingDeadline);
    this.#isOpen = true;
    this.#events.onOpen(this, { ...everything, encoding: 'grpc' });
  }

  #ask(bytes: Buffer, onAnswer: (answer: CallResult) => void): ClientUnaryCall | undefined {
    const { path } = methods.v1ProcessEvent;
    const channel = this.#channel;
    if (this.#client === undefined || channel === undefined) return undefined;
    const metadata = channel.noMetadata();
    return this.#client.makeUnaryRequest(
      path,
      channel.asIs,
      channel.asIs,
      bytes,
      metadata,
      (error, answer?: Buffer) => {
        if (this.#ended !== undefined) return;
        if (error !== null) return this.#onError(channel, error, onAnswer);
        const reading = readGrpcReplyV1(answer ?? Buffer.alloc(0));
        if (reading.ok) onAnswer({ ok: true, reply: reading.value });
        else this.end('bad-protocol', reading.problem);
      },
    );
  }

  /** An agent that says that it has no answer says it of that call. A server that is killed cancels what it was asked. */
  #onError(channel: Channel, error: ServiceError, onAnswer: (answer: CallResult) => void): void {
    if (channel.isCancelledByUs(error)) return;
    if (channel.ownWords.has(error.code)) onAnswer(failed('declined', error.details));
    else this.end(channel.faultOf(error, this.#isOpen), error.details);
  }
}
