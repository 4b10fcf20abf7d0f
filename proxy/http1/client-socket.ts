// What the engine needs of a client's connection: a `net.Socket`, also one inside TLS, or a `BareSocket`, which costs less.

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
  write(bytes: Buffer): boolean;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
  destroy(error?: Error): unknown;
  resetAndDestroy(): unknown;
}

/** `finish`: our side has ended, and the system has taken everything. */
export type ClientSocketEvent = 'end' | 'drain' | 'finish' | 'close' | 'error';
