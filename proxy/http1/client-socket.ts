// What the engine needs of a client's connection: a `net.Socket`, also one inside TLS, or one without a stream, which
// costs less: a `BareSocket`, or a `SealedSocket` inside TLS.

export interface ClientSocket {
  readonly destroyed: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly remoteFamily?: string | undefined;
  on(event: ClientSocketEvent, listener: () => void): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown; // a bare one is read into a buffer instead
  /** Only of those without a stream: from now on each read is in `bytes[0, length)` while `onRead` runs. */
  readInto?(bytes: Buffer, onRead: (length: number) => void): void;
  write(bytes: Buffer): boolean;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
  /** Only of those that have an end to send before they close: ends, and closes if that may be when all has been taken. */
  endAndClose?(mayClose: () => boolean): void;
  destroy(error?: Error): unknown;
  resetAndDestroy(): unknown;
}

/** `finish`: our side has ended, and the system has taken everything. */
export type ClientSocketEvent = 'end' | 'drain' | 'finish' | 'close' | 'error';
