// W3C Trace Context: every forwarded request carries a `traceparent`, so that whoever is behind can join its own records
// to our access line. A trace that came in is continued if its sender may do so, with a parent-id of our own; else one is
// begun, whose id is the request id: no second name to look up, and nothing more to draw (8 random bytes cost 86 ns).
//
//   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//   version   trace-id                   parent-id        flags: 01 is sampled
//
// A trace begun here is marked as sampled, because most libraries record nothing of a trace whose first step did not. It
// refuses to mend: a malformed traceparent is replaced, and its tracestate goes with it. Level 1 of the standard: the flag
// that level 2 adds makes some libraries drop the whole header.

import { forwardingLimits } from '#config/limits';
import type { Exchange } from '../exchange.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import { headerIds } from '../http1/header-names.ts';
import { constantOf, type HeadWriter } from '../http1/write-head.ts';
import { onlyValue } from './forwarded.ts';
import { nextSpanId, RequestId } from './request-id.ts';

/** Takes up the trace that the request came with, if it is one. */
export function continueTrace(exchange: Exchange): void {
  const { lines } = exchange.head;
  const trace = parseTraceparent(onlyValue(lines, headerIds.traceparent) ?? '');
  if (trace === undefined) return;
  exchange.trace = RequestId.of(trace.id);
  exchange.traceStep = nextSpanId();
  exchange.isTraceSampled = trace.isSampled;
  exchange.tracestate = tracestateOf(lines) ?? '';
}

/** A trace of its own, of this id: 32 random hexadecimal digits, the first half of which names its first step. */
export function beginTrace(exchange: Exchange, name: RequestId): void {
  exchange.trace = name;
}

/** The header's value and the end of its line, piece by piece: strings that are put together cost more than everything else here. */
export function writeTraceparent(
  writer: HeadWriter,
  { name, trace = name, traceStep, isTraceSampled }: Exchange,
): void {
  writer.constant(firstVersion);
  trace.write(writer);
  writer.constant(hyphen);
  if (traceStep === '') trace.writeHalf(writer);
  else writer.ascii(traceStep);
  writer.constant(isTraceSampled ? sampled : unsampled);
}

const firstVersion = constantOf('00-');
const hyphen = constantOf('-');
const sampled = constantOf('-01\r\n');
const unsampled = constantOf('-00\r\n');

export interface Trace {
  readonly id: string;
  readonly isSampled: boolean;
}

/** Section 3.2.2: version 00 is exactly this long; a later one may go on behind a hyphen; ff is none; no id is all zeros. */
export function parseTraceparent(text: string): Trace | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, version, id = '', parent, flags = '', more = ''] = match;
  if (version === 'ff' || (version === '00' && more !== '') || /^0+$/.test(id) || parent === '0000000000000000')
    return undefined;
  return { id, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** All lines as one, if they are well-formed and not too long (section 3.3.1); `undefined` if they are not, or not there. */
export function tracestateOf(lines: HeaderLines): string | undefined {
  const values: string[] = [];
  for (let index = 0; index < lines.count; index += 1)
    if (lines.ids[index] === headerIds.tracestate) values.push(lines.value(index));
  const text = values.join(',');
  const { tracestateCharactersMax: charactersMax, tracestateMembersMax: membersMax } = forwardingLimits;
  if (text === '' || text.length > charactersMax) return undefined;
  const members = text.split(',').map((member) => member.trim());
  const keys = members.filter((member) => member !== '').map((member) => memberForm.exec(member)?.[1]);
  const isWhole = keys.length <= membersMax && !keys.includes(undefined) && new Set(keys).size === keys.length;
  return isWhole && keys.length > 0 ? members.filter((member) => member !== '').join(',') : undefined;
}

// Keys: simple, or tenant@system. Values: printable, without comma and equals sign, not ending in a blank.
const memberForm =
  /^([a-z][a-z\d_*/-]{0,255}|[a-z\d][a-z\d_*/-]{0,240}@[a-z][a-z\d_*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
