// What a parser made of a stream of bytes: the messages it found, in order, and how it ended. Both parsers that are
// compared tell it in this shape, and ours is asked here, the way the proxy's connections ask it.

import { BodyFraming } from '../../proxy/http1/body-framing.ts';
import type { Fault } from '../../proxy/http1/faults.ts';
import { needsMore } from '../../proxy/http1/header-lines.ts';
import { RequestHead } from '../../proxy/http1/request-head.ts';
import { ResponseHead } from '../../proxy/http1/response-head.ts';
import { usualBounds } from '../support/http1.ts';

export const kinds = ['requests', 'reply', 'reply-to-head'] as const;
export type Kind = (typeof kinds)[number];

export interface Message {
  first: string; // the method, or the status
  second: string; // the target, or the reason
  minor: number;
  headers: Array<readonly [name: string, value: string]>;
  body: string;
  trailers: Array<readonly [name: string, value: string]>;
  isWhole: boolean;
}

export interface Reading<F extends string = string> {
  readonly messages: Message[];
  /** `idle`: between two messages. `closed`: by what the last message said, nothing more is read. */
  end: 'idle' | 'unfinished' | 'closed' | 'upgraded' | 'fault';
  fault: F | undefined;
}

/** The ends of the pieces, the last of them the end of all. */
export function endsOf(length: number, pieces: readonly number[]): number[] {
  const ends: number[] = [];
  let at = 0;
  for (const piece of pieces) {
    at += piece;
    if (at < length) ends.push(at);
  }
  return [...ends, length];
}

export function readOurs(kind: Kind, bytes: Buffer, pieces: readonly number[]): Reading<Fault> {
  const reading: Reading<Fault> = { messages: [], end: 'idle', fault: undefined };
  const ends = endsOf(bytes.length, pieces);
  let at = 0;
  while (at < bytes.length && reading.end === 'idle') {
    at = kind === 'requests' ? readRequest(reading, bytes, at, ends) : readReply(reading, kind, bytes, at, ends);
  }
  return reading;
}

function readRequest(reading: Reading<Fault>, bytes: Buffer, at: number, ends: readonly number[]): number {
  const head = new RequestHead();
  head.begin(bytes, at);
  const bodyStart = feed(ends, at, (end) => head.read(bytes, end, usualBounds));
  if (bodyStart <= 0) return giveUp(reading, bodyStart === needsMore ? undefined : head.fault, bytes.length);
  const message = messageOf(head, head.method, bytes.toString('latin1', head.targetStart, head.targetEnd));
  reading.messages.push(message);
  const framing = new BodyFraming();
  if (head.isChunked) framing.beginChunked();
  else framing.beginLength(Math.max(0, head.contentLength));
  const end = readBody(reading, message, framing, bytes, bodyStart, ends);
  if (reading.end === 'idle' && !head.keepsAlive) reading.end = 'closed';
  return end;
}

/** As relay.ts does: what an interim reply is followed by, and what has no body whatever it says. */
function readReply(reading: Reading<Fault>, kind: Kind, bytes: Buffer, at: number, ends: readonly number[]): number {
  const head = new ResponseHead();
  head.begin(bytes, at);
  const bodyStart = feed(ends, at, (end) => head.read(bytes, end));
  if (bodyStart <= 0) return giveUp(reading, bodyStart === needsMore ? undefined : head.fault, bytes.length);
  const message = messageOf(head, `${head.status}`, bytes.toString('latin1', head.reasonStart, head.reasonEnd));
  reading.messages.push(message);
  const framing = new BodyFraming();
  const { status } = head;
  if (status < 200 || status === 204 || status === 304 || kind === 'reply-to-head') framing.beginNone();
  else if (head.isChunked) framing.beginChunked();
  else if (head.contentLength >= 0) framing.beginLength(head.contentLength);
  else framing.beginUntilClose();
  const end = readBody(reading, message, framing, bytes, bodyStart, ends);
  if (reading.end === 'idle' && (status >= 200 || status === 101)) reading.end = status === 101 ? 'upgraded' : 'closed';
  return end;
}

function feed(ends: readonly number[], at: number, read: (end: number) => number): number {
  for (const end of ends) {
    if (end <= at) continue;
    const result = read(end);
    if (result !== needsMore) return result;
  }
  return needsMore;
}

function giveUp(reading: Reading<Fault>, fault: Fault | undefined, end: number): number {
  reading.fault = fault;
  reading.end = fault === undefined ? 'unfinished' : 'fault';
  return end;
}

function messageOf({ minor, lines }: RequestHead | ResponseHead, first: string, second: string): Message {
  return { first, second, minor, headers: lines.list(), body: '', trailers: [], isWhole: false };
}

function readBody(
  reading: Reading<Fault>,
  message: Message,
  framing: BodyFraming,
  bytes: Buffer,
  bodyStart: number,
  ends: readonly number[],
): number {
  let at = bodyStart;
  for (const end of ends) {
    while (at < end && !framing.isDone && framing.fault === undefined) {
      at = framing.next(bytes, at, end);
      message.body += bytes.toString('latin1', framing.pieceStart, framing.pieceEnd);
    }
  }
  if (framing.fault !== undefined) return giveUp(reading, framing.fault, bytes.length);
  message.isWhole = framing.isDone || framing.endsWithConnection;
  message.trailers = [...framing.trailers.matchAll(/([^:\r\n]*): ([^\r\n]*)\r\n/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  if (!message.isWhole) return giveUp(reading, undefined, bytes.length);
  return at;
}
