// A small systemd: sockets that listen already, and a program that is started with them from descriptor 3 on, told by
// LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)). We keep them too, as systemd does.

import { type AddressInfo, BoundSocket } from 'node:net';
import { execa } from 'execa';

export interface ListeningSocket extends Disposable {
  readonly fd: number;
  readonly address: AddressInfo;
}

/** Listens, and nobody accepts: a child that is gone has called listen(2) on it. */
export async function listeningSocket(
  options: ConstructorParameters<typeof BoundSocket>[0] & { path?: string },
): Promise<ListeningSocket> {
  const socket = new BoundSocket(options);
  const script = "require('node:net').createServer().listen({ fd: 3 }, () => process.exit())";
  await execa(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', socket.fd() as 3] });
  return { fd: socket.fd(), address: socket.address(), [Symbol.dispose]: () => socket.close() };
}

/** The program with the sockets; what it wrote on stderr, and how it ended. */
export function activate(
  command: string,
  args: readonly string[],
  sockets: readonly ListeningSocket[],
  { cwd, names = '' }: { cwd?: string; names?: string } = {},
) {
  const script = 'export LISTEN_PID=$$; exec "$0" "$@"';
  const child = execa('sh', ['-c', script, command, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'ignore', 'pipe', ...sockets.map(({ fd }) => fd as 3)],
    env: { LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: names },
    buffer: false,
    reject: false,
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const ended = child.then(({ exitCode }) => exitCode);
  return {
    told: () => told,
    ended,
    stop: () => child.kill('SIGTERM'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
