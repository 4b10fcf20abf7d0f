// The handle that encrypts, as this Node calls what it has: the C++ object that a `TLSSocket` makes for itself around the
// handle of an accepted connection. The shaping decision: nothing of Node is copied or required from inside; its own
// function makes the handle, asked with as much of a socket as it looks at, and what is not documented is tried before a
// listener opens, on a handle that is connected to nothing (`canSeal`). Where anything is missing, the caller does
// without. It refuses to know what is done with the handle.

import { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { nodesNames } from '../http1/bare-socket.ts';

export interface TlsHandle {
  [name: symbol]: unknown;
  onread: unknown;
  onhandshakedone: ((this: TlsHandle) => void) | null;
  onerror: ((this: TlsHandle) => void) | null;
  oncertcb?: ((this: TlsHandle, wish: CertificateWish) => void) | null;
  sni_context?: unknown;
  _parent: unknown;
  _secureContext: unknown;
  readStart(): number;
  readStop(): number;
  useUserBuffer(bytes: Buffer): void;
  writeBuffer(request: null, bytes: Buffer): number | UnfinishedWrite;
  writev(request: null, pieces: readonly Buffer[], areBuffers: true): number | UnfinishedWrite;
  shutdown(request: ShutdownRequest): number;
  close(onClosed?: () => void): void;
  setALPNProtocols(protocols: Buffer): void;
  enableCertCb(): void;
  certCbDone(): void;
  setOCSPResponse(response: Buffer): void;
  getProtocol(): string;
  getCipher(): { readonly standardName: string } | undefined;
}

/** Who asks for which certificate. */
export interface CertificateWish {
  readonly servername: unknown;
  readonly OCSPRequest: boolean;
}

export interface UnfinishedWrite {
  buffer: unknown;
  readonly error?: unknown;
  readonly writeStatus?: number | null;
  oncomplete: ((status: number) => void) | null;
}

export interface ShutdownRequest {
  oncomplete: (() => void) | null;
}

const methods = [
  'readStart',
  'readStop',
  'useUserBuffer',
  'writeBuffer',
  'writev',
  'shutdown',
  'close',
  'destroySSL',
  'setALPNProtocols',
  'enableCertCb',
  'certCbDone',
  'setOCSPResponse',
  'getProtocol',
  'getCipher',
];

/** Whether this Node has what is needed. */
export function canSeal(context: SecureContext): boolean {
  if (nodesNames === undefined || newShutdown === undefined) return false;
  try {
    const handle = wrapHandle(undefined, context); // around a socket of its own, connected to nothing
    const hasAll = methods.every((name) => typeof Reflect.get(handle, name) === 'function');
    handle.close();
    return hasAll;
  } catch {
    return false;
  }
}

export function ownHandle(handle: TlsHandle, owner: unknown): void {
  if (nodesNames === undefined) return;
  handle[nodesNames.owner] = owner;
  handle.onread = nodesNames.onread;
}

export function ownerOf(handle: TlsHandle): unknown {
  return nodesNames === undefined ? undefined : handle[nodesNames.owner];
}

/** Node's own function, which asks of a socket no more than this. */
export function wrapHandle(handle: unknown, context: SecureContext): TlsHandle {
  const socket = { _tlsOptions: { secureContext: context, isServer: true }, listenerCount: () => 1 };
  return Reflect.apply(Reflect.get(TLSSocket.prototype, '_wrapHandle'), socket, [null, handle, false]) as TlsHandle;
}

/** `undefined`: this Node does not have it. */
export const newShutdown = findShutdown();

/** A socket that ends asks its handle with a request that only Node can make: so one is let end around nothing. */
function findShutdown(): (() => ShutdownRequest) | undefined {
  if (nodesNames === undefined) return undefined;
  let found: unknown;
  const handle = {
    shutdown(request: object) {
      found = request.constructor;
      return 0;
    },
  };
  try {
    Reflect.apply(Reflect.get(Socket.prototype, '_final'), { connecting: false, _handle: handle }, [() => undefined]);
  } catch {
    return undefined;
  }
  return typeof found === 'function' ? () => Reflect.construct(found as () => void, []) as ShutdownRequest : undefined;
}
