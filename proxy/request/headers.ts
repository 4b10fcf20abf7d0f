// The head that the upstream receives, built from what was understood of the client's: the request line in origin-form,
// Host, the headers that pass, our own about the client, and the framing as we understood it, never as it was written.

import type { Exchange } from '../exchange.ts';
import { editOfMutations, type HeaderEdit } from '../http1/header-edit.ts';
import { isHopByHop, isReplaced } from '../http1/header-names.ts';
import { type HeadWriter, writeHeaders } from '../http1/write-head.ts';

export function forwardHeaders(exchange: Exchange): void {
  const { head, route, target, client, upgrade } = exchange;
  const { writer } = exchange.worker;
  const edit =
    exchange.requestMutations.length === 0
      ? route?.requestEdit
      : editOfMutations(exchange.requestMutations, route?.config.policies.requestHeaders ?? noRules);
  writer.reset();
  writer.ensure(
    head.lines.bytes.length + target.length + ownHeadBytes + (edit?.lines.length ?? 0) + (upgrade?.lines.length ?? 0),
  );
  writer.text(head.method);
  writer.text(' ');
  writer.text(target);
  writer.text(' HTTP/1.1\r\n');
  if (edit?.dropsName('host') !== true) writeHost(exchange, writer);
  writeHeaders(writer, head.lines, { ids: leftOut, names: head.connectionNames, edit });
  if (edit === undefined) writer.text(client.forwardingLines);
  else writeUnless(edit, writer, client.forwardingLines);
  writeOwn(exchange, writer, edit);
  if (edit !== undefined) writer.text(edit.lines);
  if (head.isChunked) writer.text('Transfer-Encoding: chunked\r\n');
  else if (head.contentLength >= 0) writer.decimalLine('Content-Length', head.contentLength);
  if (upgrade !== undefined) writer.text(upgrade.lines);
  writer.text('\r\n');
}

const ownHeadBytes = 2048;
const noRules = { remove: [], set: {}, add: {} };
const leftOut = isHopByHop.map((isLeftOut, id) => isLeftOut | (isReplaced[id] ?? 0));

/** The client's own; the target's address for a client of HTTP/1.0 that named none (RFC 9112 section 3.2). */
function writeHost({ head, upstreamTarget }: Exchange, writer: HeadWriter): void {
  writer.text('Host: ');
  if (head.hostEnd > head.hostStart) writer.copy(head.bytes, head.hostStart, head.hostEnd);
  else writer.text(upstreamTarget?.name.startsWith('unix:') === false ? upstreamTarget.name : 'localhost');
  writer.text('\r\n');
}

function writeOwn({ head, id }: Exchange, writer: HeadWriter, edit: HeaderEdit | undefined): void {
  if (edit?.dropsName('x-forwarded-host') !== true && head.hostEnd > head.hostStart) {
    writer.text('X-Forwarded-Host: ');
    writer.copy(head.bytes, head.hostStart, head.hostEnd);
    writer.text('\r\n');
  }
  if (edit === undefined) {
    writer.text('X-Request-Id: ');
    writer.text(id);
    writer.text(head.minor === 0 ? `\r\n${via10}` : `\r\n${via11}`);
  } else writeUnless(edit, writer, `X-Request-Id: ${id}\r\n${head.minor === 0 ? via10 : via11}`);
}

const via10 = 'Via: 1.0 sentinel-stack\r\n';
const via11 = 'Via: 1.1 sentinel-stack\r\n';

/** Our own lines too give way to what agents and policies set or remove. */
function writeUnless(edit: HeaderEdit, writer: HeadWriter, lines: string): void {
  for (const line of lines.split('\r\n')) {
    if (line !== '' && !edit.dropsName(line.slice(0, line.indexOf(':')).toLowerCase())) writer.text(`${line}\r\n`);
  }
}
