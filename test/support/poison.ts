// Bytes that are only lent, made to show who held on to them: from now on what connections to upstreams and accepted
// sockets were lent is written over as soon as the call that lent it is over. For a worker inside the test's own process;
// undone at the end of the scope.

import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import { FastReads } from '../../proxy/http1/fast-reads.ts';

const poison = 0x58;

interface Lending {
  readonly onread?: { readonly buffer: Buffer; readonly callback: (length: number) => boolean };
}

/** `lentCount` counts the calls, so that a test can say that there were some. */
export function poisonLentBytes(): Disposable & { readonly lentCount: { upstream: number; client: number } } {
  const lentCount = { upstream: 0, client: 0 };
  const before = [net.connect, tls.connect, FastReads.prototype.attach] as const;
  const wrapped = <T extends (...args: never[]) => unknown>(connect: T): T =>
    ((options: Lending, ...rest: unknown[]) =>
      Reflect.apply(connect, undefined, [poisoned(options, lentCount), ...rest])) as unknown as T;
  net.connect = wrapped(net.connect);
  tls.connect = wrapped(tls.connect);
  syncBuiltinESMExports();
  FastReads.prototype.attach = function attach(this: FastReads, socket, onRead) {
    return before[2].call(this, socket, (length) => {
      lentCount.client += 1;
      onRead(length);
      this.bytes.fill(poison);
    });
  };
  return {
    lentCount,
    [Symbol.dispose]: () => {
      [net.connect, tls.connect, FastReads.prototype.attach] = before;
      syncBuiltinESMExports();
    },
  };
}

/** Headroom included: all of the memory that the buffer is a part of. */
function poisoned<T extends Lending>(options: T, lentCount: { upstream: number }): T {
  const { onread } = options;
  if (onread === undefined) return options;
  const all = new Uint8Array(onread.buffer.buffer);
  const callback = (length: number) => {
    lentCount.upstream += 1;
    const goesOn = onread.callback(length);
    all.fill(poison);
    return goesOn;
  };
  return { ...options, onread: { ...onread, callback } };
}
