// How a file leaves: a small one in one write with its head, a large one read piece by piece on the threads of Node, no
// faster than the client takes it, through buffers that are used again. What cannot be sent as it was promised (the file
// has become shorter, or another one was written into it) cuts the connection, so the client never takes half a file for
// a whole one. It refuses to choose what is sent: that is static-files.ts.

import { read } from 'node:fs';
import { fileLimits } from '#config/limits';
import { STATUS_CODES } from '#config/node-http';
import { closeExchange } from '../close-exchange.ts';
import type { Exchange, Transfer } from '../exchange.ts';
import { Deadline } from '../timers.ts';
import { FileBuffers } from './file-buffers.ts';
import type { Part } from './ranges.ts';
import { refuse } from './refuse.ts';
import { replyEdit } from './reply-edit.ts';
import type { Line, ServedFile } from './served-file.ts';
import { closeFile, isUnchanged, type OpenFile } from './static-root.ts';

/** A head without a body: HEAD, 304. */
export function sendHead(exchange: Exchange, status: number, lines: readonly Line[], length: number | undefined): void {
  beginReply(exchange, status, { lines, text: undefined, length, more: '' });
  exchange.isReplyBegun = true;
  exchange.worker.writer.send(exchange.client.outlet);
  closeExchange(exchange);
}

/** The file, or a part of it. */
export function sendFile(exchange: Exchange, file: ServedFile, part: Part | undefined): void {
  const { start, end } = part ?? { start: 0, end: file.size };
  const more = part === undefined ? '' : `Content-Range: bytes ${start}-${end - 1}/${file.size}\r\n`;
  const head = { lines: file.lines, text: file.text, length: end - start, more };
  const status = part === undefined ? 200 : 206;
  if (file.body !== undefined) return sendSmall(exchange, status, head, file.body.subarray(start, end));
  if (file.open === undefined) return;
  const transfer = new FileTransfer(exchange, file.open, { start, end }, () => beginReply(exchange, status, head));
  exchange.transfer = transfer;
  transfer.begin();
}

function sendSmall(exchange: Exchange, status: number, head: Head, body: Buffer): void {
  const { writer } = exchange.worker;
  beginReply(exchange, status, head);
  writer.copy(body, 0, body.length);
  exchange.bytesOut = body.length;
  exchange.isReplyBegun = true;
  writer.send(exchange.client.outlet);
  closeExchange(exchange);
}

interface Head {
  readonly lines: readonly Line[];
  readonly text: string | undefined; // the lines as written, where that is known
  readonly length: number | undefined;
  readonly more: string;
}

/** Writes the head; whoever calls it sends it, with what belongs behind it. */
function beginReply(exchange: Exchange, status: number, { lines, text, length, more }: Head): void {
  const { worker, client } = exchange;
  const { writer } = worker;
  if (worker.isDraining || !client.discardBody()) exchange.keepsClient = false;
  const edit = replyEdit(exchange);
  writer.reset();
  writer.latin1(status === 200 ? 'HTTP/1.1 200 OK\r\n' : `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`);
  writer.latin1(dateLine());
  if (edit === undefined && text !== undefined) writer.latin1(text);
  else for (const [name, value] of lines) if (edit?.dropsName(name.toLowerCase()) !== true) writer.line(name, value);
  if (edit !== undefined) writer.latin1(edit.lines);
  if (more !== '') writer.latin1(more);
  if (length !== undefined) writer.contentLength(length);
  writer.latin1(exchange.keepsClient ? '\r\n' : 'Connection: close\r\n\r\n');
  exchange.status = status;
}

let dateSecond = Number.NaN;
let dateText = '';

/** Made once a second: formatting one costs half a microsecond. */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = `Date: ${new Date(1000 * second).toUTCString()}\r\n`;
  }
  return dateText;
}

/** A large file on its way. One read at a time; while the client does not take what was read, nothing is read. */
class FileTransfer implements Transfer {
  readonly #exchange: Exchange;
  readonly #file: OpenFile;
  readonly #end: number;
  readonly #writeHead: () => void;
  #at: number;
  #buffer: Buffer | undefined = undefined;
  #isLent = false; // the system had not taken all of the buffer at once, and may still be reading it
  #sentMs = 0;
  #isQuick = false; // the client took the last piece soon
  #deadline: Deadline | undefined = undefined; // for the client to take what waits for it
  #isReading = false;
  #isStopped = false;

