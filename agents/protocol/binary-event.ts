// Events in `sentinel-binary` (README.md, "sentinel-binary"): laid out by hand, behind the u32 id of the call.
//
//   request headers:   port u16 | time f64 | text u32 n | n bytes, fields with NUL between | header block, to the end
//   response headers:  status u16 | text u16 n | correlation id | header block, to the end
//   body chunk:        flags u8 | index u32 | total f64 | so far f64 | text u16 n | correlation id | bytes, to the end
//
// The shaping decision: the texts of an event lie together, so one call writes them and one reads them; an event that
// is read keeps its bytes and makes texts and tables when somebody asks, so an agent pays for what it looks at. What is
// rare (configure, guardrail) is JSON here, too. It refuses an event whose lengths do not fit its frame.

import type { FrameBatch } from './frame-batch.ts';
import { HeaderBlock, type HeaderTable } from './headers.ts';
import {
  type AgentEvent,
  type RequestBodyChunkEvent,
  type RequestCompleteEvent,
  type RequestHeadersEvent,
  type RequestMetadata,
  type ResponseBodyChunkEvent,
  type ResponseHeadersEvent,
  type WebsocketFrameEvent,
  websocketOpcodes,
} from './message.ts';

/** The kinds that have a layout of their own. */
export type BinaryEvent = Exclude<AgentEvent, { type: 'configure' | 'guardrail_inspect' }>;

/** Writes what stands behind the call's id. */
export function writeBinaryEvent(batch: FrameBatch, event: BinaryEvent): void {
  switch (event.type) {
    case 'request_headers':
      return writeRequestHeaders(batch, event);
    case 'response_headers':
      return writeResponseHeaders(batch, event);
    case 'request_body_chunk':
      return writeBodyChunk(batch, event, event.bytesReceived);
    case 'response_body_chunk':
      return writeBodyChunk(batch, event, event.bytesSent);
    case 'request_complete':
      return writeComplete(batch, event);
    case 'websocket_frame':
      return writeWebsocketFrame(batch, event);
  }
}

/** The event in `bytes` from `at` to `end`, or `undefined` if its lengths do not fit. It keeps the bytes. */
export function readBinaryEvent(
  type: BinaryEvent['type'],
  bytes: Buffer,
  at: number,
  end: number,
): BinaryEvent | undefined {
  if (end - at < fixedBytes[type]) return undefined;
  switch (type) {
    case 'request_headers':
      return readRequestHeaders(bytes, at, end);
    case 'response_headers':
      return readResponseHeaders(bytes, at, end);
    case 'request_body_chunk':
    case 'response_body_chunk':
      return readBodyChunk(type, bytes, at, end);
    case 'request_complete':
      return readComplete(bytes, at, end);
    case 'websocket_frame':
      return readWebsocketFrame(bytes, at, end);
  }
}

const fixedBytes = {
  request_headers: 14,
  response_headers: 4,
  request_body_chunk: 23,
  response_body_chunk: 23,
  request_complete: 34,
  websocket_frame: 8,
} as const satisfies Record<BinaryEvent['type'], number>;

const utf8BytesMost = 3; // of one UTF-16 code unit

// ---- request headers ----

/** Piece by piece: put together first, the texts are two dozen objects on the way (two fifths of what asking left behind). */
function writeRequestHeaders(batch: FrameBatch, event: RequestHeadersEvent): void {
  const about = event.metadata;
  const start = batch.at;
  batch.room(fixedBytes.request_headers);
  batch.bytes.writeUInt16BE(about.clientPort, start);
  batch.bytes.writeDoubleBE(about.timestampMs, start + 2);
  batch.at = start + fixedBytes.request_headers;
  writePart(batch, event.method);
  writePart(batch, event.uri);
  writePart(batch, about.correlationId);
  writePart(batch, about.requestId);
  writePart(batch, about.clientIp);
  writePart(batch, about.serverName);
  writePart(batch, about.protocol);
  writePart(batch, about.tlsVersion);
  writePart(batch, about.tlsCipher);
  writePart(batch, about.routeId);
  writePart(batch, about.upstreamId);
  writePart(batch, about.traceparent);
  batch.at -= 1; // NUL stands between them, not behind the last
  batch.bytes.writeUInt32BE(batch.at - start - fixedBytes.request_headers, start + 10);
  writeHeaders(batch, event.headers);
}

/** A text and NUL. Nearly all are ASCII, and short: a loop costs less than a call into the runtime. */
function writePart(batch: FrameBatch, text = ''): void {
  batch.room(utf8BytesMost * text.length + 1);
  const { bytes, at } = batch;
  let length = 0;
  for (; length < text.length; length += 1) {
    const code = text.charCodeAt(length);
    if (code > 0x7f) break;
    bytes[at + length] = code;
  }
  const end = length === text.length ? at + length : at + bytes.write(text, at);
  bytes[end] = 0;
  batch.at = end + 1;
}

