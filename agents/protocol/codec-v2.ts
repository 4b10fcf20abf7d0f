// Version 2 on the wire, both sides: what goes out is written into a FrameBatch, what comes in is narrowed and handed
// on message by message. README.md is the specification.
//
// How to use it, on the proxy's side (the agent's mirrors it):
//
//   const batch = FrameBatch.for(socket);              // all frames of one event-loop turn leave in one write
//   sendHandshakeRequest(batch, request);
//   const reader = new ProxyReader((message) => …);    // what the agent says; may set reader.encoding while it runs
//   socket.on('data', (chunk) => { const problem = reader.push(chunk); if (problem) close(problem); });
//   on 'handshake-response': reader.encoding = response.encoding, and from then on
//   sendEvent(batch, encoding, callId, event);         // false: larger than a frame may be, nothing was written
//   sendCancel(batch, encoding, callId, correlationIdOf(event), 'timeout');
//   on 'reply': `callId` with sentinel-binary; else undefined, and `correlationId` is what callKey(callId, event) was.
//   on 'failed' (sentinel-binary only): the agent has no answer to `callId`, at once and not only at the deadline.
//   on 'ping': sendPong(batch, message.payload).
//
// Every kind of event is answered but `request_complete`, to which agents in the field reply all the same: such a reply
// is no fault. The shaping decision: the encoding is a parameter and not a class, so that one reader can change it in
// the middle of a chunk, when the handshake says so. It refuses frames that belong to the other direction.

import { wireLimits } from '#config/limits';
import { readBinaryEvent, writeBinaryEvent } from './binary-event.ts';
import { readBinaryReply, writeBinaryFailure, writeBinaryReply } from './binary-reply.ts';
import {
  type Cancel,
  type CancelReason,
  type ControlMessage,
  cancelReasonOf,
  cancelReasons,
  type Encoding,
  type HandshakeRequest,
  type HandshakeResponse,
  readCancel,
  readControl,
  readHandshakeRequest,
  readHandshakeResponse,
  writeCancel,
  writeControl,
  writeHandshakeRequest,
  writeHandshakeResponse,
} from './control.ts';
import { readPayload, writePayload } from './event-json.ts';
import type { FrameBatch } from './frame-batch.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { controlFrameTypes, controlOfFrame, eventFrameTypes, eventOfFrame, frameTypes } from './frame-types.ts';
import { type AgentEvent, type AgentReply, correlationIdOf, type EventType } from './message.ts';
import { decodeMsgpack, encodeMsgpack } from './msgpack.ts';
import { correlationOf, readReply, writeReply } from './reply-json.ts';
import { decodeJson } from './utf8.ts';

const { frameV2BytesMax } = wireLimits;

// ---- what the proxy writes ----

/** What a reply in JSON or MessagePack names. A `configure` belongs to no exchange: it is named after its call. */
export function callKey(callId: number, event: AgentEvent): string {
  return event.type === 'configure' ? `configure-${callId}` : correlationIdOf(event);
}

export function sendHandshakeRequest(batch: FrameBatch, request: HandshakeRequest): boolean {
  return sendValue(batch, frameTypes.handshakeRequest, 'json', writeHandshakeRequest(request));
}

export function sendEvent(batch: FrameBatch, encoding: Encoding, callId: number, event: AgentEvent): boolean {
  if (encoding !== 'sentinel-binary') {
    const payload = { ...writePayload(event), correlation_id: callKey(callId, event) };
    return sendValue(batch, eventFrameTypes[event.type], encoding, payload);
  }
  const start = beginCall(batch, eventFrameTypes[event.type], callId);
  if (event.type === 'configure' || event.type === 'guardrail_inspect')
    writeBytes(batch, Buffer.from(JSON.stringify(writePayload(event))));
  else writeBinaryEvent(batch, event);
  return batch.end(start, frameV2BytesMax);
}

