// How an agent is: what it says about its own health, what it counts, and what it wants to tell the proxies. The
// shaping decision: the agent sets a state once and the host tells it to every proxy, those that connect later too; load
// is counted by the host, so no agent has to. It refuses more names than a bound, since a name made from a request would
// grow without end.

import { counter, type Family, gauge, type NumberRow } from '#config/figures/family';
import { hostLimits } from '#config/limits';
import type { ConfigUpdate, ControlMessage, HealthState, HealthStatus } from '#protocol/control';
import type { Call } from './host-call.ts';

type Listener = (message: ControlMessage) => void;

export class HostStatus {
  readonly #name: string;
  readonly #listeners = new Set<Listener>();
  readonly #counters = new Map<string, number>();
  readonly #gauges = new Map<string, number>();
  #state: HealthState = { status: 'healthy' };
  #message: string | undefined;
  #inFlight = 0;
  #processed = 0;
  #failed = 0;
  #timedOut = 0;
  #latencyMsSum = 0;
  #reportedMs = Date.now();
  #every: NodeJS.Timeout | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  // ---- for the agent ----

  /** Told to every proxy at once. `degraded`: fewer calls, more patience. `unhealthy`: none. */
  setHealth(state: HealthState, message?: string): void {
    this.#state = state;
    this.#message = message;
    this.#tell(this.health());
  }

  /** Adds to a counter of the agent's own, for the proxy's metrics. */
  count(name: string, more = 1): void {
    if (this.#counters.has(name) || this.#counters.size < hostLimits.metricsMax)
      this.#counters.set(name, (this.#counters.get(name) ?? 0) + more);
  }

  gauge(name: string, value: number): void {
    if (this.#gauges.has(name) || this.#gauges.size < hostLimits.metricsMax) this.#gauges.set(name, value);
  }

  /** Asks every proxy to send no new calls, until `resume`. */
  pause(): void {
    this.#flow('pause');
  }

  resume(): void {
    this.#flow('resume');
  }

  /** Asks the proxies for a reload, announces a restart, and so on. */
  announce(update: ConfigUpdate): void {
    this.#tell({ type: 'config-update', update });
  }

  // ---- for the host ----

  get state(): HealthState {
    return this.#state;
  }

  /** Hears everything from now on, and the health every so often; returns how to stop. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#every ??= setInterval(() => this.#report(), hostLimits.healthEveryMs).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#every);
      this.#every = undefined;
    };
  }

  begun(): void {
    this.#inFlight += 1;
  }

  ended(call: Call, failed: boolean): void {
    this.#inFlight -= 1;
    this.#processed += 1;
    if (failed) this.#failed += 1;
    this.#latencyMsSum += performance.now() - call.startedMs;
  }

  timedOut(): void {
    this.#timedOut += 1;
  }

  health(): ControlMessage {
    const load = {
      in_flight: this.#inFlight,
      queue_depth: 0,
      avg_latency_ms: this.#processed === 0 ? 0 : this.#latencyMsSum / this.#processed,
      requests_processed: this.#processed,
      requests_rejected: this.#failed,
      requests_timed_out: this.#timedOut,
    };
    const health: HealthStatus = {
      agentId: this.#name,
      state: this.#state,
      message: this.#message,
      load,
      resources: { memory_bytes: process.memoryUsage.rss() },
      validUntilMs: undefined,
      timestampMs: Date.now(),
    };
    return { type: 'health', health };
  }

  /** For the supervisor: what this process counts of itself. The proxies count what they see of it. */
  figures(): Family[] {
    const labels = [this.#name];
    const own = (table: ReadonlyMap<string, number>) =>
      Array.from(table, ([name, value]): NumberRow => [[this.#name, name], value]);
    return [
      counter(
        'sentinel_agent_handled_total',
        'Events that the agent answered.',
        ['agent'],
        [[labels, this.#processed]],
      ),
      counter(
        'sentinel_agent_handler_failures_total',
        'Events whose handler failed.',
        ['agent'],
        [[labels, this.#failed]],
      ),
      counter(
        'sentinel_agent_handler_timeouts_total',
        'Events whose handler took too long.',
        ['agent'],
        [[labels, this.#timedOut]],
      ),
      counter(
        'sentinel_agent_handler_seconds_total',
        'Time that handlers took.',
        ['agent'],
        [[labels, this.#latencyMsSum / 1000]],
      ),
      gauge('sentinel_agent_handling', 'Events in the hands of the agent.', ['agent'], [[labels, this.#inFlight]]),
      counter(
        'sentinel_agent_own_total',
        'What the agent counts, by its own names.',
        ['agent', 'name'],
        own(this.#counters),
      ),
      gauge('sentinel_agent_own', 'What the agent measures, by its own names.', ['agent', 'name'], own(this.#gauges)),
    ];
  }

  #report(): void {
    this.#tell(this.health());
    if (this.#counters.size + this.#gauges.size === 0) return;
    const now = Date.now();
    const list = (table: Map<string, number>) => [...table].map(([name, value]) => ({ name, labels: {}, value }));
    const report = {
      agentId: this.#name,
      timestampMs: now,
      intervalMs: now - this.#reportedMs,
      counters: list(this.#counters),
      gauges: list(this.#gauges),
      histograms: [],
    };
    this.#reportedMs = now;
    this.#tell({ type: 'metrics', report });
  }

  #flow(action: 'pause' | 'resume'): void {
    this.#tell({ type: 'flow-control', control: { correlationId: undefined, action, timestampMs: Date.now() } });
  }

  #tell(message: ControlMessage): void {
    for (const listener of this.#listeners) listener(message);
  }
}
