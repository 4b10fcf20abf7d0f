// What systemd is told of us (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names. Node has no Unix datagram
// sockets, so the C library is called through node:ffi, loaded only where there is something to notify; where it cannot be,
// `systemd-notify` does it. The shaping decision: a message that cannot be sent is lost and nothing waits for it, as in
// sd_notify itself. It refuses to know when to say what: stand-by.ts does.

import { execa } from 'execa';
import type { Environment } from './runtime.ts';

export interface Notifier {
  /** Lines such as `READY=1`. */
  send(...lines: readonly string[]): void;
  /** Every so often systemd wants to hear `WATCHDOG=1`; `undefined`: it does not. */
  readonly watchdogMs: number | undefined;
}

type Datagram = (text: string) => boolean;

export async function openNotifier(env: Environment): Promise<Notifier | undefined> {
  const { NOTIFY_SOCKET: path = '' } = env;
  if (!path.startsWith('/') && !path.startsWith('@')) return undefined;
  const sendDatagram = (await datagramsTo(path)) ?? throughProgram;
  return { send: (...lines) => void sendDatagram(lines.join('\n')), watchdogMs: watchdogMs(env) };
}

/** Half of what systemd allows, as sd_watchdog_enabled(3) advises; WATCHDOG_PID says whom it means. */
function watchdogMs({ WATCHDOG_USEC = '', WATCHDOG_PID }: Environment): number | undefined {
  const isOurs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid);
  if (!isOurs || !/^[1-9]\d{0,14}$/.test(WATCHDOG_USEC)) return undefined;
  return Math.max(1, Math.floor(Number(WATCHDOG_USEC) / 2000));
}

const unixFamily = 1; // AF_UNIX
const datagramType = 2 | 0o2_000_000; // SOCK_DGRAM | SOCK_CLOEXEC
const withoutWaiting = 0x40 | 0x4000; // MSG_DONTWAIT | MSG_NOSIGNAL: a receiver that is slow stops nobody

async function datagramsTo(path: string): Promise<Datagram | undefined> {
  try {
    const { dlopen } = await import('node:ffi');
    const { functions } = dlopen(null, {
      socket: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
      sendto: { return: 'i64', arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'] },
    });
    const fd = functions.socket(unixFamily, datagramType, 0);
    const address = socketAddress(path);
    if (fd < 0) return undefined;
    return (text) => {
      const bytes = Buffer.from(text);
      return functions.sendto(fd, bytes, BigInt(bytes.length), withoutWaiting, address, address.length) >= 0n;
    };
  } catch {
    return undefined; // a Node without it
  }
}

/** struct sockaddr_un; `@` stands for the NUL that begins the name of an abstract socket. */
function socketAddress(path: string): Buffer {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
  const family = Buffer.alloc(2);
  if (isLittleEndian) family.writeUInt16LE(unixFamily);
  else family.writeUInt16BE(unixFamily);
  return Buffer.concat([family, name]);
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function throughProgram(text: string): boolean {
  // Where it is not there nobody is told.
  void execa('systemd-notify', [`--pid=${process.pid}`, ...text.split('\n')], { stdio: 'ignore', reject: false });
  return true;
}
