// Passwords as they are kept: `$scrypt$ln=15,r=8,p=3$SALT$HASH`, and the users file that holds one per line. Only scrypt:
// Node has it, off the event loop, and it is slow on purpose. The shaping decision: the floor knows the form, who makes
// hashes (the command line) and who checks them (the proxy) ask `derive`. It refuses what is quick to guess: other hashes,
// plain passwords, costs below 2^14.

import { randomBytes, scrypt } from 'node:crypto';
import { guardLimits } from './limits.ts';

export interface PasswordHash {
  readonly cost: number; // N of RFC 7914
  readonly blockSize: number;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** What new hashes cost: 32 MiB and a quarter of a second; one of the settings that OWASP calls equal (2^15, 8, 3). */
const usual = { logarithm: 15, blockSize: 8, parallel: 3 } as const;
const saltBytes = 16;
const keyBytes = 32;

export async function hashPassword(password: string, salt: Buffer = randomBytes(saltBytes)): Promise<string> {
  const { logarithm, blockSize, parallel } = usual;
  const key = await derive(password, { cost: 2 ** logarithm, blockSize, parallel, salt, key: Buffer.alloc(keyBytes) });
  return `$scrypt$ln=${logarithm},r=${blockSize},p=${parallel}$${textOf(salt)}$${textOf(key)}`;
}

/** The key of this password under the salt and cost of that hash. */
export function derive(password: string, { cost, blockSize, parallel, salt, key }: PasswordHash): Promise<Buffer> {
  const options = { N: cost, r: blockSize, p: parallel, maxmem: 2 * scryptBytes(cost, blockSize) };
  return new Promise((resolve, reject) =>
    scrypt(password, salt, key.length, options, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    ),
  );
}

const scryptBytes = (cost: number, blockSize: number): number => 128 * cost * blockSize; // RFC 7914 section 2

/** The users of a file by name, or what is wrong with it: a line that cannot be used must not go unseen. */
export function readUsers(text: string): ReadonlyMap<string, PasswordHash> | string {
  const users = new Map<string, PasswordHash>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const hash = readHash(line.slice(colon + 1));
    if (colon < 1 || hash === undefined) return `line ${index + 1} is not NAME:HASH with a hash of scrypt`;
    if (users.has(name)) return `line ${index + 1} names a user for the second time`;
    users.set(name, hash);
  }
  if (users.size > guardLimits.usersMax) return `it has more than ${guardLimits.usersMax} users`;
  return users.size === 0 ? 'it has no user' : users;
}

const hashForm =
  /^\$scrypt\$ln=(1[4-7]),r=(8|16),p=([1-9])\$([A-Za-z0-9+/]{11,86})={0,2}\$([A-Za-z0-9+/]{22,86})={0,2}$/;

function readHash(text: string): PasswordHash | undefined {
  const [, logarithm, blockSize, parallel, salt = '', key = ''] = hashForm.exec(text) ?? [];
  if (logarithm === undefined) return undefined;
  return {
    cost: 2 ** Number(logarithm),
    blockSize: Number(blockSize),
    parallel: Number(parallel),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

/** Base64 without the padding, as hashes of this form are written. */
function textOf(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