export function sendCancel(
  batch: FrameBatch,
  encoding: Encoding,
  callId: number,
  correlationId: string,
  reason: CancelReason,
): boolean {
  if (encoding !== 'sentinel-binary')
    return sendValue(batch, frameTypes.cancel, encoding, writeCancel({ correlationId, reason }, Date.now()));
  const start = beginCall(batch, frameTypes.cancel, callId);
  batch.room(1);
  batch.bytes[batch.at] = cancelReasons[reason];
  batch.at += 1;
  return batch.end(start, frameV2BytesMax);
}

// ---- what the agent writes ----

export function sendHandshakeResponse(batch: FrameBatch, response: HandshakeResponse): boolean {
  return sendValue(batch, frameTypes.handshakeResponse, 'json', writeHandshakeResponse(response));
}

/** `correlationId` is what the event's own was; sentinel-binary does without. */
export function sendReply(
  batch: FrameBatch,
  encoding: Encoding,
  callId: number,
  correlationId: string,
  reply: AgentReply,
): boolean {
  if (encoding !== 'sentinel-binary')
    return sendValue(batch, frameTypes.reply, encoding, writeReply(reply, 2, correlationId));
  const start = beginCall(batch, frameTypes.reply, callId);
  writeBinaryReply(batch, reply);
  return batch.end(start, frameV2BytesMax);
}

/** Only sentinel-binary can say it; false: nothing was written, and the proxy will wait for its deadline. */
export function sendFailure(batch: FrameBatch, encoding: Encoding, callId: number, why: string): boolean {
  if (encoding !== 'sentinel-binary') return false;
  const start = beginCall(batch, frameTypes.reply, callId);
  writeBinaryFailure(batch, why);
  return batch.end(start, frameV2BytesMax);
}

export function sendControl(batch: FrameBatch, encoding: Encoding, message: ControlMessage): boolean {
  return sendValue(batch, controlFrameTypes[message.type], encoding, writeControl(message));
}

// ---- what both write ----

/** `payload` comes back in the pong, as it is. */
export function sendPing(batch: FrameBatch, payload: Buffer): boolean {
  return sendBytes(batch, frameTypes.ping, payload);
}

export function sendPong(batch: FrameBatch, payload: Buffer): boolean {
  return sendBytes(batch, frameTypes.pong, payload);
}

function begin(batch: FrameBatch, type: number): number {
  const start = batch.begin();
  batch.room(1);
  batch.bytes[batch.at] = type;
  batch.at += 1;
  return start;
}

function beginCall(batch: FrameBatch, type: number, callId: number): number {
  const start = begin(batch, type);
  batch.room(4);
  batch.bytes.writeUInt32BE(callId, batch.at);
  batch.at += 4;
  return start;
}

function sendBytes(batch: FrameBatch, type: number, bytes: Buffer): boolean {
  const start = begin(batch, type);
  writeBytes(batch, bytes);
  return batch.end(start, frameV2BytesMax);
}

function writeBytes(batch: FrameBatch, bytes: Buffer): void {
  batch.room(bytes.length);
  batch.bytes.set(bytes, batch.at);
  batch.at += bytes.length;
}

/** What sentinel-binary has no layout for is JSON. */
function sendValue(batch: FrameBatch, type: number, encoding: Encoding, value: object): boolean {
  return sendBytes(batch, type, encoding === 'msgpack' ? encodeMsgpack(value) : Buffer.from(JSON.stringify(value)));
}

// ---- reading ----

type Pinging =
  | { readonly type: 'ping'; readonly payload: Buffer }
  | { readonly type: 'pong'; readonly payload: Buffer };

/** What an agent says. A reply names its call one way or the other, see above. */
export type AgentMessage =
  | { readonly type: 'handshake-response'; readonly response: HandshakeResponse }
  | {
      readonly type: 'reply';
      readonly callId: number | undefined;
      readonly correlationId: string | undefined;
      readonly reply: AgentReply;
    }
  | { readonly type: 'failed'; readonly callId: number; readonly why: string }
  | ControlMessage
  | Pinging;

