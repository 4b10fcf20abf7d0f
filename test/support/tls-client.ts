// A client inside TLS that speaks bytes, and what it saw of the handshake.

import { type ConnectionOptions, connect } from 'node:tls';

export interface Heard {
  readonly answer: string;
  readonly error: string; // '': the connection ended in order
  readonly version: string;
  readonly names: string; // of the certificate that was shown
  readonly isResumed: boolean;
  readonly session: Buffer | undefined; // the last ticket
  readonly response: Buffer | undefined; // stapled
}

/** Sends the bytes on a connection of its own, and hears until the other side ends it. */
export function askSecurely(port: number, bytes: string, options: ConnectionOptions = {}): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });
    let [answer, error, version, names] = ['', '', '', ''];
    let isResumed = false;
    let session: Buffer | undefined;
    let response: Buffer | undefined;
    socket.on('secureConnect', () => {
      version = socket.getProtocol() ?? '';
      names = String(socket.getPeerCertificate().subjectaltname);
      isResumed = socket.isSessionReused();
      socket.write(bytes, 'latin1');
    });
    socket.on('session', (ticket: Buffer) => {
      session = ticket;
    });
    socket.on('OCSPResponse', (stapled: Buffer) => {
      response = stapled;
    });
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
    });
    socket.on('error', (failed: Error) => {
      error ||= 'code' in failed ? String(failed.code) : failed.message;
    });
    socket.on('close', () => resolve({ answer, error, version, names, isResumed, session, response }));
  });
}

export const lastGet = (path = '/', lines = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`;
