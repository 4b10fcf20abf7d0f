// What agents are told of an exchange, made from it in the moment of asking. Headers are the bytes as they arrived while
// nobody has changed any; a table of strings is made only of what was changed. It refuses to remember anything.

import { HeaderBlock } from '#protocol/headers';
import type {
  RequestBodyChunkEvent,
  RequestCompleteEvent,
  RequestHeadersEvent,
  ResponseBodyChunkEvent,
  ResponseHeadersEvent,
} from '#protocol/message';
import type { Exchange } from '../exchange.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import type { HeaderChanges } from './merge.ts';

export function requestHeadersEvent(exchange: Exchange, changes: HeaderChanges): RequestHeadersEvent {
  const { id, client, head, target, sender, host, route, chosenUpstream, traceId } = exchange;
  return {
    type: 'request_headers',
    metadata: {
      correlationId: id,
      requestId: id,
      clientIp: sender.ip,
      clientPort: sender.port,
      serverName: host,
      protocol: head.protocol,
      tlsVersion: client.tls?.version,
      tlsCipher: client.tls?.cipher(),
      routeId: route?.name,
      upstreamId: chosenUpstream?.name,
      timestampMs: Date.now(),
      traceparent: traceId === '' ? undefined : traceparentOf(exchange),
    },
    method: head.method,
    uri: target,
    headers:
      route?.config.basicAuth === undefined ? headersOf(head.lines, changes) : withoutPassword(head.lines, changes),
  };
}

/** The trace as the upstream will be told it. */
function traceparentOf({ traceId, traceStep, isTraceSampled }: Exchange): string {
  return `00-${traceId}-${traceStep === '' ? traceId.slice(0, 16) : traceStep}-${isTraceSampled ? '01' : '00'}`;
}

function headersOf(lines: HeaderLines, changes: HeaderChanges): HeaderBlock {
  if (changes.isEmpty) return new HeaderBlock(linesOf(lines));
  return HeaderBlock.of(changes.applyTo(lines.list()));
}

/** Checked by the proxy itself: nobody behind it needs to see it. */
function withoutPassword(lines: HeaderLines, changes: HeaderChanges): HeaderBlock {
  return HeaderBlock.of(changes.applyTo(lines.list()).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

/** From the first name to the end of the last line. */
function linesOf(lines: HeaderLines): Buffer {
  const { count, bytes } = lines;
  if (count === 0) return bytes.subarray(0, 0);
  return bytes.subarray(lines.nameStart(0), bytes.indexOf('\n', lines.valueEnd(count - 1)) + 1);
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