const requestTexts = 12;

function readRequestHeaders(bytes: Buffer, at: number, end: number): RequestHeadersEvent | undefined {
  const textEnd = at + 14 + bytes.readUInt32BE(at + 10);
  if (textEnd > end || countNul(bytes, at + 14, textEnd) !== requestTexts - 1) return undefined;
  return new BinaryRequestHeaders(bytes, at, textEnd, end);
}

/** Byte by byte: the texts are some hundred bytes, and eleven calls into the runtime cost more. */
function countNul(bytes: Buffer, at: number, end: number): number {
  let found = 0;
  for (let index = at; index < end; index += 1) if (bytes[index] === 0) found += 1;
  return found;
}

class BinaryRequestHeaders implements RequestHeadersEvent {
  readonly type = 'request_headers';
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #textEnd: number;
  readonly #end: number;
  #texts: string[] | undefined;
  #metadata: RequestMetadata | undefined;
  #headers: HeaderBlock | undefined;

  constructor(bytes: Buffer, at: number, textEnd: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#textEnd = textEnd;
    this.#end = end;
  }

  get method(): string {
    return this.#text(0);
  }

  get uri(): string {
    return this.#text(1);
  }

  get headers(): HeaderBlock {
    this.#headers ??= new HeaderBlock(this.#bytes, this.#textEnd, this.#end);
    return this.#headers;
  }

  get metadata(): RequestMetadata {
    this.#metadata ??= {
      correlationId: this.#text(2),
      requestId: this.#text(3),
      clientIp: this.#text(4),
      clientPort: this.#bytes.readUInt16BE(this.#at),
      serverName: this.#text(5) || undefined,
      protocol: this.#text(6),
      tlsVersion: this.#text(7) || undefined,
      tlsCipher: this.#text(8) || undefined,
      routeId: this.#text(9) || undefined,
      upstreamId: this.#text(10) || undefined,
      timestampMs: this.#bytes.readDoubleBE(this.#at + 2),
      traceparent: this.#text(11) || undefined,
    };
    return this.#metadata;
  }

  #text(index: number): string {
    this.#texts ??= this.#bytes.toString('utf8', this.#at + 14, this.#textEnd).split('\0');
    return this.#texts[index] ?? '';
  }
}

/** As they arrived where they are a block; else line by line. */
function writeHeaders(batch: FrameBatch, headers: HeaderTable): void {
  if (headers instanceof HeaderBlock) {
    batch.room(headers.byteLength);
    headers.copyTo(batch.bytes, batch.at);
    batch.at += headers.byteLength;
    return;
  }
  for (const [name, values] of headers) {
    for (const value of values) {
      const line = `${name}: ${value}\r\n`;
      batch.room(line.length);
      batch.at += batch.bytes.write(line, batch.at, 'latin1');
    }
  }
}

// ---- response headers ----

function writeResponseHeaders(batch: FrameBatch, event: ResponseHeadersEvent): void {
  batch.room(2);
  batch.bytes.writeUInt16BE(event.status, batch.at);
  batch.at += 2;
  writeText(batch, event.correlationId);
  writeHeaders(batch, event.headers);
}

function readResponseHeaders(bytes: Buffer, at: number, end: number): ResponseHeadersEvent | undefined {
  const textEnd = endOfText(bytes, at + 2);
  if (textEnd > end) return undefined;
  return {
    type: 'response_headers',
    status: bytes.readUInt16BE(at),
    correlationId: readText(bytes, at + 2),
    headers: new HeaderBlock(bytes, textEnd, end),
  };
}

// ---- body chunks ----

const lastFlag = 1;
const totalFlag = 2;

function writeBodyChunk(
  batch: FrameBatch,
  event: RequestBodyChunkEvent | ResponseBodyChunkEvent,
  bytesSoFar: number,
): void {
  batch.room(21);
  const { bytes, at } = batch;
  bytes[at] = (event.isLast ? lastFlag : 0) | (event.totalSize === undefined ? 0 : totalFlag);
  bytes.writeUInt32BE(event.chunkIndex, at + 1);
  bytes.writeDoubleBE(event.totalSize ?? 0, at + 5);
  bytes.writeDoubleBE(bytesSoFar, at + 13);
  batch.at = at + 21;
  writeText(batch, event.correlationId);
  batch.room(event.data.length);
  batch.bytes.set(event.data, batch.at);
  batch.at += event.data.length;
}

