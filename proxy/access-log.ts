// The access line: exactly one per exchange, whatever happened. Written by hand, since it is per request (0.3 us; a
// logging library takes 2.5-3.8), with every value escaped so that no client can forge a line. Format `json` holds all
// there is to know; `combined` is what Apache's tools read.

import { type ByteWriter, Constant } from '#config/lines/byte-writer';
import type { AgentTrail, Inquiry } from './agents/inquiry.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderLines } from './http1/header-lines.ts';
import { headerIds } from './http1/header-names.ts';
import type { PickedBy } from './metrics.ts';
import type { Route } from './request/route-table.ts';
import type { AlgorithmName } from './upstream/balancer.ts';
import type { Target, Upstream } from './upstream/pick.ts';

export function writeAccessLine(exchange: Exchange, durationMs: number): void {
  const { accessLines, config, timers } = exchange.worker;
  const { format } = config.observability.logging.accessLog;
  if (format === 'combined') return accessLines.append(combinedLine(exchange, new Date()));
  writeJsonLine(accessLines.begin(), exchange, durationMs, timers.epochMs);
  accessLines.end();
}

function writeJsonLine(line: ByteWriter, exchange: Exchange, durationMs: number, atMs: number): void {
  const { head, client, route, chosenUpstream, upstreamTarget } = exchange;
  writeTime(line, atMs);
  exchange.name.write(line);
  writeCommon(line, exchange);
  const queryAt = writePath(line, exchange);
  writeNumber(line, fields.status, exchange.status);
  writeNumber(line, fields.bytes_in, client.body.bytesRead);
  writeNumber(line, fields.bytes_out, exchange.bytesOut);
  writeDuration(line, fields.duration_ms, durationMs);
  writeTrace(line, exchange);
  if (queryAt !== -1) writeText(line, fields.query, exchange.target.slice(queryAt + 1));
  if (route !== undefined) line.constant(placePart(route, chosenUpstream, upstreamTarget));
  if (upstreamTarget !== undefined) {
    writeNumber(line, fields.attempts, exchange.attempts);
    line.constant(exchange.isUpstreamReused ? fields.reused : fields.fresh);
    if (chosenUpstream !== undefined) line.constant(pickedPart(exchange.pickedBy ?? chosenUpstream.algorithm));
  }
  writeRare(line, exchange);
  writeHeader(line, fields.user_agent, head.lines, headerIds['user-agent']);
  writeHeader(line, fields.referer, head.lines, headerIds.referer);
  line.constant(fields.end);
}

function writeCommon(line: ByteWriter, exchange: Exchange): void {
  const {
    client,
    sender: { ip },
    head: { protocol, method },
    host,
  } = exchange;
  const version = client.tls?.version;
  const remembers = exchange.keepsClient ? client : client.peer.edge;
  const last = client.lastLine ?? remembers.lastLine;
  if (
    last?.host === host &&
    last.method === method &&
    last.ip === ip &&
    last.protocol === protocol &&
    last.tls === version
  )
    return line.constant(last.text);
  const who = `","client_ip":"${ip}","listener":${quote(client.listenerName)}`;
  const tls = version === undefined ? '' : `,"tls_version":${quote(version)}`;
  const how = `,"protocol":${quote(protocol)}${tls},"method":${quote(method)},"host":${quote(host)}`;
  const text = constantOf(who + how);
  remembers.lastLine = { ip, protocol, tls: version, method, host, text };
  line.constant(text);
}

/** Where the exchange went: names of the configuration, quoted once and kept. */
function placePart(route: Route, upstream: Upstream | undefined, target: Target | undefined): Constant {
  const last = target?.lastPlace;
  if (last?.route === route) return last.text;
  const text = knownPlace(route, upstream, target);
  if (target !== undefined) target.lastPlace = { route, text };
  return text;
}

