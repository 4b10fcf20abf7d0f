// The runner of everything that goes on beside the exchanges: a watch for each upstream that asks for one, its probes in
// their rhythm, and the lookups of its names. Every worker runs its own: there is no channel between workers, and a
// worker that cannot reach a target should know so itself. So an upstream sees as many probes as there are workers, spread
// by chance. It refuses to decide: health.ts, ejection.ts and breaker.ts do.

import RE2 from 're2';
import type { Logger } from '#config/log';
import type { UpstreamConfig } from '#config/schema';
import { Deadline } from '../timers.ts';
import type { Surroundings } from './connection.ts';
import { probeDelayMs } from './health.ts';
import { Probe, type ProbeRules } from './health-probe.ts';
import { type Member, type Standings, UpstreamWatch } from './health-watch.ts';
import type { Upstream } from './pick.ts';
import { type Lookup, NameWatch } from './resolve.ts';

export interface HealthSurroundings extends Surroundings {
  readonly log: Logger;
  readonly standings: Standings;
}

export class HealthChecks {
  readonly watches: readonly UpstreamWatch[];
  readonly names: NameWatch;
  readonly #probers: readonly Prober[];

  constructor(
    upstreams: Iterable<Upstream>,
    around: HealthSurroundings,
    lookup: Lookup,
    chance: () => number = Math.random,
  ) {
    this.names = new NameWatch(lookup, around.timers, around.log);
    this.watches = [...upstreams].filter(needsWatch).map((upstream) => new UpstreamWatch(upstream, around));
    for (const member of this.watches.flatMap(({ members }) => members)) {
      const { name } = member.target.pool.addresses;
      if (name !== '') this.names.follow(name, (hosts) => member.onAddresses(hosts));
    }
    this.#probers = this.watches.flatMap(({ config, members }) =>
      config.healthCheck === undefined ? [] : members.map((member) => new Prober(member, config, around, chance)),
    );
  }

  /** Every name has been looked up, or could not be, and every target is probed from now on. */
  async start(): Promise<void> {
    await this.names.ready();
    for (const prober of this.#probers) prober.start();
  }

  close(): void {
    this.names.close();
    for (const prober of this.#probers) prober.close();
    for (const watch of this.watches) watch.close();
  }
}

function needsWatch({ config, targets }: Upstream): boolean {
  const { healthCheck, ejection, circuitBreaker } = config;
  const isAsked = healthCheck !== undefined || ejection !== undefined || circuitBreaker !== undefined;
  return isAsked || targets.some(({ pool }) => pool.addresses.name !== '');
}

type CheckConfig = NonNullable<UpstreamConfig['healthCheck']>;

/** One target, probed again and again, never twice at once. */
class Prober {
  readonly #member: Member;
  readonly #config: CheckConfig;
  readonly #rules: ProbeRules;
  readonly #around: HealthSurroundings;
  readonly #chance: () => number;
  readonly #deadline: Deadline;
  #probe: Probe | undefined = undefined;
  #isClosed = false;

  constructor(member: Member, config: UpstreamConfig, around: HealthSurroundings, chance: () => number) {
    this.#member = member;
    this.#config = config.healthCheck as CheckConfig;
    this.#rules = probeRules(this.#config, member.target.name);
    this.#around = around;
    this.#chance = chance;
    this.#deadline = new Deadline(around.timers, () => this.#begin());
  }

  /** The first within the time that chance may take off any: workers that start together do not probe together. */
  start(): void {
    if (this.#isClosed) return;
    const { intervalMs, jitterPercent } = this.#config;
    this.#deadline.set((intervalMs * jitterPercent * this.#chance()) / 100);
  }

  close(): void {
    this.#isClosed = true;
    this.#deadline.clear();
    this.#probe?.cancel();
  }

  #begin(): void {
    const beganMs = this.#around.timers.nowMs;
    const { addresses, around } = this.#member.target.pool;
    this.#probe = new Probe(addresses, this.#rules, around, (fault) => {
      this.#probe = undefined;
      this.#member.onProbe(fault);
      const delayMs = probeDelayMs(this.#member.standing.health, this.#config, this.#chance());
      this.#deadline.set(Math.max(0, beganMs + delayMs - this.#around.timers.nowMs));
    });
    this.#probe.start();
  }
}

function probeRules(config: CheckConfig, targetName: string): ProbeRules {
  const { type, path, host = hostOf(targetName), expectedStatus, bodyMatch, timeoutMs } = config;
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'User-Agent: sentinel-stack', 'Connection: close', '', ''];
  return {
    timeoutMs,
    request: type === 'tcp' ? undefined : Buffer.from(lines.join('\r\n'), 'latin1'),
    isExpected: statusTest(expectedStatus),
    bodyMatch: bodyMatch === undefined ? undefined : new RE2(bodyMatch, 'u'),
  };
}

function hostOf(targetName: string): string {
  return targetName.startsWith('unix:') ? 'localhost' : targetName;
}

/** `200`, `200-299`; nothing written: any of 2xx and 3xx. */
export function statusTest(written: readonly string[]): (status: number) => boolean {
  const ranges = (written.length === 0 ? ['200-399'] : written).map((one) => one.split('-').map(Number));
  return (status) => ranges.some(([low = 0, high = low]) => status >= low && status <= high);
}
