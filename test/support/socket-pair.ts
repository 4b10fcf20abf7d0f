// Two connected sockets: `near` is written by the test, `far` reads nothing until it is asked to.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SocketPair extends AsyncDisposable {
  readonly near: Socket;
  readonly far: Socket;
  /** Everything that arrives at the far side until its end, as Latin-1. */
  readAll(): Promise<string>;
}

/** `near` is the side that connected, or, with `nearAccepts`, the one that was accepted. */
export async function socketPair({ nearAccepts = false } = {}): Promise<SocketPair> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: !nearAccepts });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const connecting = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(connecting, 'connect')])) as [[Socket], []];
  const [near, far] = nearAccepts ? [accepted, connecting] : [connecting, accepted];
  return {
    near,
    far,
    async readAll() {
      let received = '';
      far.setEncoding('latin1').on('data', (text: string) => {
        received += text;
      });
      far.resume();
      await once(far, 'end');
      return received;
    },
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
