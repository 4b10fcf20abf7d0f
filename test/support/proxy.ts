// The proxy as a real process on ports that the system chose, with what it printed, and a client that speaks bytes.
// Gone at the end of the scope, whatever happened: `await using proxy = await startProxy(kdl)`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

const deadlineMs = 20_000;
const pollMs = 10;

/** An access line of format `json`. */
export interface AccessLine {
  readonly request_id: string;
  readonly client_ip: string;
  readonly listener: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query?: string;
  readonly status: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly route?: string;
  readonly upstream?: string;
  readonly target?: string;
  readonly attempts?: number;
  readonly reused?: boolean;
  readonly picked_by?: string;
  readonly upgrade?: string;
  readonly refusal?: string;
  readonly error?: string;
  readonly agents?: readonly { readonly name: string; readonly decision: string }[];
}

export interface RunningProxy extends AsyncDisposable {
  readonly pid: number;
  readonly folder: string;
  /** The port of the n-th address, in the order of the configuration (`admin` comes last). */
  port(index?: number): number;
  /** Access lines so far, as printed. */
  readonly rawLines: readonly string[];
  /** Access lines, when there are at least so many. */
  lines(count: number): Promise<readonly AccessLine[]>;
  stderr(): string;
  /** Sends bytes on a connection of their own; what came back until the proxy closed it, or until `until` holds. */
  request(bytes: string | Buffer, options?: RequestOptions): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | undefined; readonly signal: string | undefined }>;
}

export interface RequestOptions {
  readonly index?: number; // which address
  readonly until?: (answer: string) => boolean;
  readonly keepsOpen?: boolean; // do not end our side after the bytes
}

/** With `{folder}` in the text replaced by a folder of its own, where `files` are. */
export async function startProxy(
  kdl: string,
  files: Readonly<Record<string, string>> = {},
  descriptorsMax = 0, // what the system allows it; 0: as many as us
  account = process.getuid?.() ?? 0, // whom it runs as; another one only where we are root
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-proxy-'));
  if (account !== process.getuid?.()) await chown(folder, account, account);
  await writeFile(join(folder, 'test.kdl'), kdl.replaceAll('{folder}', folder));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const main = join(import.meta.dirname, '../../proxy/main.ts');
  const limit = descriptorsMax === 0 ? '' : `ulimit -n ${descriptorsMax}; `;
  const child = execa('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, main, '-c', join(folder, 'test.kdl')], {
    reject: false,
    buffer: false,
    cwd: folder,
    uid: account,
  });
  const ended = child.then(({ exitCode, signal }) => ({ code: exitCode, signal }));
  const rawLines: string[] = [];
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (stdout + text).split('\n');
    stdout = parts.pop() ?? '';
    rawLines.push(...parts);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  const dispose = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const ports = () => [...stderr.matchAll(/^listening https?:\/\/\S+?:(\d+)$/gm)].map(([, port]) => Number(port));
  const wanted = [...kdl.matchAll(/"(?:127\.0\.0\.1|\[::1\]):0"/g)].length;
  try {
    await until(
      () => hasEnded || ports().length >= wanted,
      () => `the proxy does not listen: ${stderr}`,
    );
    assert(!hasEnded, `the proxy did not start:\n${stderr}`);
  } catch (error) {
    await dispose();
    throw error;
  }
  const port = (index = 0) => {
    const found = ports()[index];
    assert(found !== undefined, `no address ${index}: ${stderr}`);
    return found;
  };
  return {
    pid: child.pid ?? 0,
    folder,
    port,
    rawLines,
    async lines(count) {
      await until(
        () => rawLines.length >= count,
        () => `${count} access lines wanted, there are: ${rawLines.join('\n')}\n${stderr}`,
      );
      return rawLines.map((line) => JSON.parse(line));
    },
    stderr: () => stderr,
    request: (bytes, options = {}) => exchangeBytes(port(options.index), bytes, options),
    signal: (signal) => void child.kill(signal),
    ended,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Polls until it holds; fails with the words after a deadline that no working machine meets. */
export async function until(holds: () => boolean | Promise<boolean>, words: () => string): Promise<void> {
  for (let waitedMs = 0; waitedMs < deadlineMs; waitedMs += pollMs) {
    if (await holds()) return;
    await sleep(pollMs);
  }
  assert.fail(words());
}

/** A client that says what it is told to, byte by byte if need be, and keeps what came back. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  received = '';
  isClosed = false;
  wasReset = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.wasReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(place: number | string): Promise<RawClient> {
    const socket =
      typeof place === 'number'
        ? connect({ port: place, host: '127.0.0.1', allowHalfOpen: true })
        : connect({ path: place, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** On a connection that stands already. */
  static around(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Until what came back satisfies. */
  async sees(holds: string | RegExp | ((received: string) => boolean)): Promise<string> {
    const test =
      typeof holds === 'function'
        ? holds
        : (text: string) => (typeof holds === 'string' ? text.includes(holds) : holds.test(text));
    await until(
      () => test(this.received),
      () => `waited for ${holds}, received: ${JSON.stringify(this.received.slice(-2000))}`,
    );
    return this.received;
  }

  /** Until the other side has ended. */
  async ends(): Promise<string> {
    if (!this.isClosed && !this.socket.readableEnded) {
      await until(
        () => this.isClosed || this.socket.readableEnded,
        () => `not closed; received: ${JSON.stringify(this.received.slice(-2000))}`,
      );
    }
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isClosed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}

async function exchangeBytes(
  port: number,
  bytes: string | Buffer,
  { until: holds, keepsOpen = false }: RequestOptions,
): Promise<string> {
  await using client = await RawClient.open(port);
  client.send(bytes);
  if (holds !== undefined) return await client.sees(holds);
  if (!keepsOpen) client.socket.end();
  return await client.ends(); // before the client is disposed of
}

/** The body of the only reply. */
export function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

/** The value of a header, or `undefined`. */
export function headerOf(message: string, name: string): string | undefined {
  const head = message.slice(0, message.indexOf('\r\n\r\n'));
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trimEnd();
}
