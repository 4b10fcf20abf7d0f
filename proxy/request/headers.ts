// The head that the upstream receives, built from what was understood of the client's: the request line in origin-form,
// Host, the headers that pass, our own about the client, and the framing as we understood it, never as it was written.

import type { Exchange } from '../exchange.ts';
import { editOfMutations, type HeaderEdit } from '../http1/header-edit.ts';
import { isLeftOut, isLeftOutOfTrusted } from '../http1/header-names.ts';
import { type HeadWriter, writeHeaders } from '../http1/write-head.ts';
import type { Sender } from './client-address.ts';
import { beginTrace } from './trace-context.ts';
import { unixPeer } from './trusted-proxies.ts';
import { via10, via11 } from './via.ts';

export function forwardHeaders(exchange: Exchange): void {
  const { head, route, client, sender, upgrade } = exchange;
  const target = exchange.rewrittenTarget || exchange.target;
  const { writer } = exchange.worker;
  const edit =
    exchange.requestMutations.length === 0
      ? route?.requestEdit
      : editOfMutations(exchange.requestMutations, route?.config.policies.requestHeaders ?? noRules);
  writer.reset();
  writer.ensure(
    head.lines.bytes.length +
      target.length +
      sender.lines.length +
      ownHeadBytes +
      (edit?.lines.length ?? 0) +
      (upgrade?.lines.length ?? 0),
  );
  writer.text(head.method);
  writer.text(' ');
  writer.text(target);
  writer.text(' HTTP/1.1\r\n');
  if (edit?.dropsName('host') !== true) writeHost(exchange, writer);
  const ids = client.peer.isTrusted ? isLeftOutOfTrusted : isLeftOut;
  writeHeaders(writer, head.lines, { ids, names: head.connectionNames, edit });
  writeOwn(exchange, writer, edit);
  if (edit !== undefined) writer.text(edit.lines);
  if (head.isChunked) writer.text('Transfer-Encoding: chunked\r\n');
  else if (head.contentLength >= 0) writer.decimalLine('Content-Length', head.contentLength);
  if (upgrade !== undefined) writer.text(upgrade.lines);
  writer.text('\r\n');
}

const ownHeadBytes = 2048;
const noRules = { remove: [], set: {}, add: {} };

/** The route's, if it rewrites it; else the client's own; the target's address for a client of HTTP/1.0 that named none (RFC 9112 section 3.2). */
function writeHost({ head, route, upstreamTarget }: Exchange, writer: HeadWriter): void {
  writer.text('Host: ');
  if (route?.rewrite?.host !== undefined) writer.text(route.rewrite.host);
  else if (head.hostEnd > head.hostStart) writer.copy(head.bytes, head.hostStart, head.hostEnd);
  else writer.text(upstreamTarget?.name.startsWith('unix:') === false ? upstreamTarget.name : 'localhost');
  writer.text('\r\n');
}

function writeOwn(exchange: Exchange, writer: HeadWriter, edit: HeaderEdit | undefined): void {
  const { head, id, sender, route } = exchange;
  if (exchange.traceparent === '') beginTrace(exchange, id);
  const isPlain =
    edit === undefined && exchange.tracestate === '' && sender.host === '' && head.hostEnd > head.hostStart;
  if (!isPlain || route?.config.policies.forwarded === true)
    return writeUnless(edit, writer, sender.lines + roadLines(exchange) + nameLines(exchange));
  writer.text(sender.lines);
  writer.text('X-Forwarded-Host: ');
  writer.copy(head.bytes, head.hostStart, head.hostEnd);
  writer.text(`\r\n${nameLines(exchange)}`);
}

function nameLines({ id, head, traceparent }: Exchange): string {
  return `X-Request-Id: ${id}\r\n${head.minor === 0 ? via10 : via11}traceparent: ${traceparent}\r\n`;
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

/** Our own lines too give way to what agents and policies set or remove. */
function writeUnless(edit: HeaderEdit | undefined, writer: HeadWriter, lines: string): void {
  if (edit === undefined) return writer.text(lines);
  for (const line of lines.split('\r\n')) {
    if (line !== '' && !edit.dropsName(line.slice(0, line.indexOf(':')).toLowerCase())) writer.text(`${line}\r\n`);
  }
}
