// Listening sockets that somebody else opened for us: the form in which they are handed from process to process, and
// those of systemd's socket activation (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES). The shaping decision:
// a descriptor is used for the address that it is bound to, whatever its name is, so the configuration alone says what
// is served where. It refuses to open anything: an address without a descriptor is its reader's to open.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { systemLimits } from './limits.ts';
import type { Config } from './schema.ts';
import { canonicalHost, descriptorName, systemSockets } from './system-sockets.ts';
import { type Address, formatAddress, parseAddress } from './value.ts';

/** A descriptor, and the address of the configuration that it serves: of a listener, or of the admin side. */
export const handedSocketSchema = z.object({
  listener: z.string().optional(),
  address: z.string(), // as the configuration writes it
  fd: z.number().int(),
  worker: z.number().int().optional(), // to whom the kernel gives its connections; without it, to all workers
});

export type HandedSocket = z.output<typeof handedSocketSchema>;
export type Place = Pick<HandedSocket, 'listener' | 'address'>;

/** Every address of the configuration, in its order; that of the admin side is the last. */
export function placesOf({ listeners, admin }: Config): Place[] {
  const places = listeners.flatMap(({ name, address }) => address.map((one) => ({ listener: name, address: one })));
  return admin.address === undefined ? places : [...places, { address: admin.address }];
}

/** Takes the socket of a place out of the list: one text may stand for several sockets, as `127.0.0.1:0` does. */
export function takeSocket(sockets: HandedSocket[], { listener, address }: Place, worker = 1): number | undefined {
  const index = sockets.findIndex(
    (one) => one.listener === listener && one.address === address && (one.worker ?? worker) === worker,
  );
  return index === -1 ? undefined : sockets.splice(index, 1)[0]?.fd;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface Activation {
  readonly sockets: readonly HandedSocket[];
  readonly unused: readonly string[]; // a sentence for each that fits no address
}

/** What this process was given, for the addresses of the configuration. */
export async function takeActivation(config: Config, env: Environment): Promise<Activation> {
  const given = await givenSockets(env);
  const sockets: HandedSocket[] = [];
  for (const place of given.length === 0 ? [] : placesOf(config)) {
    const address = await numericAddress(place.address);
    const index = given.findIndex((one) => one.address !== undefined && one.address === address);
    const [socket] = index === -1 ? [] : given.splice(index, 1);
    if (socket !== undefined) sockets.push({ ...place, fd: socket.fd });
  }
  return { sockets, unused: given.map(unusedWords) };
}

interface GivenSocket {
  readonly fd: number;
  readonly name: string;
  readonly address: string | undefined; // undefined: it is no socket that listens
}

const firstDescriptor = 3; // SD_LISTEN_FDS_START

/** The descriptors that are meant for this process. */
export function givenDescriptors(env: Environment): number[] {
  const { LISTEN_PID, LISTEN_FDS = '' } = env;
  if (LISTEN_PID !== String(process.pid) || !/^\d{1,5}$/.test(LISTEN_FDS)) return []; // variables are inherited: another's
  const count = Math.min(Number(LISTEN_FDS), systemLimits.givenSocketsMax);
  return Array.from({ length: count }, (_, index) => firstDescriptor + index);
}

async function givenSockets(env: Environment): Promise<GivenSocket[]> {
  const descriptors = givenDescriptors(env);
  if (descriptors.length === 0) return [];
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':');
  const listening = (await systemSockets()).filter(({ isListening }) => isListening);
  const addresses = new Map(listening.map(({ name, address }) => [name, formatAddress(address)]));
  return Promise.all(
    descriptors.map(async (fd, index) => {
      const socket = await descriptorName(fd);
      return { fd, name: names[index] ?? '', address: socket === undefined ? undefined : addresses.get(socket) };
    }),
  );
}

/** As the kernel would name it; a host by name is looked up, as who opens it would. */
async function numericAddress(text: string): Promise<string | undefined> {
  const address = parseAddress(text);
  if (address?.kind !== 'tcp') return address && formatAddress(address);
  return formatAddress(await withNumericHost(address).catch(() => address));
}

export type TcpAddress = Address & { readonly kind: 'tcp' };

/** The same address without a name to look up. Rejects if there is no host of that name. */
export async function withNumericHost(address: TcpAddress): Promise<TcpAddress> {
  const host = isIP(address.host) === 0 ? (await lookup(address.host)).address : address.host;
  return { ...address, host: canonicalHost(host) };
}

function unusedWords({ fd, name, address }: GivenSocket): string {
  const which = `the socket handed over as descriptor ${fd}${name === '' ? '' : ` ("${name}")`}`;
  return address === undefined
    ? `${which} is no stream socket that listens`
    : `${which} listens on ${address}, which is no address of the configuration`;
}
