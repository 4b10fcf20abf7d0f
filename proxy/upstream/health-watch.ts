// Who of an upstream may be sent requests: the one place where probes, ejections, circuit breakers and names come
// together and become the two plain fields that picking reads, `isAvailable` and `weightFactor`. What is remembered of a
// target is a `Standing`, handed in, so that it may outlive this watch. When all targets are left out by probes and
// ejections, the upstream's `panic` decides; an open breaker and a name without addresses stay closed even then.
// It refuses to pick, to probe and to look up: it is told.

import { z } from 'zod';
import type { Logger } from '#config/log';
import type { UpstreamConfig } from '#config/schema';
import { Deadline, type TimerWheel } from '../timers.ts';
import { Breaker, breakerMemory } from './breaker.ts';
import {
  afterConnectFailure,
  afterReply,
  type EjectionReason,
  EjectionState,
  eject,
  ejectedMax,
  ejectionMemory,
} from './ejection.ts';
import { afterProbe, type Health, unknownHealth } from './health.ts';
import type { Target, TargetWatch, Upstream } from './pick.ts';

/** What another process can go on with. */
export const standingMemory = z.object({
  health: z.object({ isHealthy: z.boolean(), isKnown: z.boolean(), streak: z.number().min(0) }),
  ejection: ejectionMemory,
  breaker: breakerMemory,
  wasUsable: z.boolean(),
  usableForMs: z.number().min(0).optional(), // always: not there
});

export type StandingMemory = z.output<typeof standingMemory>;

/** What is remembered of one target. */
export class Standing {
  health: Health = unknownHealth;
  readonly ejection = new EjectionState();
  readonly breaker = new Breaker();
  wasUsable = true;
  usableSinceMs = -Infinity; // since it was last not

  remembered(nowMs: number): StandingMemory {
    const { health, wasUsable, usableSinceMs } = this;
    const usableForMs = Number.isFinite(usableSinceMs) ? Math.max(0, nowMs - usableSinceMs) : undefined;
    const [ejection, breaker] = [this.ejection.remembered(nowMs), this.breaker.remembered(nowMs)];
    return { health, ejection, breaker, wasUsable, usableForMs };
  }

  goOnFrom({ health, ejection, breaker, wasUsable, usableForMs = Infinity }: StandingMemory, nowMs: number): void {
    this.health = health;
    this.ejection.goOnFrom(ejection, nowMs);
    this.breaker.goOnFrom(breaker, nowMs);
    this.wasUsable = wasUsable;
    this.usableSinceMs = nowMs - usableForMs;
  }
}

/** By upstream and target: what is handed to the worker that follows (memory.ts). */
export class Standings {
  readonly #byName = new Map<string, Standing>();

  of(upstream: string, target: string): Standing {
    const key = `${upstream} ${target}`; // neither holds a blank
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const fresh = new Standing();
    this.#byName.set(key, fresh);
    return fresh;
  }
}

export interface WatchSurroundings {
  readonly timers: TimerWheel;
  readonly log: Logger;
  readonly standings: Standings;
}

export class UpstreamWatch {
  readonly config: UpstreamConfig;
  readonly members: readonly Member[];
  readonly #name: string;
  readonly #timers: TimerWheel;
  readonly #log: Logger;
  readonly #deadline: Deadline;
  #isPanicking = false;

  constructor(upstream: Upstream, { timers, log, standings }: WatchSurroundings) {
    this.config = upstream.config;
    this.#name = upstream.name;
    this.#timers = timers;
    this.#log = log;
    this.#deadline = new Deadline(timers, () => this.update());
    const isTold = this.config.ejection !== undefined || this.config.circuitBreaker !== undefined;
    this.members = upstream.targets.map((target) => {
      const member = new Member(target, standings.of(upstream.name, target.name), this);
      if (isTold) target.watch = member;
      return member;
    });
    this.#isPanicking = !this.members.some(({ target }) => target.pool.addresses.count > 0); // names are still looked up
    this.update();
  }