function readBodyChunk(
  type: 'request_body_chunk' | 'response_body_chunk',
  bytes: Buffer,
  at: number,
  end: number,
): RequestBodyChunkEvent | ResponseBodyChunkEvent | undefined {
  const textEnd = endOfText(bytes, at + 21);
  if (textEnd > end) return undefined;
  const flags = bytes.readUInt8(at);
  const chunk = {
    correlationId: readText(bytes, at + 21),
    data: bytes.subarray(textEnd, end),
    isLast: (flags & lastFlag) !== 0,
    totalSize: (flags & totalFlag) === 0 ? undefined : bytes.readDoubleBE(at + 5),
    chunkIndex: bytes.readUInt32BE(at + 1),
  };
  const bytesSoFar = bytes.readDoubleBE(at + 13);
  return type === 'request_body_chunk'
    ? { type, ...chunk, bytesReceived: bytesSoFar }
    : { type, ...chunk, bytesSent: bytesSoFar };
}

// ---- the end of an exchange ----

function writeComplete(batch: FrameBatch, event: RequestCompleteEvent): void {
  batch.room(30);
  const { bytes, at } = batch;
  bytes.writeUInt16BE(event.status, at);
  bytes.writeDoubleBE(event.durationMs, at + 2);
  bytes.writeDoubleBE(event.requestBodySize, at + 10);
  bytes.writeDoubleBE(event.responseBodySize, at + 18);
  bytes.writeUInt32BE(event.upstreamAttempts, at + 26);
  batch.at = at + 30;
  writeText(batch, event.correlationId);
  writeText(batch, event.error ?? '');
}

function readComplete(bytes: Buffer, at: number, end: number): RequestCompleteEvent | undefined {
  const idEnd = endOfText(bytes, at + 30);
  if (idEnd + 2 > end || endOfText(bytes, idEnd) !== end) return undefined;
  return {
    type: 'request_complete',
    correlationId: readText(bytes, at + 30),
    status: bytes.readUInt16BE(at),
    durationMs: bytes.readDoubleBE(at + 2),
    requestBodySize: bytes.readDoubleBE(at + 10),
    responseBodySize: bytes.readDoubleBE(at + 18),
    upstreamAttempts: bytes.readUInt32BE(at + 26),
    error: readText(bytes, idEnd) || undefined,
  };
}

// ---- WebSocket frames ----

const toServerFlag = 1;
const finFlag = 2;

function writeWebsocketFrame(batch: FrameBatch, event: WebsocketFrameEvent): void {
  batch.room(6);
  const { bytes, at } = batch;
  bytes[at] = websocketOpcodes.indexOf(event.opcode);
  bytes[at + 1] = (event.clientToServer ? toServerFlag : 0) | (event.fin ? finFlag : 0);
  bytes.writeUInt32BE(event.frameIndex, at + 2);
  batch.at = at + 6;
  writeText(batch, `${event.correlationId}\0${event.clientIp}\0${event.routeId ?? ''}`);
  batch.room(event.data.length);
  batch.bytes.set(event.data, batch.at);
  batch.at += event.data.length;
}

function readWebsocketFrame(bytes: Buffer, at: number, end: number): WebsocketFrameEvent | undefined {
  const textEnd = endOfText(bytes, at + 6);
  const opcode = websocketOpcodes[bytes.readUInt8(at)];
  if (textEnd > end || opcode === undefined) return undefined;
  const [correlationId, clientIp, routeId] = readText(bytes, at + 6).split('\0');
  if (correlationId === undefined || clientIp === undefined) return undefined;
  const flags = bytes.readUInt8(at + 1);
  return {
    type: 'websocket_frame',
    correlationId,
    opcode,
    data: bytes.subarray(textEnd, end),
    clientToServer: (flags & toServerFlag) !== 0,
    frameIndex: bytes.readUInt32BE(at + 2),
    fin: (flags & finFlag) !== 0,
    routeId: routeId || undefined,
    clientIp,
  };
}

// ---- one text behind its length, u16 ----

const textBytesMost = 0xffff;

/** Cut where its length could not be written: nothing that is sent here is a tenth as long. */
export function writeText(batch: FrameBatch, text: string): void {
  const bytesMost = Math.min(utf8BytesMost * text.length, textBytesMost);
  batch.room(2 + bytesMost);
  const written = batch.bytes.write(text, batch.at + 2, bytesMost);
  batch.bytes.writeUInt16BE(written, batch.at);
  batch.at += 2 + written;
}

export function endOfText(bytes: Buffer, at: number): number {
  return at + 2 + bytes.readUInt16BE(at);
}

export function readText(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 2, endOfText(bytes, at));
}