/** What a proxy says. `correlationId` is what a reply has to name; `callId` is 0 where the encoding has none. */
export type ProxyMessage =
  | { readonly type: 'handshake-request'; readonly request: HandshakeRequest }
  | { readonly type: 'event'; readonly callId: number; readonly correlationId: string; readonly event: AgentEvent }
  | {
      readonly type: 'cancel';
      readonly callId: number | undefined;
      readonly correlationId: string | undefined;
      readonly reason: CancelReason;
    }
  | Pinging;

/** Why a frame is none, or nothing. */
type Problem = string | undefined;

/** The proxy's side: reads what the agent says. Nothing that it hands on refers to the chunk but a ping's payload. */
export class ProxyReader {
  encoding: Encoding = 'json';
  readonly #onMessage: (message: AgentMessage) => void;
  readonly #splitter = new FrameSplitter(frameV2BytesMax, (bytes, at, end) => this.#take(bytes, at, end));

  constructor(onMessage: (message: AgentMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** Returns what is wrong with the stream, if anything is; nothing behind it is read. */
  push(chunk: Buffer): Problem {
    return this.#splitter.push(chunk);
  }

  /** To be called when the connection ends, also from within `onMessage`. */
  stop(): void {
    this.#splitter.stop('the connection has ended');
  }

  #take(bytes: Buffer, at: number, end: number): Problem {
    const type = bytes.readUInt8(at);
    if (type === frameTypes.reply) return this.#takeReply(bytes, at + 1, end);
    if (type === frameTypes.ping || type === frameTypes.pong) {
      this.#onMessage(pinging(type, bytes, at + 1, end));
      return undefined;
    }
    if (type === frameTypes.handshakeResponse) return this.#takeHandshake(bytes, at + 1, end);
    const control = controlOfFrame(type);
    return control === undefined ? unknownType(type) : this.#takeControl(control, bytes, at + 1, end);
  }

  #takeReply(bytes: Buffer, at: number, end: number): Problem {
    if (this.encoding === 'sentinel-binary') return this.#takeBinaryReply(bytes, at, end);
    const message = decode(this.encoding, bytes, at, end);
    const reading = readReply(message, 2);
    if (!reading.ok) return `a reply: ${reading.problem}`;
    this.#onMessage({ type: 'reply', callId: undefined, correlationId: correlationOf(message), reply: reading.value });
    return undefined;
  }

  #takeBinaryReply(bytes: Buffer, at: number, end: number): Problem {
    if (end - at < 4) return 'a reply without the id of its call';
    const callId = bytes.readUInt32BE(at);
    const reading = readBinaryReply(bytes, at + 4, end);
    if (!reading.ok) return reading.problem;
    if ('failed' in reading.value) this.#onMessage({ type: 'failed', callId, why: reading.value.failed });
    else this.#onMessage({ type: 'reply', callId, correlationId: undefined, reply: reading.value.reply });
    return undefined;
  }

  #takeHandshake(bytes: Buffer, at: number, end: number): Problem {
    const reading = readHandshakeResponse(decode('json', bytes, at, end));
    if (!reading.ok) return `the handshake: ${reading.problem}`;
    this.#onMessage({ type: 'handshake-response', response: reading.value });
    return undefined;
  }

  #takeControl(type: ControlMessage['type'], bytes: Buffer, at: number, end: number): Problem {
    const reading = readControl(type, decode(this.encoding, bytes, at, end));
    if (!reading.ok) return `${type}: ${reading.problem}`;
    this.#onMessage(reading.value);
    return undefined;
  }
}

/** The agent's side: reads what the proxy says. Events keep the chunk in which they arrived. */
export class AgentReader {
  encoding: Encoding = 'json';
  readonly #onMessage: (message: ProxyMessage) => void;
  readonly #splitter = new FrameSplitter(frameV2BytesMax, (bytes, at, end) => this.#take(bytes, at, end));

