// Why an address cannot be listened on, in the words of who has to mend it: with the name of the program that has it,
// where the system tells us. It refuses to open anything; sockets.ts does.

import { lstat } from 'node:fs/promises';
import { withNumericHost } from '#config/handed-sockets';
import type { Address } from '#config/value';
import type { Complaint } from './complain.ts';
import { freePortBeside, ownerOf, ownerWords } from './port-owner.ts';

/** The option of the command line that gives the place another address, where there is one. */
export type AddressFlag = '--listen' | '--admin' | undefined;

/** `code` is the system's name of the error, `text` the address as the configuration writes it. */
export async function explainListenError(
  code: string,
  text: string,
  address: Address,
  flag?: AddressFlag,
): Promise<Complaint> {
  const cannot = `cannot listen on ${text}`;
  if (address.kind === 'unix' && code === 'EADDRINUSE' && (await isNoSocket(address.path))) {
    const hint = 'choose another path, or remove the file yourself';
    return { code: 'listen-address-in-use', what: `${cannot}: a file that is no socket is there`, hint };
  }
  if (code === 'EADDRINUSE') {
    const owner = ownerWords(await ownerOf(await asTheKernelSays(address)));
    const hint = `${await otherWords(text, address, flag)}, or stop that program`;
    return { code: 'listen-address-in-use', what: `${cannot}: in use by ${owner}`, hint };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const low = address.kind === 'tcp' && address.port < 1024;
    const hint = low
      ? 'ports below 1024 need rights: use a port from 1024 on, or give the program CAP_NET_BIND_SERVICE'
      : 'check the rights of its folder';
    return { code: 'listen-not-permitted', what: `${cannot}: this user may not`, hint };
  }
  const what = unusableWords[code] ?? code;
  const hint = address.kind === 'unix' ? 'check its path and its folder' : '`ip address` shows those it has';
  return { code: 'listen-address-unusable', what: `${cannot}: ${what}`, hint };
}

const unusableWords: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no host of that name',
  ENOENT: 'its folder does not exist',
};

async function isNoSocket(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  return status !== undefined && !status.isSocket();
}

async function asTheKernelSays(address: Address): Promise<Address> {
  return address.kind === 'unix' ? address : withNumericHost(address).catch(() => address);
}

/** `give another with --listen 127.0.0.1:8081`: a port that is free now. */
async function otherWords(text: string, address: Address, flag: AddressFlag): Promise<string> {
  const port = address.kind === 'tcp' ? await freePortBeside(address.port) : undefined;
  const other = port === undefined ? undefined : `${text.slice(0, text.lastIndexOf(':'))}:${port}`;
  if (flag !== undefined) return `give another with ${flag} ${other ?? 'ADDRESS'}`;
  return other === undefined ? 'choose another address' : `choose another address such as ${other}`;
}
