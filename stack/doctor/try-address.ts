// Whether an address could be listened on right now, found out by binding it for a moment and letting it go: rights, hosts
// and other programs are judged by the kernel and not by us. Nobody can connect meanwhile, since nothing listens. A socket
// file is not made: its folder is looked at. It refuses to explain; addresses.ts does.

import { access, constants, lstat } from 'node:fs/promises';
import { BoundSocket } from 'node:net';
import { dirname } from 'node:path';
import { withNumericHost } from '#config/handed-sockets';
import type { Address } from '#config/value';
import { ownerOf } from '../port-owner.ts';

/** The system's name of the error; `undefined`: it could. */
export async function tryAddress(address: Address): Promise<string | undefined> {
  try {
    if (address.kind === 'unix') return await tryPath(address.path);
    const { host, port } = await withNumericHost(address);
    new BoundSocket({ host, port }).close();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** A socket file that nobody serves is replaced, whatever else is there is not. */
async function tryPath(path: string): Promise<string | undefined> {
  await access(dirname(path), constants.W_OK);
  const status = await lstat(path).catch(() => undefined);
  const isFree = status === undefined || (status.isSocket() && (await ownerOf({ kind: 'unix', path })) === undefined);
  return isFree ? undefined : 'EADDRINUSE';
}
