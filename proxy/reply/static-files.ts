// The files of a route: what the path names below its root, in the form that the client takes, and what of it is sent.
// The shaping decision: a small file that was asked for a moment ago is answered from memory without a promise or a call
// to the system; everything else is asynchronous. Folders are never listed. It refuses to write but through static-send.ts.

import assert from 'node:assert/strict';
import { fileLimits } from '#config/limits';
import type { Exchange } from '../exchange.ts';
import { headerName, valueNamed } from '../request/named-header.ts';
import { acceptedEncodings, type Encoding, encodings } from './accept-encoding.ts';
import { sendAnswer } from './answer.ts';
import { afterBody } from './builtin.ts';
import { allowsRange, type Conditions, conditionsOf, judge } from './conditions.ts';
import { contentTypeOf } from './content-types.ts';
import { KeptFiles } from './kept-files.ts';
import { partOf } from './ranges.ts';
import { refuse } from './refuse.ts';
import { describeFile, type ServedFile, type StaticConfig } from './served-file.ts';
import { fileNameOf } from './static-path.ts';
import { closeFile, type OpenFile, readWhole, StaticRoot, type Unopened } from './static-root.ts';
import { sendFile, sendHead } from './static-send.ts';

export class StaticFiles {
  readonly config: StaticConfig;
  readonly #root: StaticRoot;
  readonly #kept = new KeptFiles();

  constructor(config: StaticConfig) {
    this.config = config;
    this.#root = new StaticRoot(config.root);
  }

  /** The file if it is in memory and was looked at a moment ago. */
  kept(name: string, accepted: number, nowMs: number): ServedFile | undefined {
    return this.#kept.fresh(keyOf(this.#named(name), accepted), nowMs);
  }

  /** The file that the name stands for, with what comes in place of a missing one. */
  async find(name: string, accepted: number, nowMs: number): Promise<ServedFile | Unopened> {
    const found = await this.#form(this.#named(name), accepted, nowMs);
    const { fallback } = this.config;
    const isMissing = 'fd' in found && found.reason === 'missing';
    if (!isMissing || fallback === undefined || !isPage(name)) return found;
    return this.#kept.fresh(keyOf(fallback, accepted), nowMs) ?? (await this.#form(fallback, accepted, nowMs));
  }

  #named(name: string): string {
    return name.endsWith('/') ? `${name}${this.config.index}` : name;
  }

  /** The smallest form that the client takes and that is as new as the file. */
  async #form(name: string, accepted: number, nowMs: number): Promise<ServedFile | Unopened> {
    const open = await this.#root.open(name);
    if (open.fd === undefined) {
      this.#kept.drop(keyOf(name, accepted));
      return open;
    }
    const form =
      accepted === 0 || !contentTypeOf(name).isCompressible ? undefined : await this.#packed(name, accepted, open);
    if (form !== undefined) closeFile(open.fd);
    return this.#load(name, keyOf(name, accepted), form ?? { open, encoding: undefined }, nowMs);
  }

  async #packed(name: string, accepted: number, plain: OpenFile): Promise<Form | undefined> {
    for (const encoding of encodings) {
      if ((accepted & encoding.bit) === 0) continue;
      const open = await this.#root.open(`${name}${encoding.suffix}`);
      if (open.fd === undefined) continue;
      if (Math.floor(open.modifiedMs / 1000) >= Math.floor(plain.modifiedMs / 1000)) return { open, encoding };
      closeFile(open.fd); // made from an older version
    }
    return undefined;
  }

  /** A small file is read, closed and kept; a large one stays open. */
  async #load(name: string, key: string, { open, encoding }: Form, nowMs: number): Promise<ServedFile | Unopened> {
    if (open.size > fileLimits.smallFileBytesMax)
      return describeFile(name, { open, body: undefined, encoding }, this.config);
    try {
      const before = this.#kept.last(key);
      const body = before?.stamp === open.stamp ? before.body : await readWhole(open);
      if (body === undefined)
        return { fd: undefined, reason: 'unreadable', error: 'the file changed while it was read' };
      const file = describeFile(name, { open, body, encoding }, this.config);
      this.#kept.keep(key, file, nowMs);
      return file;
    } finally {
      closeFile(open.fd);
    }
  }
}

interface Form {
  readonly open: OpenFile;
  readonly encoding: Encoding | undefined;
}

function keyOf(name: string, accepted: number): string {
  return `${accepted}${name}`;
}

/** Where the browser routes, addresses have no extension; a missing script or picture is missing. */
function isPage(name: string): boolean {
  return !name.slice(name.lastIndexOf('/')).includes('.');
}

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
