// The head that the upstream receives, built from what was understood of the client's: the request line in origin-form,
// Host, the headers that pass, our own about the client, and the framing as we understood it, never as it was written.

import type { Constant } from '#config/lines/byte-writer';
import type { ClientSide, Exchange } from '../exchange.ts';
import { editOfMutations, type HeaderEdit } from '../http1/header-edit.ts';
import { isLeftOut, isLeftOutOfAsked, isLeftOutOfTrusted } from '../http1/header-names.ts';
import { constantOf, type HeadWriter, lineEnd, writeHeaders } from '../http1/write-head.ts';
import type { Sender } from './client-address.ts';
import { beginTrace, writeTraceparent } from './trace-context.ts';
import { unixPeer } from './trusted-proxies.ts';
import { viaOf } from './via.ts';

export function forwardHeaders(exchange: Exchange): void {
  const { head, route, client, upgrade } = exchange;
  const target = exchange.rewrittenTarget || exchange.target;
  const { writer } = exchange.worker;
  const edit =
    exchange.requestMutations.length === 0
      ? route?.requestEdit
      : editOfMutations(exchange.requestMutations, route?.config.policies.requestHeaders ?? noRules);
  writer.reset();
  writer.ascii(head.method);
  writer.constant(blank);
  writer.latin1(target);
  writer.constant(version);
  if (edit?.dropsName('host') !== true) writeHost(exchange, writer);
  writeHeaders(writer, head.lines, { ids: leftOutOf(client), names: head.connectionNames, edit });
  writeOwn(exchange, writer, edit);
  if (edit !== undefined) writer.latin1(edit.lines);
  if (head.isChunked || exchange.streamedTerms !== undefined) writer.constant(chunkedLine);
  else if (exchange.bodyLength >= 0) writer.contentLength(exchange.bodyLength);
  else if (head.contentLength >= 0) writer.contentLength(head.contentLength);
  if (upgrade !== undefined) writer.latin1(upgrade.lines);
  writer.constant(lineEnd);
}

const noRules = { remove: [], set: {}, add: {} };
const blank = constantOf(' ');
const version = constantOf(' HTTP/1.1\r\n');
const hostName = constantOf('Host: ');
const forwardedHostName = constantOf('X-Forwarded-Host: ');
const idName = constantOf('X-Request-Id: ');
const beforeId = constantOf('\r\nX-Request-Id: ');
const behindId = [viaOf(0), viaOf(1)].map((via) => constantOf(`\r\n${via}traceparent: `));
const chunkedLine = constantOf('Transfer-Encoding: chunked\r\n');

function leftOutOf({ peer, tls }: ClientSide): Uint8Array {
  if (!peer.isTrusted) return isLeftOut;
  return tls?.certificateLines === undefined ? isLeftOutOfTrusted : isLeftOutOfAsked;
}

/** The route's, if it rewrites it; else the client's own; the target's address for a client of HTTP/1.0 that named none (RFC 9112 section 3.2). */
function writeHost({ head, route, upstreamTarget }: Exchange, writer: HeadWriter): void {
  writer.constant(hostName);
  if (route?.rewrite?.host !== undefined) writer.latin1(route.rewrite.host);
  else if (head.hostEnd > head.hostStart) writer.copy(head.bytes, head.hostStart, head.hostEnd);
  else writer.latin1(upstreamTarget?.name.startsWith('unix:') === false ? upstreamTarget.name : 'localhost');
  writer.constant(lineEnd);
}

/** Our own lines. Those of most requests go without a string being made; any others give way to what agents and policies set or remove. */
function writeOwn(exchange: Exchange, writer: HeadWriter, edit: HeaderEdit | undefined): void {
  const { head, sender, route } = exchange;
  const certificateLines = exchange.client.tls?.certificateLines;
  if (exchange.trace === undefined) beginTrace(exchange, exchange.name);
  const isPlain =
    edit === undefined && exchange.tracestate === '' && sender.host === '' && head.hostEnd > head.hostStart;
  if (isPlain && route?.config.policies.forwarded !== true) {
    writer.constant(sender.lines);
    if (certificateLines !== undefined) writer.copy(certificateLines, 0, certificateLines.length);
    writer.constant(forwardedHostName);
    writer.copy(head.bytes, head.hostStart, head.hostEnd);
    writer.constant(beforeId);
    writeNames(exchange, writer);
  } else {
    const { length } = writer;
    writer.constant(sender.lines);
    if (certificateLines !== undefined) writer.copy(certificateLines, 0, certificateLines.length);
    writer.latin1(roadLines(exchange));
    writer.constant(idName);
    writeNames(exchange, writer);
    if (edit !== undefined) writeAgain(writer, length, edit);
  }
}

/** The id, behind its header's name, and what comes after it. */
function writeNames(exchange: Exchange, writer: HeadWriter): void {
  exchange.name.write(writer);
  writer.constant(behindId[exchange.head.minor] as Constant);
  writeTraceparent(writer, exchange);
}

/** What only some requests carry. */
function roadLines({ head, sender, route, tracestate }: Exchange): string {
  const host = sender.host === '' ? head.bytes.toString('latin1', head.hostStart, head.hostEnd) : sender.host;
  const lines = [
    ...(host === '' ? [] : [`X-Forwarded-Host: ${host}`]),
    ...(route?.config.policies.forwarded === true ? [`Forwarded: ${forwardedOf(sender, host)}`] : []),
    ...(tracestate === '' ? [] : [`tracestate: ${tracestate}`]),
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** RFC 7239: one element for each address of the chain; how the client asked stands with the client. */
function forwardedOf({ chain, scheme }: Sender, host: string): string {
  const [client = '', ...proxies] = chain.map(nodeName);
  const first = `for=${client};proto=${scheme}${host === '' ? '' : `;host="${host}"`}`;
  return [first, ...proxies.map((proxy) => `for=${proxy}`)].join(', ');
}

/** Section 6: IPv6 in brackets and so in quotes; who has no address has a name with an underscore. */
function nodeName(ip: string): string {
  if (ip === unixPeer) return `_${unixPeer}`;
  return ip.includes(':') ? `"[${ip}]"` : ip;
}

/** The lines from `start` on once more, without those that agents and policies set or remove. */
function writeAgain(writer: HeadWriter, start: number, edit: HeaderEdit): void {
  const lines = writer.bytes.toString('latin1', start, writer.length);
  writer.length = start;
  for (const line of lines.split('\r\n')) {
    if (line !== '' && !edit.dropsName(line.slice(0, line.indexOf(':')).toLowerCase())) writer.latin1(`${line}\r\n`);
  }
}