  get nowMs(): number {
    return this.#timers.nowMs;
  }

  close(): void {
    this.#deadline.clear();
  }

  tell(level: 'info' | 'warn', event: Parameters<Logger['info']>[0], member: Member, facts: object = {}): void {
    this.#log[level](event, { upstream: this.#name, target: member.target.name, ...facts });
  }

  /** True if it may be left out too. */
  hasRoomForEjection(): boolean {
    const { ejection } = this.config;
    const out = this.members.filter(({ standing }) => standing.ejection.isOut(this.nowMs)).length;
    return ejection !== undefined && out < ejectedMax(this.members.length, ejection);
  }

  /** From what is known now to the fields that picking reads, and when to look again. */
  update(): void {
    const { nowMs } = this;
    for (const member of this.members) member.turn(nowMs);
    const isPanic = !this.members.some((member) => member.target.weight > 0 && member.isIn && member.isReachable);
    this.#notePanic(isPanic);
    const usesAll = isPanic && this.config.panic === 'use-all';
    let nextMs = Infinity;
    for (const member of this.members) nextMs = Math.min(nextMs, member.apply(nowMs, usesAll));
    if (nextMs === Infinity) this.#deadline.clear();
    else this.#deadline.set(nextMs - nowMs);
  }

  #notePanic(isPanic: boolean): void {
    const isNews = isPanic !== this.#isPanicking;
    this.#isPanicking = isPanic;
    if (!isNews) return;
    const facts = { upstream: this.#name, panic: this.config.panic };
    if (isPanic) this.#log.error('upstream-down', facts);
    else this.#log.info('upstream-up', facts);
  }
}

/** One target and what is remembered of it. */
export class Member implements TargetWatch {
  readonly target: Target;
  readonly standing: Standing;
  readonly #watch: UpstreamWatch;
  /** Neither probes nor ejections leave it out. */
  isIn = true;
  /** Its breaker lets requests through, and there is an address to send them to. */
  isReachable = true;
  #wasOut = false;

  constructor(target: Target, standing: Standing, watch: UpstreamWatch) {
    this.target = target;
    this.standing = standing;
    this.#watch = watch;
  }

  // ---- told by exchanges

  begin(): boolean {
    const isTrial = this.standing.breaker.begin();
    if (isTrial) this.#watch.update(); // the place may have been the last
    return isTrial;
  }

  onReply(status: number, durationMs: number, isTrial: boolean): void {
    const { circuitBreaker, ejection } = this.#watch.config;
    if (circuitBreaker !== undefined) this.#toBreaker(isGateway(status), isTrial);
    if (ejection === undefined) return;
    const others = this.#watch.members.filter((one) => one !== this).map(({ standing }) => standing.ejection);
    this.#ejectFor(afterReply(this.standing.ejection, status, durationMs, others, ejection));
  }

  onFailure(isConnect: boolean, isTrial: boolean): void {
    const { circuitBreaker, ejection } = this.#watch.config;
    if (circuitBreaker !== undefined) this.#toBreaker(true, isTrial);
    if (ejection !== undefined && isConnect) this.#ejectFor(afterConnectFailure(this.standing.ejection, ejection));
  }

  onAbandoned(): void {
    this.standing.breaker.abandon();
    this.#watch.update();
  }

  onFinished(): void {
    this.standing.breaker.finish();
  }

