// A whole reply of the proxy's own, short enough to be in memory: written in one write. Refusals and built-in handlers
// share it.

import { STATUS_CODES } from '#config/node-http';
import { closeExchange } from '../close-exchange.ts';
import type { Exchange } from '../exchange.ts';
import { editOfMutations } from '../http1/header-edit.ts';

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export function sendAnswer(exchange: Exchange, { status, type, body, headers }: Answer): void {
  const { worker, client, head, route } = exchange;
  const { writer } = worker;
  if (worker.isDraining || !client.discardBody()) exchange.keepsClient = false;
  const content = Buffer.from(body);
  const edit =
    route === undefined
      ? undefined
      : editOfMutations(exchange.responseMutations, route.config.policies.responseHeaders);
  const hasBody = status >= 200 && status !== 204 && status !== 304;
  writer.reset();
  writer.latin1(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nDate: ${new Date().toUTCString()}\r\n`);
  for (const [name, value] of headers) if (edit?.dropsName(name.toLowerCase()) !== true) writer.line(name, value);
  if (type !== undefined && hasBody && edit?.dropsName('content-type') !== true) writer.line('Content-Type', type);
  if (edit !== undefined) writer.latin1(edit.lines);
  if (hasBody) writer.contentLength(content.length);
  writer.latin1(exchange.keepsClient ? '\r\n' : 'Connection: close\r\n\r\n');
  if (hasBody && head.method !== 'HEAD') {
    writer.copy(content, 0, content.length);
    exchange.bytesOut = content.length;
  } else exchange.bytesOut = 0; // of an upstream's reply that was given up before any of it was sent
  exchange.status = status;
  exchange.isReplyBegun = true;
  writer.send(client.outlet);
  closeExchange(exchange);
}
