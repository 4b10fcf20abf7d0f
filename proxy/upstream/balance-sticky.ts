// Clients that stay on their target, by a cookie that nobody else can make. The cookie's value is a number for target and
// time, signed with a secret (HMAC-SHA-256, the first 128 bits), and tells nothing about the inside. The shaping decision:
// there are as many values as targets, so all that are good right now are known beforehand, and a request costs a look
// into a table in place of a signature. Time is cut into periods of `ttl-secs`; a value of this period or the last is good,
// and one of the last is replaced by one of this, so who goes on coming stays.
//
// A value that is in no table (forged, signed with another secret, too old, of a target that is gone) is as no cookie.

import { createHmac } from 'node:crypto';
import type { UpstreamConfig } from '#config/schema';
import { cookieOf } from '../request/cookies.ts';
import type { Asker, Balancer, Candidate } from './balance.ts';

type StickyConfig = NonNullable<UpstreamConfig['sticky']>;

interface Known<C> {
  readonly candidate: C;
  readonly isOfThisPeriod: boolean;
}

export class Sticky<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #config: StickyConfig;
  readonly #upstreamName: string;
  readonly #others: Balancer<C>;
  readonly #wallMs: () => number;
  readonly #attributes: string;
  #period = Number.NaN;
  readonly #byValue = new Map<string, Known<C>>();
  readonly #lines = new Map<C, string>(); // for replies
  readonly #secureLines = new Map<C, string>();

  /** `others` picks for those who have no cookie that leads anywhere. */
  constructor(
    candidates: readonly C[],
    { name, sticky: config }: { readonly name: string; readonly sticky: StickyConfig },
    others: Balancer<C>,
    wallMs: () => number,
  ) {
    this.#candidates = candidates;
    this.#config = config;
    this.#upstreamName = name;
    this.#others = others;
    this.#wallMs = wallMs;
    this.#attributes = attributesOf(config);
  }

  pick(asker: Asker): C | undefined {
    this.#turn();
    asker.stickyLine = '';
    const known = this.#byValue.get(cookieOf(asker.head.lines, this.#config.cookieName) ?? '');
    if (known !== undefined && staysWith(known.candidate, asker.triedTargets)) {
      if (!known.isOfThisPeriod) asker.stickyLine = this.#lineFor(known.candidate, asker);
      asker.staysAtTarget = true;
      return known.candidate;
    }
    asker.staysAtTarget = false;
    const candidate = this.#others.pick(asker);
    if (candidate !== undefined) asker.stickyLine = this.#lineFor(candidate, asker);
    return candidate;
  }

  #lineFor(candidate: C, { sender }: Asker): string {
    const { secure } = this.#config;
    const isSecure = secure === 'always' || (secure === 'auto' && sender.scheme === 'https');
    return (isSecure ? this.#secureLines : this.#lines).get(candidate) ?? '';
  }

  /** Makes the tables of a period when it begins: a signature takes 3 us, and there are two for each target. */
  #turn(): void {
    const { ttlMs, cookieName } = this.#config;
    const period = ttlMs === 0 ? 0 : Math.floor(this.#wallMs() / ttlMs);
    if (period === this.#period) return;
    this.#period = period;
    this.#byValue.clear();
    for (const candidate of this.#candidates) {
      const value = this.#sign(candidate, period);
      this.#byValue.set(this.#sign(candidate, period - 1), { candidate, isOfThisPeriod: false });
      this.#byValue.set(value, { candidate, isOfThisPeriod: true });
      const line = `Set-Cookie: ${cookieName}=${value}${this.#attributes}`;
      this.#lines.set(candidate, `${line}\r\n`);
      this.#secureLines.set(candidate, `${line}; Secure\r\n`);
    }
  }

  #sign({ name }: C, period: number): string {
    const hmac = createHmac('sha256', this.#config.secretFile.reveal());
    return hmac
      .update(JSON.stringify([this.#upstreamName, name, period]))
      .digest()
      .toString('base64url', 0, 16);
  }
}

/** Also where its weight is 0: who is there may finish, nobody new comes. */
function staysWith(candidate: Candidate, tried: readonly Candidate[]): boolean {
  return candidate.isAvailable && !tried.includes(candidate);
}

function attributesOf({ path, ttlMs, sameSite }: StickyConfig): string {
  const age = ttlMs === 0 ? '' : `; Max-Age=${Math.ceil((2 * ttlMs) / 1000)}`; // of this period and the next
  const words = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;
  return `; Path=${path}${age}; HttpOnly; SameSite=${words[sameSite]}`;
}
