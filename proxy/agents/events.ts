// What agents are told of an exchange, made from it in the moment of asking. Headers are the bytes as they arrived while
// nobody has changed any; a table of strings is made only of what was changed. It refuses to remember anything.

import { askingLimits } from '#config/limits';
import { HeaderBlock } from '#protocol/headers';
import type {
  RequestBodyChunkEvent,
  RequestCompleteEvent,
  RequestHeadersEvent,
  RequestMetadata,
  ResponseBodyChunkEvent,
  ResponseHeadersEvent,
} from '#protocol/message';
import type { Exchange } from '../exchange.ts';
import { lineFeed } from '../http1/bytes.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import type { HeaderChanges } from './merge.ts';

/** The head of a request, and all that is known of it: read from the exchange when it is written, nothing is copied. */
export class RequestHeadOf implements RequestHeadersEvent, RequestMetadata {
  readonly type = 'request_headers';
  readonly #exchange: Exchange;
  readonly #changes: HeaderChanges;

  constructor(exchange: Exchange, changes: HeaderChanges) {
    this.#exchange = exchange;
    this.#changes = changes;
  }

  get metadata(): RequestMetadata {
    return this;
  }

  get method(): string {
    return this.#exchange.head.method;
  }

  get uri(): string {
    return this.#exchange.head.shownTarget || this.#exchange.target;
  }

  get headers(): HeaderBlock {
    const { head, route } = this.#exchange;
    const hasPassword = route?.config.basicAuth !== undefined;
    if (!hasPassword && !head.isLengthVoid) return headersOf(head.lines, this.#changes);
    return withoutSome(head, this.#changes, hasPassword);
  }

  /** One of unknown length may be as long as any. */
  get bodyBytes(): number {
    const { isChunked, contentLength } = this.#exchange.head;
    return isChunked ? askingLimits.largeBodyBytesLeast : Math.max(0, contentLength);
  }

  get correlationId(): string {
    return this.#exchange.id;
  }

  get requestId(): string {
    return this.#exchange.id;
  }

  get clientIp(): string {
    return this.#exchange.sender.ip;
  }

  get clientPort(): number {
    return this.#exchange.sender.port;
  }

  get serverName(): string {
    return this.#exchange.host;
  }

  get protocol(): string {
    return this.#exchange.head.protocol;
  }

  get tlsVersion(): string | undefined {
    return this.#exchange.client.tls?.version;
  }

  get tlsCipher(): string | undefined {
    return this.#exchange.client.tls?.cipher();
  }

  get routeId(): string | undefined {
    return this.#exchange.route?.name;
  }

  get upstreamId(): string | undefined {
    return this.#exchange.chosenUpstream?.name;
  }

  get timestampMs(): number {
    return Date.now();
  }

  get traceparent(): string | undefined {
    return this.#exchange.traceId === '' ? undefined : traceparentOf(this.#exchange);
  }
}

/** The trace as the upstream will be told it. */
function traceparentOf({ traceId, traceStep, isTraceSampled }: Exchange): string {
  return `00-${traceId}-${traceStep === '' ? traceId.slice(0, 16) : traceStep}-${isTraceSampled ? '01' : '00'}`;
}

function headersOf(lines: HeaderLines, changes: HeaderChanges): HeaderBlock {
  if (changes.isEmpty) return blockOf(lines);
  return HeaderBlock.of(changes.applyTo(lines.list()));
}

/** A password that the proxy itself has checked, nobody behind it needs to see; a length that does not count, somebody would believe. */
function withoutSome({ lines, isLengthVoid }: RequestHead, changes: HeaderChanges, hasPassword: boolean): HeaderBlock {
  const isShown = (name: string): boolean =>
    !(hasPassword && name === 'authorization') && !(isLengthVoid && name === 'content-length');
  return HeaderBlock.of(changes.applyTo(lines.list()).filter(([name]) => isShown(name.toLowerCase())));
}

/** From the first name to the end of the last line. */
function blockOf(lines: HeaderLines): HeaderBlock {
  const { count, bytes } = lines;
  if (count === 0) return new HeaderBlock(bytes, 0, 0);
  let end = lines.valueEnd(count - 1);
  while (bytes[end] !== lineFeed) end += 1; // blanks, and the end of the line
  return new HeaderBlock(bytes, lines.nameStart(0), end + 1);
}

/** One piece of a body. `totalSize` over what is shown, in the last piece: the rest is not shown. */
export interface Piece {
  readonly data: Uint8Array;
  readonly isLast: boolean;
  readonly totalSize: number | undefined;
  readonly chunkIndex: number;
  readonly bytes: number; // this one included
}

export function requestBodyEvent({ id }: Exchange, { bytes, ...piece }: Piece): RequestBodyChunkEvent {
  return { type: 'request_body_chunk', correlationId: id, bytesReceived: bytes, ...piece };
}

export function responseHeadersEvent(
  exchange: Exchange,
  { head }: UpstreamConnection,
  changes: HeaderChanges,
): ResponseHeadersEvent {
  return {
    type: 'response_headers',
    correlationId: exchange.id,
    status: head.status,
    headers: headersOf(head.lines, changes),
  };
}

export function responseBodyEvent({ id }: Exchange, { bytes, ...piece }: Piece): ResponseBodyChunkEvent {
  return { type: 'response_body_chunk', correlationId: id, bytesSent: bytes, ...piece };
}

export function requestCompleteEvent(exchange: Exchange, durationMs: number): RequestCompleteEvent {
  return {
    type: 'request_complete',
    correlationId: exchange.id,
    status: exchange.status,
    durationMs: Math.round(durationMs),
    requestBodySize: exchange.client.body.bytesRead,
    responseBodySize: exchange.bytesOut,
    upstreamAttempts: exchange.attempts,
    error: exchange.error ?? exchange.refusal,
  };
}
