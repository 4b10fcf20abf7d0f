// What one connection of an agent does, whichever version it speaks: a type and nothing to run.

export interface Session {
  push(chunk: Buffer): void;
  /** Ends after the calls in flight, now if there are none. */
  drain(): void;
  /** The socket is closed. */
  close(): void;
}