  constructor(exchange: Exchange, file: OpenFile, { start, end }: Part, writeHead: () => void) {
    this.#exchange = exchange;
    this.#file = file;
    this.#at = start;
    this.#end = end;
    this.#writeHead = writeHead;
  }

  begin(): void {
    this.#read();
  }

  sendMore(): void {
    this.#deadline?.clear();
    if (this.#isReading || this.#isStopped || !this.#exchange.isReplyBegun) return;
    this.#isQuick = this.#exchange.worker.timers.nowMs - this.#sentMs <= fileLimits.quickWithinMs;
    this.#read();
  }

  /** The exchange is over. A read under way still writes into its buffer and from its file. */
  stop(): void {
    this.#isStopped = true;
    this.#deadline?.clear();
    if (!this.#isReading) this.#release();
  }

  #read(): void {
    const buffer = this.#takeBuffer();
    const length = Math.min(this.#end - this.#at, buffer.length);
    this.#isReading = true;
    read(this.#file.fd, buffer, 0, length, this.#at, (error, bytesRead) =>
      this.#guard(() => this.#onRead(buffer, bytesRead, error)),
    );
  }

  #onRead(buffer: Buffer, bytesRead: number, error: Error | null): void {
    this.#isReading = false;
    if (this.#isStopped) return this.#release();
    if (error !== null) return refuse(this.#exchange, { code: 'file-unreadable', error: error.message });
    if (bytesRead === 0) return refuse(this.#exchange, { code: 'file-unreadable', error: 'the file became shorter' });
    if (this.#at + bytesRead < this.#end) return this.#send(buffer, bytesRead);
    this.#isReading = true;
    const sendLast = (isSame: boolean) => this.#guard(() => this.#sendLast(buffer, bytesRead, isSame));
    isUnchanged(this.#file).then(sendLast, () => sendLast(false));
  }

  /** The last piece goes only if nothing was written into the file since the first. */
  #sendLast(buffer: Buffer, bytesRead: number, isSame: boolean): void {
    this.#isReading = false;
    if (this.#isStopped) return this.#release();
    if (!isSame)
      return refuse(this.#exchange, { code: 'file-unreadable', error: 'the file changed while it was sent' });
    this.#send(buffer, bytesRead);
  }

  #send(buffer: Buffer, length: number): void {
    const exchange = this.#exchange;
    const { outlet } = exchange.client;
    if (!exchange.isReplyBegun) {
      this.#writeHead();
      exchange.isReplyBegun = true;
      exchange.worker.writer.send(outlet);
    }
    this.#at += length;
    exchange.bytesOut += length;
    this.#isQuick = outlet.send(buffer.subarray(0, length));
    this.#isLent = !this.#isQuick;
    if (this.#at === this.#end) return closeExchange(exchange);
    if (outlet.isBackedUp) this.#await();
    else this.#read();
  }

  #await(): void {
    const { worker, client } = this.#exchange;
    this.#sentMs = worker.timers.nowMs;
    this.#deadline ??= new Deadline(worker.timers, () =>
      this.#guard(() => refuse(this.#exchange, { code: 'write-timeout' })),
    );
    this.#deadline.set(client.writeIdleMs);
  }

  /** A client that has become quick, or slow, gets another one. */
  #takeBuffer(): Buffer {
    const isLong = this.#end - this.#at > fileLimits.smallReadBytes;
    const wantsLarge = this.#isQuick && isLong;
    const isFitting = (this.#buffer?.length === fileLimits.largeReadBytes) === wantsLarge;
    if (this.#buffer !== undefined && (!isFitting || this.#isBeingSent())) this.#giveBack();
    this.#isLent = false;
    this.#buffer ??= buffers.take(wantsLarge);
    return this.#buffer;
  }

  #isBeingSent(): boolean {
    return this.#isLent && this.#exchange.client.outlet.isWaiting;
  }

  #giveBack(): void {
    if (this.#buffer !== undefined) buffers.giveBack(this.#buffer, !this.#isBeingSent());
    this.#buffer = undefined;
  }

  #release(): void {
    closeFile(this.#file.fd);
    this.#giveBack();
  }

  #guard(run: () => void): void {
    this.#exchange.worker.timers.refresh();
    try {
      run();
    } catch (error) {
      this.#exchange.onMistake(error);
    }
  }
}

/** Those of the process, which is one worker. */
const buffers = new FileBuffers();
