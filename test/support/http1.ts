// The parsers of proxy/http1 as one call: bytes in any number of pieces in, what was understood out.

import { BodyFraming } from '../../proxy/http1/body-framing.ts';
import type { Fault } from '../../proxy/http1/faults.ts';
import { isFaulty, type LineBounds, needsMore } from '../../proxy/http1/header-lines.ts';
import { RequestHead } from '../../proxy/http1/request-head.ts';
import { ResponseHead } from '../../proxy/http1/response-head.ts';

export const usualBounds: LineBounds = { lineBytesMax: 16 * 1024, bytesMax: 32 * 1024, countMax: 100 };

export type Verdict =
  | {
      readonly kind: 'whole';
      readonly head: string;
      readonly body: string;
      readonly trailers: string;
      readonly rest: string;
    }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'fault'; readonly fault: Fault | undefined };

/** Lengths of the pieces; what is left comes as one last piece. */
export function readRequest(message: Buffer, pieces: readonly number[] = [], bounds = usualBounds): Verdict {
  const head = new RequestHead();
  head.begin(message, 0);
  const ends = endsOf(message.length, pieces);
  const bodyStart = feedHead(ends, (end) => head.read(message.subarray(0, end), end, bounds));
  if (bodyStart === isFaulty) return { kind: 'fault', fault: head.fault };
  if (bodyStart === needsMore) return { kind: 'unfinished' };
  const framing = new BodyFraming();
  if (head.isChunked) framing.beginChunked();
  else framing.beginLength(Math.max(0, head.contentLength));
  const target = message.toString('latin1', head.targetStart, head.targetEnd);
  const host = message.toString('latin1', head.hostStart, head.hostEnd);
  const said = JSON.stringify([
    head.method,
    target,
    head.minor,
    host,
    head.keepsAlive,
    head.expects,
    head.connectionNames,
    head.lines.list(),
  ]);
  return readBody(framing, message, bodyStart, ends, said);
}

export function readResponse(message: Buffer, pieces: readonly number[] = []): Verdict {
  const head = new ResponseHead();
  head.begin(message, 0);
  const ends = endsOf(message.length, pieces);
  const bodyStart = feedHead(ends, (end) => head.read(message.subarray(0, end), end));
  if (bodyStart === isFaulty) return { kind: 'fault', fault: head.fault };
  if (bodyStart === needsMore) return { kind: 'unfinished' };
  const framing = new BodyFraming();
  if (head.isChunked) framing.beginChunked();
  else if (head.contentLength >= 0) framing.beginLength(head.contentLength);
  else framing.beginUntilClose();
  const reason = message.toString('latin1', head.reasonStart, head.reasonEnd);
  const said = JSON.stringify([
    head.status,
    reason,
    head.minor,
    head.keepsAlive,
    head.connectionNames,
    head.lines.list(),
  ]);
  return readBody(framing, message, bodyStart, ends, said);
}

function endsOf(length: number, pieces: readonly number[]): number[] {
  const ends: number[] = [];
  let at = 0;
  for (const piece of pieces) {
    at += Math.max(1, piece);
    if (at < length) ends.push(at);
  }
  return [...ends, length];
}

function feedHead(ends: readonly number[], read: (end: number) => number): number {
  for (const end of ends) {
    const result = read(end);
    if (result !== needsMore) return result;
  }
  return needsMore;
}

function readBody(
  framing: BodyFraming,
  message: Buffer,
  bodyStart: number,
  ends: readonly number[],
  head: string,
): Verdict {
  let at = bodyStart;
  let body = '';
  for (const end of ends) {
    while (at < end && !framing.isDone && framing.fault === undefined) {
      at = framing.next(message, at, end);
      body += message.toString('latin1', framing.pieceStart, framing.pieceEnd);
    }
  }
  if (framing.fault !== undefined) return { kind: 'fault', fault: framing.fault };
  if (!framing.isDone && !framing.endsWithConnection) return { kind: 'unfinished' };
  return { kind: 'whole', head, body, trailers: framing.trailers, rest: message.toString('latin1', at) };
}
