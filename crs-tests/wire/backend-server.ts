// The built-in backend as a server on loopback, behind whatever is tested. It answers what backend.ts says, and takes any
// request that has an end: Node's own server refuses methods and bytes that tests are made of.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { crsLimits } from '#config/limits-crs';
import { answer, type BackendResponse } from '../backend.ts';
import { type Question, QuestionReader } from './question-reader.ts';

export interface Backend extends AsyncDisposable {
  readonly address: string; // 127.0.0.1:49152
  readonly served: () => number; // requests so far
}

/** Port 0: the system picks one. */
export async function startBackend(port = 0): Promise<Backend> {
  const sockets = new Set<Socket>();
  let served = 0;
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, () => {
      served += 1;
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    served: () => served,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, onServed: () => void): void {
  const reader = new QuestionReader();
  socket.setTimeout(crsLimits.backendIdleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy()); // of whoever asks; there is nobody to tell
  socket.on('data', (piece) => {
    reader.push(piece.toString('latin1'));
    for (;;) {
      const reading = reader.next();
      if (reading.kind === 'more') return;
      if (reading.kind !== 'question') return void socket.end(bytesOf(badRequest, 'GET', false));
      onServed();
      const { method, keepsConnection } = reading.question;
      socket.write(bytesOf(replyTo(reading.question), method, keepsConnection));
      if (!keepsConnection) return void socket.end();
    }
  });
}

const badRequest: BackendResponse = { status: 400, headers: [['Content-Length', '0']], body: '' };

/** The path as it stands in a target of any form. */
function replyTo({ method, target, body }: Question): BackendResponse {
  const path = target.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
  return answer({ method, path, body });
}

function bytesOf({ status, headers, body }: BackendResponse, method: string, keepsConnection: boolean): Buffer {
  const isBodiless = status < 200 || status === 204 || status === 304;
  const kept = isBodiless ? headers.filter(([name]) => name.toLowerCase() !== 'content-length') : headers;
  const lines = [...kept, ...(keepsConnection ? [] : [['Connection', 'close'] as const])];
  const head = `HTTP/1.1 ${status} \r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.from(head + (isBodiless || method === 'HEAD' ? '' : body), 'latin1');
}
