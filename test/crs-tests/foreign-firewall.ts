// A firewall of a few lines for tests of the runner: it logs the header of markers, and `evil` in a target as rule 7, in
// the words that a log reader knows. It can forget markers, to see what is done about it.

import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export async function foreignFirewall(log: string, forgetsMarkers = 0) {
  let [count, left] = [0, forgetsMarkers];
  const requests: string[] = [];
  const answer = async (socket: Socket, request: string): Promise<void> => {
    const marker = /^X-CRS-Test: (.*)\r$/m.exec(request)?.[1];
    count += 1;
    requests.push(request);
    const found = [
      ...(marker === undefined ? [] : [`[id "999999"] [msg "X-CRS-Test ${marker}"]`, '[id "980170"]']),
      ...(/^\S+ \S*evil/.test(request) ? ['[id "7"]'] : []),
    ];
    if (marker !== undefined && left > 0) left -= 1;
    else await appendFile(log, found.map((words) => `${words} [unique_id "${count}"]\n`).join(''));
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', (piece) => void answer(socket, piece.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
