// The answer of a route that serves files: which file the request means, whether it must be sent at all, and which part of
// it. Folders are never listed. It refuses to write but through static-send.ts.

import assert from 'node:assert/strict';
import type { Exchange } from '../exchange.ts';
import { headerName, valueNamed } from '../request/named-header.ts';
import { acceptedEncodings } from './accept-encoding.ts';
import { sendAnswer } from './answer.ts';
import { afterBody } from './builtin.ts';
import { allowsRange, type Conditions, conditionsOf, judge } from './conditions.ts';
import { partOf } from './ranges.ts';
import { refuse } from './refuse.ts';
import type { ServedFile } from './served-file.ts';
import { fileNameOf } from './static-path.ts';
import { closeFile, type Unopened } from './static-root.ts';
import { sendFile, sendHead } from './static-send.ts';

export function replyStatic(exchange: Exchange): void {
  const { method } = exchange.head;
  if (method === 'GET' || method === 'HEAD') return replyWithFile(exchange);
  const answer = { status: 405, body: undefined, headers: [['Allow', 'GET, HEAD'] as const] };
  refuse(exchange, { code: 'method-not-allowed', answer });
}

const replyWithFile: (exchange: Exchange) => void = afterBody((exchange) => {
  const { route, head, worker } = exchange;
  const files = route?.files;
  assert(files !== undefined);
  const path = pathOf(exchange);
  if (path.endsWith('/') && !exchange.path.endsWith('/')) return redirectToFolder(exchange); // by a rewrite
  const name = fileNameOf(path, files.config.dotfiles);
  if (name === undefined) return refuse(exchange, { code: 'file-not-found', error: 'the path names no file' });
  const accepted = files.config.precompressed ? acceptedEncodings(valueNamed(head.lines, acceptEncoding)) : 0;
  const kept = files.kept(name, accepted, worker.timers.nowMs);
  if (kept !== undefined) return send(exchange, kept);
  files.find(name, accepted, worker.timers.nowMs).then(
    (found) => onFound(exchange, found),
    (error: unknown) => exchange.onMistake(error),
  );
});

const acceptEncoding = headerName('accept-encoding');

/** As it was matched, or what a rewrite made of it. */
function pathOf({ path, rewrittenTarget }: Exchange): string {
  if (rewrittenTarget === '') return path;
  const mark = rewrittenTarget.indexOf('?');
  return mark === -1 ? rewrittenTarget : rewrittenTarget.slice(0, mark);
}

function onFound(exchange: Exchange, found: ServedFile | Unopened): void {
  exchange.worker.timers.refresh();
  if (exchange.isClosed) return 'fd' in found ? undefined : release(found); // the client has left
  try {
    if (!('fd' in found)) return send(exchange, found);
    if (found.reason === 'folder' && !pathOf(exchange).endsWith('/')) return redirectToFolder(exchange);
    const code = found.reason === 'unreadable' ? 'file-unreadable' : 'file-not-found';
    refuse(exchange, { code, error: found.error });
  } catch (error) {
    exchange.onMistake(error);
  }
}

/** Links in the page would lead elsewhere without the slash. `//` would lead to another host. */
function redirectToFolder(exchange: Exchange): void {
  const { path, target } = exchange;
  if (path.startsWith('//')) return refuse(exchange, { code: 'file-not-found', error: 'a folder behind //' });
  const mark = target.indexOf('?');
  const location = `${path}/${mark === -1 ? '' : target.slice(mark)}`;
  sendAnswer(exchange, { status: 301, type: undefined, headers: [['Location', location]], body: '' });
}

function release({ open }: ServedFile): void {
  if (open !== undefined) closeFile(open.fd);
}

function send(exchange: Exchange, file: ServedFile): void {
  const asked = conditionsOf(exchange.head.lines);
  const verdict = asked === undefined ? 'send' : judge(asked, file);
  if (verdict === 'send' && exchange.head.method === 'GET') return sendAsked(exchange, file, asked);
  release(file);
  if (verdict === 'failed') return refuse(exchange, { code: 'precondition-failed' });
  if (verdict === 'not-modified') return sendHead(exchange, 304, file.unchangedLines, undefined);
  sendHead(exchange, 200, file.lines, file.size);
}

/** Ranges are for GET alone (RFC 9110 section 14.2). */
function sendAsked(exchange: Exchange, file: ServedFile, asked: Conditions | undefined): void {
  const range = asked?.range;
  if (asked === undefined || range === undefined || !allowsRange(asked, file))
    return sendFile(exchange, file, undefined);
  const part = partOf(range, file.size);
  if (part === 'whole') return sendFile(exchange, file, undefined);
  if (part !== 'unsatisfiable') return sendFile(exchange, file, part);
  release(file);
  const headers = [['Content-Range', `bytes */${file.size}`] as const];
  refuse(exchange, { code: 'range-unsatisfiable', answer: { status: 416, body: undefined, headers } });
}
