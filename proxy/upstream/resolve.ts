// The addresses of targets that have names, looked up again whenever their time to live is over. The hosts file comes
// first, then the name servers, asked by Node's own resolver: `getaddrinfo` would say no time to live and hold one of the
// four threads that the access log is written by, for as long as a name server is silent. So search domains are not
// applied: names are written in full. A lookup that fails keeps what was known. It refuses to open connections.

import { Resolver } from 'node:dns/promises';
import { open } from 'node:fs/promises';
import { isIP } from 'node:net';
import { resolveLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { Deadline, type TimerWheel } from '../timers.ts';

export interface Answer {
  readonly hosts: readonly string[];
  readonly ttlMs: number;
}

export interface Lookup {
  /** What a name has, or why nothing is known. */
  ask(name: string): Promise<Answer | Error>;
  /** Nobody waits for answers any more. */
  cancel(): void;
}

export class NameWatch {
  readonly #lookup: Lookup;
  readonly #timers: TimerWheel;
  readonly #log: Logger;
  readonly #names = new Map<string, Name>();
  #isClosed = false;

  constructor(lookup: Lookup, timers: TimerWheel, log: Logger) {
    this.#lookup = lookup;
    this.#timers = timers;
    this.#log = log;
  }

  /** From now on `onAnswer` is told what the name has: every answer, whether it changes anything or not. */
  follow(host: string, onAnswer: (hosts: readonly string[]) => void): void {
    const known = this.#names.get(host);
    if (known !== undefined) return void known.followers.push(onAnswer);
    const deadline = new Deadline(this.#timers, () => void this.#ask(name));
    const name: Name = { host, followers: [onAnswer], deadline, hasFailed: false, first: Promise.resolve() };
    this.#names.set(host, name);
    name.first = Promise.resolve().then(() => this.#ask(name)); // all who follow are told of the first answer
  }

  /** Every name has been asked once, whatever came of it, or the time for it is over. */
  async ready(timeoutMs: number = resolveLimits.startMs): Promise<void> {
    if (this.#names.size === 0) return;
    const { promise: isLate, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([isLate, Promise.all([...this.#names.values()].map(({ first }) => first))]);
    clearTimeout(timer);
  }

  close(): void {
    this.#isClosed = true;
    this.#lookup.cancel();
    for (const { deadline } of this.#names.values()) deadline.clear();
  }

  async #ask(name: Name): Promise<void> {
    const answer = await this.#lookup.ask(name.host);
    if (this.#isClosed) return;
    this.#timers.refresh();
    if (answer instanceof Error) {
      if (!name.hasFailed) this.#log.warn('name-failed', { host: name.host, error: answer.message });
      name.deadline.set(resolveLimits.retryMs);
    } else {
      if (name.hasFailed) this.#log.info('name-resolved', { host: name.host, addresses: answer.hosts });
      for (const onAnswer of name.followers) onAnswer(answer.hosts);
      name.deadline.set(Math.min(Math.max(answer.ttlMs, resolveLimits.ttlMsLeast), resolveLimits.ttlMsMost));
    }
    name.hasFailed = answer instanceof Error;
  }
}

interface Name {
  readonly host: string;
  readonly followers: Array<(hosts: readonly string[]) => void>;
  readonly deadline: Deadline;
  hasFailed: boolean;
  first: Promise<void>;
}

/** The hosts file, then name servers: these, or without any those of the system. */
export function systemLookup(nameServers: readonly string[], hostsPath = '/etc/hosts'): Lookup {
  const resolver = new Resolver({ timeout: resolveLimits.timeoutMs, tries: resolveLimits.triesMax });
  if (nameServers.length > 0) resolver.setServers(nameServers);
  return {
    async ask(host) {
      const written = hostsOf(await readHosts(hostsPath), host);
      return written.length > 0 ? { hosts: written, ttlMs: resolveLimits.hostsFileMs } : askServers(resolver, host);
    },
    cancel: () => resolver.cancel(),
  };
}

async function askServers(resolver: Resolver, host: string): Promise<Answer | Error> {
  const answers = await Promise.allSettled([
    resolver.resolve4(host, { ttl: true }),
    resolver.resolve6(host, { ttl: true }),
  ]);
  const records = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  if (records.length === 0) return reasonOf(answers);
  const kept = records.slice(0, resolveLimits.addressesMax);
  return {
    hosts: [...new Set(kept.map(({ address }) => address))],
    ttlMs: 1000 * Math.min(...kept.map(({ ttl }) => ttl)),
  };
}

/** Of the two questions the first says more: IPv6 is missing for many names. */
function reasonOf(answers: readonly PromiseSettledResult<unknown>[]): Error {
  for (const one of answers) if (one.status === 'rejected' && one.reason instanceof Error) return one.reason;
  return new Error('it has no address');
}

async function readHosts(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(resolveLimits.hostsFileBytesMax));
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return ''; // a machine without one has only name servers
  }
}

/** `127.0.0.1 localhost loopback # comment`, by name in any case; `localhost` is ours by RFC 6761 section 6.3 even if nobody wrote it. */
export function hostsOf(text: string, host: string): string[] {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    if (isIP(address) !== 0 && names.some((name) => name.toLowerCase() === host)) found.add(address);
  }
  const isLocal = host === 'localhost' || host.endsWith('.localhost');
  return found.size === 0 && isLocal ? ['127.0.0.1', '::1'] : [...found];
}