function knownPlace(route: Route, upstream: Upstream | undefined, target: Target | undefined): Constant {
  const place = target ?? upstream ?? route;
  const known = placeParts.get(place)?.get(route);
  if (known !== undefined) return known;
  const first = upstream === undefined ? '' : `,"upstream":${quote(upstream.name)}`;
  const last = target === undefined ? '' : `,"target":${quote(target.name)}`;
  const part = constantOf(`,"route":${quote(route.name)}${first}${last}`);
  const parts = placeParts.get(place) ?? new Map<Route, Constant>();
  placeParts.set(place, parts.set(route, part));
  return part;
}

/** Why this target: the algorithm, or what else led there. */
function pickedPart(by: PickedBy | AlgorithmName): Constant {
  const known = pickedParts.get(by);
  if (known !== undefined) return known;
  const part = constantOf(`,"picked_by":"${by}"`);
  pickedParts.set(by, part);
  return part;
}

const pickedParts = new Map<PickedBy | AlgorithmName, Constant>(); // a word for each

const placeParts = new WeakMap<Target | Upstream | Route, Map<Route, Constant>>();

/** What few lines have. */
function writeRare(line: ByteWriter, { chosenBy, inquiry, tunnel, refusal, error }: Exchange): void {
  if (chosenBy !== undefined) writeText(line, fields.chosen_by, chosenBy);
  if (inquiry !== undefined) writeInquiry(line, inquiry);
  if (tunnel !== undefined) writeText(line, fields.upgrade, tunnel.protocol);
  if (refusal !== undefined) writeText(line, fields.refusal, refusal);
  if (error !== undefined) writeText(line, fields.error, error);
}

function writeInquiry(line: ByteWriter, { trail, tags, notes }: Inquiry): void {
  if (trail.length > 0) writeTrail(line, trail);
  if (notes.length > 0) writeFirewall(line, notes);
  if (tags.length > 0) line.utf8(`,"tags":[${tags.map(quote).join(',')}]`);
}

/** What rules made of it, of whichever agent keeps a score; the last word counts. */
function writeFirewall(line: ByteWriter, notes: Inquiry['notes']): void {
  const note = notes.findLast(({ audit }) => typeof audit?.custom['score'] === 'number');
  if (note?.audit === undefined) return;
  const { custom, ruleIds, reasonCodes } = note.audit;
  const reasons = reasonCodes.length === 0 ? '' : `,"reasons":[${reasonCodes.map(quote).join(',')}]`;
  line.utf8(
    `,"waf":{"verdict":"${note.decision}","score":${Number(custom['score'])},"rules":[${ruleIds.map(quote).join(',')}]${reasons}}`,
  );
}

function writeTrail(line: ByteWriter, trail: Inquiry['trail']): void {
  let hasFailed = false;
  for (let index = 0; index < trail.length; index += 1) {
    const { name, event, decision, ms } = trail[index] as AgentTrail;
    writeText(line, index === 0 ? fields.agents_first : fields.agents_next, name);
    line.constant(fields.agent_event);
    line.ascii(event); // a word of ours, as the decision
    line.constant(fields.agent_decision);
    line.ascii(decision);
    writeDuration(line, fields.agent_ms, ms);
    hasFailed ||= decision.startsWith('failed-');
  }
  line.constant(fields.agents_end);
  if (hasFailed) line.constant(fields.agent_failed);
}

/** The path as the client sent it; returns where in the target the query begins, or -1. */
function writePath(line: ByteWriter, { target, path }: Exchange): number {
  const queryAt = target === path ? -1 : target.indexOf('?');
  writeText(line, fields.path, queryAt === -1 ? target : target.slice(0, queryAt));
  return queryAt;
}

/** The fields' names with all that is around them, as bytes; where a value is always the same, with it. */
const fields = constantsOf({
  path: ',"path":"',
  status: ',"status":',
  bytes_in: ',"bytes_in":',
  bytes_out: ',"bytes_out":',
  duration_ms: ',"duration_ms":',
  trace_id: ',"trace_id":"',
  query: ',"query":"',
  chosen_by: ',"chosen_by":"',
  attempts: ',"attempts":',
  reused: ',"reused":true',
  fresh: ',"reused":false',
  upgrade: ',"upgrade":"',
  refusal: ',"refusal":"',
  error: ',"error":"',
  user_agent: ',"user_agent":"',
  referer: ',"referer":"',
  agents_first: ',"agents":[{"name":"',
  agents_next: '},{"name":"',
  agent_event: ',"event":"',
  agent_decision: '","decision":"',
  agent_ms: '","ms":',
  agents_end: '}]',
  agent_failed: ',"agent_failed":true',
  quote: '"',
  point: '.',
  end: '}\n',
});