  onBrokenOff(): void {
    const { breaker } = this.standing;
    const rules = this.#watch.config.circuitBreaker;
    if (rules === undefined || breaker.state !== 'closed') return;
    breaker.breakOff(this.#watch.nowMs, rules);
    if (breaker.state === 'closed') return;
    this.#watch.tell('warn', 'breaker-opened', this, { for_ms: rules.recoveryTimeoutMs });
    this.#watch.update();
  }

  #toBreaker(isFailure: boolean, isTrial: boolean): void {
    const { breaker } = this.standing;
    const rules = this.#watch.config.circuitBreaker;
    if (rules === undefined) return;
    const before = breaker.state;
    if (isFailure) breaker.fail(isTrial, this.#watch.nowMs, rules);
    else breaker.succeed(isTrial, rules);
    if (breaker.state === before && !isTrial) return;
    if (breaker.state === 'open') this.#watch.tell('warn', 'breaker-opened', this, { for_ms: rules.recoveryTimeoutMs });
    if (breaker.state === 'closed') this.#watch.tell('info', 'breaker-closed', this);
    this.#watch.update();
  }

  #ejectFor(reason: EjectionReason | undefined): void {
    const { ejection: rules } = this.#watch.config;
    const { ejection } = this.standing;
    if (reason === undefined || rules === undefined || ejection.isOut(this.#watch.nowMs)) return;
    if (!this.#watch.hasRoomForEjection()) return;
    const lengthMs = eject(ejection, this.#watch.nowMs, rules);
    this.target.metrics.ejections += 1;
    this.#watch.tell('warn', 'target-ejected', this, { reason, for_ms: lengthMs });
    this.#watch.update();
  }

  // ---- told by probes and names

  onProbe(fault: string | undefined): void {
    const { healthCheck } = this.#watch.config;
    if (healthCheck === undefined) return;
    const { health } = this.standing;
    this.standing.health = afterProbe(health, fault === undefined, healthCheck);
    if (this.standing.health.isHealthy === health.isHealthy) return;
    if (fault === undefined) this.#watch.tell('info', 'target-healthy', this);
    else this.#watch.tell('warn', 'target-unhealthy', this, { error: fault });
    this.#watch.update();
  }

  onAddresses(hosts: readonly string[]): void {
    if (!this.target.pool.addresses.set(hosts)) return;
    this.target.pool.retireGone();
    this.#watch.tell('info', 'name-resolved', this, { addresses: hosts });
    this.#watch.update();
  }

  // ---- the fields

  turn(nowMs: number): void {
    const { health, ejection, breaker } = this.standing;
    const rules = this.#watch.config.circuitBreaker;
    breaker.turn(nowMs);
    this.isIn = health.isHealthy && !ejection.isOut(nowMs);
    this.isReachable = this.target.pool.addresses.count > 0 && (rules === undefined || breaker.allows(rules));
    if (this.#wasOut && !ejection.isOut(nowMs)) this.#watch.tell('info', 'target-returned', this);
    this.#wasOut = ejection.isOut(nowMs);
  }

  /** Writes both fields; returns when they may have to be written again. */
  apply(nowMs: number, usesAll: boolean): number {
    const { target, standing } = this;
    const { ejection, breaker } = standing;
    target.isAvailable = this.isReachable && (this.isIn || usesAll);
    target.isLastResort = usesAll && !this.isIn;
    const isUsable = this.isIn && breaker.state === 'closed'; // trials are no return yet
    if (isUsable && !standing.wasUsable) standing.usableSinceMs = nowMs;
    standing.wasUsable = isUsable;
    const nextMs = [
      this.#applyWeight(nowMs),
      ejection.isOut(nowMs) ? ejection.untilMs : Infinity,
      breaker.state === 'open' ? breaker.untilMs : Infinity,
    ];
    return Math.min(...nextMs);
  }

  /** From a tenth to all of its weight, in a line, in steps: a cold target learns while it works. */
  #applyWeight(nowMs: number): number {
    const { slowStartMs } = this.#watch.config;
    const passedMs = nowMs - this.standing.usableSinceMs;
    if (passedMs >= slowStartMs || !this.standing.wasUsable) {
      this.target.weightFactor = 1;
      return Infinity;
    }
    this.target.weightFactor = Math.max(weightFactorLeast, passedMs / slowStartMs);
    return nowMs + slowStartMs / slowStartSteps;
  }
}

const weightFactorLeast = 0.1; // with less it would see no request to warm up with
const slowStartSteps = 20;

/** Replies that say that the target cannot serve. A plain 500 may be the fault of one page, and must not close all. */
function isGateway(status: number): boolean {
  return status >= 502 && status <= 504;
}