  constructor(onMessage: (message: ProxyMessage) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): Problem {
    return this.#splitter.push(chunk);
  }

  stop(): void {
    this.#splitter.stop('the connection has ended');
  }

  #take(bytes: Buffer, at: number, end: number): Problem {
    const type = bytes.readUInt8(at);
    const event = eventOfFrame(type);
    if (event !== undefined) return this.#takeEvent(event, bytes, at + 1, end);
    if (type === frameTypes.cancel) return this.#takeCancel(bytes, at + 1, end);
    if (type === frameTypes.ping || type === frameTypes.pong) {
      this.#onMessage(pinging(type, bytes, at + 1, end));
      return undefined;
    }
    return type === frameTypes.handshakeRequest ? this.#takeHandshake(bytes, at + 1, end) : unknownType(type);
  }

  #takeEvent(type: EventType, bytes: Buffer, at: number, end: number): Problem {
    if (this.encoding === 'sentinel-binary') return this.#takeBinaryEvent(type, bytes, at, end);
    const message = decode(this.encoding, bytes, at, end);
    const reading = readPayload(type, message);
    if (!reading.ok) return `${type}: ${reading.problem}`;
    const event = reading.value;
    const correlationId = correlationOf(message) ?? (event.type === 'configure' ? '' : correlationIdOf(event));
    this.#onMessage({ type: 'event', callId: 0, correlationId, event });
    return undefined;
  }

  #takeBinaryEvent(type: EventType, bytes: Buffer, at: number, end: number): Problem {
    if (end - at < 4) return 'an event without the id of its call';
    const event = readHotEvent(type, bytes, at + 4, end);
    if (typeof event === 'string') return `${type}: ${event}`;
    this.#onMessage({ type: 'event', callId: bytes.readUInt32BE(at), correlationId: '', event });
    return undefined;
  }

  #takeCancel(bytes: Buffer, at: number, end: number): Problem {
    if (this.encoding === 'sentinel-binary') {
      if (end - at !== 5) return 'a cancel that is not five bytes';
      const reason = cancelReasonOf(bytes.readUInt8(at + 4));
      this.#onMessage({ type: 'cancel', callId: bytes.readUInt32BE(at), correlationId: undefined, reason });
      return undefined;
    }
    const reading = readCancel(decode(this.encoding, bytes, at, end));
    if (!reading.ok) return `cancel: ${reading.problem}`;
    const { correlationId, reason }: Cancel = reading.value;
    this.#onMessage({ type: 'cancel', callId: undefined, correlationId, reason });
    return undefined;
  }

  #takeHandshake(bytes: Buffer, at: number, end: number): Problem {
    const reading = readHandshakeRequest(decode('json', bytes, at, end));
    if (!reading.ok) return `the handshake: ${reading.problem}`;
    this.#onMessage({ type: 'handshake-request', request: reading.value });
    return undefined;
  }
}

function readHotEvent(type: EventType, bytes: Buffer, at: number, end: number): AgentEvent | string {
  if (type !== 'configure' && type !== 'guardrail_inspect')
    return readBinaryEvent(type, bytes, at, end) ?? 'its lengths do not fit its frame';
  const reading = readPayload(type, decodeJson(bytes, at, end));
  return reading.ok ? reading.value : reading.problem;
}

/** `undefined` where the bytes are not what the encoding says; no schema takes that. */
function decode(encoding: Encoding, bytes: Buffer, at: number, end: number): unknown {
  return encoding === 'msgpack' ? decodeMsgpack(bytes, at, end) : decodeJson(bytes, at, end);
}

function pinging(type: number, bytes: Buffer, at: number, end: number): Pinging {
  return { type: type === frameTypes.ping ? 'ping' : 'pong', payload: bytes.subarray(at, end) };
}

function unknownType(type: number): string {
  return `a frame of the type 0x${type.toString(16).padStart(2, '0')}, which is not the other side's to send`;
}