function constantsOf<K extends string>(texts: Readonly<Record<K, string>>): Readonly<Record<K, Constant>> {
  const constants = { ...texts } as unknown as Record<K, Constant>;
  for (const name in texts) constants[name] = constantOf(texts[name]);
  return constants;
}

function constantOf(text: string): Constant {
  return new Constant(Buffer.from(text));
}

function writeNumber(line: ByteWriter, field: Constant, number: number): void {
  line.constant(field);
  line.decimal(number);
}

/** Milliseconds with three digits behind the point. */
function writeDuration(line: ByteWriter, field: Constant, durationMs: number): void {
  const us = Math.round(1000 * durationMs);
  const ms = Math.floor(us / 1000);
  writeNumber(line, field, ms);
  line.constant(fields.point);
  line.threeDigits(us - 1000 * ms);
}

/** The field ends with a quote. */
function writeText(line: ByteWriter, field: Constant, value: string): void {
  line.constant(field);
  if (line.asciiIfPlain(value)) return line.constant(fields.quote);
  line.length -= 1;
  line.utf8(quote(value));
}

/** The first header of this name, copied from where it stands unless something in it needs an escape. */
function writeHeader(line: ByteWriter, field: Constant, lines: HeaderLines, id: number): void {
  const index = lines.indexOf(id);
  if (index === -1) return;
  line.constant(field);
  if (line.copyIfPlain(lines.view, lines.valueStart(index), lines.valueEnd(index))) return line.constant(fields.quote);
  line.length -= 1;
  line.utf8(quote(lines.value(index)));
}

/** `host ident user [time] "request" status bytes "referer" "user agent"` */
export function combinedLine(exchange: Exchange, at: Date): string {
  const { head, sender } = exchange;
  const request = head.method === '' ? '-' : `${head.method} ${exchange.target} ${head.protocol}`;
  const referer = head.lines.valueOf(headerIds.referer) ?? '-';
  const agent = head.lines.valueOf(headerIds['user-agent']) ?? '-';
  return `${sender.ip} - - [${apacheTime(at)}] "${escaped(request)}" ${exchange.status} ${exchange.bytesOut} "${escaped(referer)}" "${escaped(agent)}"\n`;
}

/** Of a request that went nowhere there is none. */
function writeTrace(line: ByteWriter, { trace }: Exchange): void {
  if (trace === undefined) return;
  line.constant(fields.trace_id);
  trace.write(line);
  line.constant(fields.quote);
}

let lastSecond = Number.NaN;
let secondPart = constantOf('');
const behindTime = constantOf('Z","request_id":"');

/** How every line begins. Formatting a time costs 1 us, so the second is kept and its milliseconds are three digits. */
function writeTime(line: ByteWriter, atMs: number): void {
  const second = Math.floor(atMs / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    secondPart = constantOf(`{"timestamp":"${new Date(1000 * second).toISOString().slice(0, secondCharacters)}`);
  }
  line.constant(secondPart);
  line.threeDigits(atMs - 1000 * second);
  line.constant(behindTime);
}

const secondCharacters = '2026-11-20T14:03:07.'.length;

/** JSON.stringify only where something must be escaped: most values are plain. */
function quote(value: string): string {
  return needsEscape.test(value) ? JSON.stringify(value).replace(unsafe, toEscape) : `"${value}"`;
}

// Beyond what JSON escapes: DEL and the C1 controls, which terminals obey, and the line ends of Unicode.
const needsEscape = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const unsafe = /[\u007f-\u009f\u2028\u2029]/g;

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As Apache escapes: quotes and backslashes by a backslash, what is not printable in hexadecimal. */
function escaped(value: string): string {
  return value
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `20/Nov/2026:14:03:07 +0000` */
function apacheTime(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}
