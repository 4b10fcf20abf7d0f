// Challenges: what a client is given when an agent wants it challenged, and whether it has passed. The cookie is
//
//   <expiry>.<signature of expiry, difficulty, address and browser>.<number found>
//
// so nothing is remembered here, it cannot be made up, and it holds for one address and one User-Agent. The shaping
// decision: the proxy judges the cookie when an agent asks for a challenge, not before, so clients that nobody challenges
// cost nothing. It refuses to let pass what it cannot verify.

import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askingLimits } from '#config/limits';
import type { Config } from '#config/schema';
import type { HeaderLines } from '../http1/header-lines.ts';
import { headerIds } from '../http1/header-names.ts';
import type { Sender } from '../request/client-address.ts';
import { cookieOf } from '../request/cookies.ts';
import { challengePage, challengePolicy } from './challenge-page.ts';
import type { Refusal } from './refusals.ts';

/** What is looked at of an request. */
export interface ChallengedRequest {
  readonly head: { readonly lines: HeaderLines };
  readonly sender: Pick<Sender, 'ip' | 'scheme'>;
}

export class Challenges {
  readonly #config: Config['challenge'];
  readonly #runtimeDir: string;
  #secret: Buffer | undefined;

  constructor(config: Config['challenge'], runtimeDir: string) {
    this.#config = config;
    this.#runtimeDir = runtimeDir;
  }

  isPassed(request: ChallengedRequest, nowMs: number = Date.now()): boolean {
    const value = cookieOf(request.head.lines, cookieName);
    if (value === undefined || value.length > askingLimits.challengeCookieCharactersMax) return false;
    const [expiry = '', signature = '', found = '', ...rest] = value.split('.');
    if (rest.length > 0 || !isNumber.test(expiry) || !isNumber.test(found) || Number(expiry) * 1000 < nowMs)
      return false;
    const wanted = Buffer.from(this.#sign(expiry, request));
    const given = Buffer.from(signature);
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return false;
    return zeroBits(createHash('sha256').update(`${expiry}.${signature}.${found}`).digest()) >= this.#bits;
  }

  /** The page, for a browser; a sentence for others. */
  answer(request: ChallengedRequest, nowMs: number = Date.now()): NonNullable<Refusal['answer']> {
    const plain: Array<[string, string]> = [['Cache-Control', 'no-store']];
    if (request.head.lines.valueOf(headerIds.accept)?.includes('text/html') !== true)
      return { status: 403, body: undefined, headers: plain };
    const expiry = String(Math.floor((nowMs + this.#config.validMs) / 1000));
    const nonce = randomBytes(16).toString('base64url');
    const attributes = `; Path=/; Max-Age=${Math.floor(this.#config.validMs / 1000)}; SameSite=Lax${request.sender.scheme === 'https' ? '; Secure' : ''}`;
    const token = `${expiry}.${this.#sign(expiry, request)}`;
    return {
      status: 403,
      body: challengePage({ token, bits: this.#bits, cookie: cookieName, attributes }, nonce),
      headers: [
        ...plain,
        ['Content-Type', 'text/html; charset=utf-8'],
        ['Content-Security-Policy', challengePolicy(nonce)],
        ['X-Content-Type-Options', 'nosniff'],
      ],
    };
  }

  get #bits(): number {
    return this.#config.kind === 'proof-of-work' ? this.#config.difficultyBits : 0;
  }

  #sign(expiry: string, { sender, head }: ChallengedRequest): string {
    assert(this.#secret !== undefined); // whoever signs has waited for `ready`
    const agent = head.lines.valueOf(headerIds['user-agent']) ?? '';
    return createHmac('sha256', this.#secret)
      .update(`${expiry}\n${this.#bits}\n${sender.ip}\n${agent}`)
      .digest('base64url');
  }

  /** The file's, else one that the workers of this host share: whoever comes first makes it. */
  async ready(): Promise<void> {
    const { secret } = this.#config;
    this.#secret = secret === undefined ? await sharedSecret(this.#runtimeDir) : Buffer.from(secret.reveal());
  }
}

/** Written elsewhere and put in its place whole, so that nobody reads half of it. */
async function sharedSecret(runtimeDir: string): Promise<Buffer> {
  const path = join(runtimeDir, 'challenge.key');
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(own, randomBytes(32), { mode: 0o600 });
  await link(own, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(own, { force: true });
  return readFile(path);
}

export const cookieName = 'sentinel_challenge';
const isNumber = /^\d{1,16}$/;

function zeroBits(hash: Buffer): number {
  return Math.clz32(hash.readUInt32BE(0));
}
