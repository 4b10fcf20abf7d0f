// A name and a password for small cases (RFC 7617). Checking a password is slow on purpose, so it happens on the threads
// of Node, a few at once and a bounded number behind them; a right one is remembered as a keyed hash and costs nothing
// afterwards. Attempts are counted per client before they are checked, so that guessing in parallel helps nobody. Nothing
// of what was tried is logged: a mistyped name is often the password.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { guardLimits } from '#config/limits';
import { derive, type PasswordHash, readUsers } from '#config/password';
import type { RouteConfig } from '#config/schema';
import type { HeaderLines } from '../http1/header-lines.ts';
import type { Refusal } from '../reply/refusals.ts';
import { networkKey } from './client-network.ts';
import type { GuardedRequest } from './guarded-request.ts';
import { headerName, valueNamed } from './named-header.ts';
import { TokenBuckets } from './token-buckets.ts';

export type BasicAuthConfig = NonNullable<RouteConfig['basicAuth']>;

export class BasicAuth {
  readonly #users: ReadonlyMap<string, PasswordHash>;
  readonly #decoy: PasswordHash | undefined;
  readonly #challenge: string;
  readonly #secret = randomBytes(32);
  readonly #known = new Set<string>(); // fingerprints of right credentials
  readonly #checks = new Map<string, Promise<boolean>>(); // under way, by fingerprint
  readonly #attempts = new TokenBuckets({
    intervalMs: guardLimits.attemptEveryMs,
    burst: guardLimits.attemptsMax,
  });

  constructor({ users, realm }: BasicAuthConfig) {
    const read = readUsers(users.reveal());
    this.#users = typeof read === 'string' ? new Map() : read; // `check` has refused such a file
    [this.#decoy] = this.#users.values();
    this.#challenge = `Basic realm="${realm}", charset="UTF-8"`;
  }

  check(exchange: GuardedRequest): Refusal | Promise<Refusal | undefined> | undefined {
    const given = credentialsOf(exchange.head.lines);
    if (given === undefined) return this.#ask('no credentials');
    const print = createHmac('sha256', this.#secret).update(given).digest('base64');
    if (this.#known.has(print)) return undefined;
    const client = networkKey(exchange.sender.ip, { v4: 32, v6: 64 });
    const waitMs = this.#attempts.take(client, exchange.worker.timers.nowMs);
    if (waitMs > 0) return tooManyAttempts(waitMs);
    const check = this.#checks.get(print) ?? this.#begin(print, given);
    if (check === undefined) return { code: 'route-busy', error: 'too many passwords to check' };
    return check.then((isRight) => {
      if (!isRight) return this.#ask('wrong credentials');
      this.#attempts.giveBack(client);
      return undefined;
    });
  }

  #ask(error: string): Refusal {
    const headers = [['WWW-Authenticate', this.#challenge]] as const;
    return { code: 'password-needed', error, answer: { status: 401, body: undefined, headers } };
  }

  /** `undefined`: too many wait already. */
  #begin(print: string, given: Buffer): Promise<boolean> | undefined {
    const check = inTurn(() => this.#isRight(given));
    if (check === undefined) return undefined;
    this.#checks.set(print, check);
    const end = () => void this.#checks.delete(print);
    check.then((isRight) => {
      end();
      if (isRight) this.#remember(print);
    }, end);
    return check;
  }

  /** A name that does not exist takes as long as one that does. */
  async #isRight(given: Buffer): Promise<boolean> {
    const text = given.toString('utf8');
    const colon = text.indexOf(':');
    const user = this.#users.get(text.slice(0, colon));
    const hash = user ?? this.#decoy;
    if (colon === -1 || hash === undefined) return false;
    const key = await derive(text.slice(colon + 1), hash);
    return timingSafeEqual(key, hash.key) && user !== undefined;
  }

  #remember(print: string): void {
    if (this.#known.size >= guardLimits.passwordsKnownMax) {
      const [oldest = ''] = this.#known;
      this.#known.delete(oldest);
    }
    this.#known.add(print);
  }
}

const authorization = headerName('authorization');
const basicForm = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** Name and password as bytes, with the colon between them. */
function credentialsOf(lines: HeaderLines): Buffer | undefined {
  const value = valueNamed(lines, authorization);
  if (value === undefined || value.length > 2 * guardLimits.passwordBytesMax) return undefined;
  const [, encoded] = basicForm.exec(value) ?? [];
  const given = encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
  return given !== undefined && given.length <= guardLimits.passwordBytesMax ? given : undefined;
}

function tooManyAttempts(waitMs: number): Refusal {
  const headers = [['Retry-After', String(Math.ceil(waitMs / 1000))]] as const;
  return { code: 'password-attempts', answer: { status: 429, body: undefined, headers } };
}

/** The threads belong to the process, so all routes wait in one line. */
let running = 0;
const waiting: Array<() => void> = [];

/** Runs it when there is room; `undefined` if the line is full. */
function inTurn<T>(work: () => Promise<T>): Promise<T> | undefined {
  if (running >= guardLimits.passwordsRunningMax && waiting.length >= guardLimits.passwordsWaitingMax) return undefined;
  return new Promise((resolve, reject) => {
    const begin = () => {
      running += 1;
      work().then(resolve, reject).finally(next);
    };
    if (running < guardLimits.passwordsRunningMax) begin();
    else waiting.push(begin);
  });
}

function next(): void {
  running -= 1;
  waiting.shift()?.();
}
