// One request on a connection of its own: the bytes as they are, then one answer, then the connection is let go, as
// go-ftw does. Every wait has an end. What went wrong is a value, not an exception: a test may expect it.

import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Reading, type Reply, ReplyReader } from './reply-reader.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface Sending {
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly verifiesTls: boolean;
  readonly from?: string; // the address of our side
}

export type Received =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'fault'; readonly fault: string; readonly isConnected: boolean };

export async function send(address: Address, bytes: string, sending: Sending): Promise<Received> {
  const socket = open(address, sending);
  try {
    return await exchange(socket, address, bytes, sending);
  } finally {
    socket.destroy();
  }
}

function open({ host, port, isTls }: Address, { verifiesTls, from }: Sending): Socket {
  const options = { host, port, ...(from === undefined ? {} : { localAddress: from }) };
  if (!isTls) return connectPlain({ ...options, noDelay: true });
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return connectTls({ ...options, ...name, rejectUnauthorized: verifiesTls });
}

function exchange(socket: Socket, { isTls }: Address, bytes: string, sending: Sending): Promise<Received> {
  const { promise, resolve } = Promise.withResolvers<Received>();
  const reader = new ReplyReader(/^[^ ]*/.exec(bytes)?.[0] ?? '');
  let isConnected = false;
  const fail = (fault: string) => resolve({ kind: 'fault', fault, isConnected });
  const read = (reading: Reading) => {
    if (reading.kind === 'reply') resolve(reading);
    else if (reading.kind === 'fault') fail(reading.fault);
  };
  let deadline = setTimeout(() => fail('no connection in time'), sending.connectTimeoutMs);
  socket.once(isTls ? 'secureConnect' : 'connect', () => {
    isConnected = true;
    clearTimeout(deadline);
    deadline = setTimeout(() => fail('no answer in time'), sending.readTimeoutMs);
    socket.write(Buffer.from(bytes, 'latin1'));
  });
  socket.on('data', (piece) => read(reader.push(piece.toString('latin1'))));
  socket.once('end', () => read(reader.end()));
  socket.once('error', (error) => {
    const last = reader.end();
    if (last.kind === 'reply')
      resolve(last); // cut off behind a head that could be read
    else fail(error.message);
  });
  void promise.then(() => clearTimeout(deadline));
  return promise;
}
