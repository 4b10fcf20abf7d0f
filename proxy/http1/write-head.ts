// Heads and framed pieces, written as bytes into one buffer that is used again and again: a message goes out in one write
// (head and first body bytes together) and costs no objects. The bytes are only lent to the outlet that sends them. Where
// there is room, the buffer is the one from which all leave at the end of the turn (departures.ts), so that a small message
// is written where it leaves from. Who needs more room, or is not alone there any more, goes on in a buffer of its own.

import { bufferLimits } from '#config/limits';
import { ByteWriter, Constant, newSheet, type Sheet } from '#config/lines/byte-writer';
import { carriageReturn, equalsLower, space } from './bytes.ts';
import type { Departures, Guest } from './departures.ts';
import type { HeaderEdit } from './header-edit.ts';
import type { HeaderLines } from './header-lines.ts';
import type { Outlet } from './outlet.ts';

export class HeadWriter extends ByteWriter implements Guest {
  readonly #departures: Departures | undefined;
  #own: Sheet;
  #isGuest = false;
  /** Where what has been written begins. */
  start = 0;

  constructor(departures?: Departures) {
    const own = newSheet(bufferLimits.headWriterBytes);
    super(own);
    this.#own = own;
    this.#departures = departures;
  }

  /** Begins a message. */
  reset(): void {
    const sheet = this.#departures?.invite(this);
    this.#isGuest = sheet !== undefined;
    this.goOnIn(sheet ?? this.#own);
    this.start = sheet === undefined ? 0 : (this.#departures?.length ?? 0);
    this.length = this.start;
  }

  /** What has been written, until something more is. */
  get written(): Buffer {
    return this.bytes.subarray(this.start, this.length);
  }

  moveOut(): void {
    if (!this.#isGuest) return;
    this.#isGuest = false;
    this.bytes.copy(this.#own.bytes, this.start, this.start, this.length);
    this.goOnIn(this.#own);
  }

  protected override grow(wanted: number): void {
    this.moveOut();
    if (wanted <= this.#own.bytes.length) return;
    super.grow(wanted);
    this.#own = this.sheet;
  }

  line(name: string, value: string): void {
    this.latin1(`${name}: ${value}\r\n`);
  }

  contentLength(length: number): void {
    this.constant(lengthName);
    this.decimal(length);
    this.constant(lineEnd);
  }

  /** One chunk of a chunked body. */
  chunk(source: Buffer, start: number, end: number): void {
    this.ascii((end - start).toString(16));
    this.constant(lineEnd);
    this.copy(source, start, end);
    this.constant(lineEnd);
  }

  lastChunk(trailers: string): void {
    this.ascii('0\r\n');
    this.latin1(trailers);
    this.constant(lineEnd);
  }

  /** Sends what has been written. */
  send(outlet: Pick<Outlet, 'sendLent'>): void {
    const { bytes, start, length } = this;
    this.#isGuest = false;
    this.goOnIn(this.#own);
    this.start = 0;
    this.length = 0;
    if (length > start) outlet.sendLent(bytes, start, length);
  }
}

/** Text that is the same for many messages. */
export function constantOf(text: string): Constant {
  return new Constant(Buffer.from(text, 'latin1'));
}

export const lineEnd = constantOf('\r\n');
const lengthName = constantOf('Content-Length: ');
const separator = constantOf(': ');

/** What of a message's headers does not pass. */
export interface Omissions {
  readonly ids: Uint8Array; // by header id: 1 is left out
  readonly names: readonly string[]; // declared by `Connection`, in lower case
  readonly edit: HeaderEdit | undefined;
}

/**
 * The headers that pass, in their order. Neighbours that are written exactly as they would be (`name: value`, one blank)
 * go in one copy: ten headers of a browser in two or three.
 */
export function writeHeaders(writer: HeadWriter, lines: HeaderLines, { ids, names, edit }: Omissions): void {
  const { bytes } = lines;
  const isPlain = names.length === 0 && edit === undefined;
  let runStart = 0;
  let runEnd = 0;
  for (let index = 0; index < lines.count; index += 1) {
    if (ids[lines.ids[index] as number] === 1) continue;
    const [nameStart, nameEnd] = [lines.nameStart(index), lines.nameEnd(index)];
    if (!isPlain && (isNamed(bytes, nameStart, nameEnd, names) || edit?.drops(bytes, nameStart, nameEnd) === true))
      continue;
    const [valueStart, valueEnd] = [lines.valueStart(index), lines.valueEnd(index)];
    if (nameStart !== runEnd) {
      writer.copy(bytes, runStart, runEnd);
      runStart = nameStart;
    }
    runEnd = valueEnd + 2;
    if (valueStart === nameEnd + 2 && bytes[nameEnd + 1] === space && bytes[valueEnd] === carriageReturn) continue;
    writer.copy(bytes, runStart, nameStart);
    writer.copy(bytes, nameStart, nameEnd);
    writer.constant(separator);
    writer.copy(bytes, valueStart, valueEnd);
    writer.constant(lineEnd);
    runStart = runEnd;
  }
  writer.copy(bytes, runStart, runEnd);
}

function isNamed(bytes: Buffer, nameStart: number, nameEnd: number, names: readonly string[]): boolean {
  for (const name of names) if (equalsLower(bytes, nameStart, nameEnd, Buffer.from(name, 'latin1'))) return true;
  return false;
}
