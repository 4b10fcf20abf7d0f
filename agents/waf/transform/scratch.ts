// Where transformations work: a value's bytes in a buffer that all share, read and overwritten in one pass, and one for
// results that grow. The shaping decision: bytes in a buffer are read five times as fast as the characters of a string that
// is a piece of another, and most results are no longer than the value, so what is written lies behind what is read. The
// bytes are good until the next value is asked for: nobody keeps them. Longer values get a buffer of their own.

const sharedBytes = 64 * 1024;
const lookAhead = 8; // zero bytes behind a value, so that nobody who looks ahead sees what was there before

const shared = Buffer.allocUnsafeSlow(sharedBytes + lookAhead);
const sharedWords = new Int32Array(shared.buffer, shared.byteOffset, shared.length >>> 2);
const sharedOutput = Buffer.allocUnsafeSlow(sharedBytes);

/** A value's bytes, and zero bytes behind them. */
export function bytesOf(value: string): Buffer {
  const { length } = value;
  const bytes = length <= sharedBytes ? shared : Buffer.allocUnsafeSlow(length + lookAhead);
  bytes.write(value, 0, 'latin1');
  for (let at = length; at < length + lookAhead; at += 1) bytes[at] = 0;
  return bytes;
}

/** The same, four at a time; the last ones may be bytes behind the value. */
export const wordsOf = (bytes: Buffer): Int32Array =>
  bytes === shared ? sharedWords : new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

export const textOf = (bytes: Buffer, length: number): string => bytes.toString('latin1', 0, length);

/** A piece of a string keeps the whole string alive, so who keeps one copies it. A short one is a copy already. */
export const copyOf = (value: string): string => (value.length < 13 ? value : textOf(bytesOf(value), value.length));

/** A value that is changed where it lies: what is put never passes what was read. */
export class Edit {
  bytes: Buffer = shared;
  end = 0; // of the value
  length = 0; // of what was put

  put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  text(): string {
    const { bytes } = this;
    this.bytes = shared; // a long value is not kept
    return textOf(bytes, this.length);
  }
}

const edit = new Edit();

/** Of this value, of which the bytes before `from` stay. One at a time. */
export function editOf(value: string, from = 0): Edit {
  edit.bytes = bytesOf(value);
  edit.end = value.length;
  edit.length = from;
  return edit;
}

/** A buffer of `bytesMax` bytes to write a result to, in order. One at a time. */
export class Output {
  readonly bytes: Buffer;
  length = 0;

  constructor(bytesMax: number) {
    this.bytes = bytesMax <= sharedBytes ? sharedOutput : Buffer.allocUnsafe(bytesMax);
  }

  put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  text(): string {
    return textOf(this.bytes, this.length);
  }
}
