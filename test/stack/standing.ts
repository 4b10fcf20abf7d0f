// A control socket in a folder of its own, with a stack behind it that is made of data: for what is asked and answered,
// without processes. The whole way is the real one, but for the stack.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { counter, gauge, histogram } from '#config/figures/family';
import { Briefs } from '../../stack/api/briefs.ts';
import type { Served } from '../../stack/api/endpoints.ts';
import { openControlSocket } from '../../stack/api/server.ts';
import type { ChildStatus, Outcome, StackControl, StackStatus } from '../../stack/control.ts';
import { Journal } from '../../stack/journal.ts';
import type { Fact } from '../../stack/state.ts';

const startedAt = 1_750_000_000_000;

export function childOf(changes: Partial<ChildStatus> = {}): ChildStatus {
  return {
    name: 'proxy/1',
    kind: 'worker',
    role: 'current',
    state: 'ready',
    since: startedAt,
    pid: 4121,
    restarts: 0,
    readyMs: 88,
    lastExit: undefined,
    nextTryAt: undefined,
    failureMode: undefined,
    memoryBytes: 61 * 1024 * 1024,
    cpuSeconds: 12,
    cpuShare: 0.12,
    ...changes,
  };
}

export function statusOf(children: readonly ChildStatus[] = [childOf()]): StackStatus {
  return {
    phase: 'running',
    pid: process.pid,
    startedAt,
    readyMs: 412,
    listening: { http: ['127.0.0.1:8080'] },
    children,
    external: [],
    config: { file: 'sentinel.kdl', sha256: 'a91f0000', loadedAt: startedAt },
    reloads: { unchanged: 0, applied: 1, refused: 0, 'rolled-back': 0 },
    changing: undefined,
  };
}

export interface Behaviour {
  readonly status?: StackStatus;
  readonly outcome?: Outcome;
  readonly reports?: readonly string[]; // of proxy/1: one after the other, the last again and again
  readonly stopped?: Extract<Fact, { type: 'stack-stopped' }>;
  readonly metrics?: () => Promise<string>;
}

export class Standing implements AsyncDisposable {
  readonly folder: string;
  readonly asked: string[] = []; // what reached the stack
  readonly journal = new Journal();
  readonly #listeners = new Set<(fact: Fact) => void>();
  readonly #behaviour: Behaviour;
  #close: AsyncDisposable | undefined;
  #reported = 0;

  private constructor(folder: string, behaviour: Behaviour) {
    this.folder = folder;
    this.#behaviour = behaviour;
  }

  static async open(behaviour: Behaviour = {}): Promise<Standing> {
    const folder = await mkdtemp(join(tmpdir(), 'control-'));
    const standing = new Standing(folder, behaviour);
    const opened = await openControlSocket(standing.socketPath);
    if (!opened.ok) throw new Error(opened.complaint.what);
    standing.#close = opened.socket;
    opened.socket.serve(standing.served());
    return standing;
  }

  get socketPath(): string {
    return join(this.folder, 'control.sock');
  }

  served(): Served {
    const control = this.control();
    return {
      control,
      briefs: new Briefs((timeoutMs) => control.reports(timeoutMs)),
      version: '0.1.0',
      config: () => ({ listeners: {} }),
      metrics: this.#behaviour.metrics,
    };
  }

  control(): StackControl {
    const outcome = this.#behaviour.outcome ?? { ok: true, result: 'applied', changes: ['proxy/1'], ms: 1200 };
    const act = async (what: string): Promise<Outcome> => {
      this.asked.push(what);
      return outcome;
    };
    return {
      status: () => this.#behaviour.status ?? statusOf(),
      lines: (query) => this.journal.lines(query),
      onLine: (listener) => this.journal.onLine(listener),
      onFact: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      answer: async (question) => `# ${question}\n`,
      reports: async () => this.#reports(),
      reload: () => act('reload'),
      restart: (name) => act(`restart ${name ?? 'all'}`),
      stop: (name) => act(`stop ${name}`),
      start: (name) => act(`start ${name}`),
      drainAndStop: async () => {
        this.asked.push('drain');
        const stopped = { type: 'stack-stopped', ms: 41, killed: [], connections: 2, cut: 0 } as const;
        for (const listener of this.#listeners) listener(this.#behaviour.stopped ?? stopped);
        return (this.#behaviour.stopped?.killed.length ?? 0) > 0 ? 5 : 0;
      },
    };
  }

  #reports() {
    const { reports = [] } = this.#behaviour;
    const text = reports[Math.min(this.#reported, reports.length - 1)];
    this.#reported += 1;
    return text === undefined ? [] : [{ name: 'proxy/1', kind: 'worker' as const, text }];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close?.[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What a worker reports, in short. */
export function report(
  requests: number,
  { out = [] as { name: string; why: string }[], blocks = 0, breaker = 'closed' } = {},
) {
  const breakerNumber = { closed: 0, open: 1, 'half-open': 2 }[breaker] ?? 0;
  const calls = ['waf', 'request-headers'];
  return JSON.stringify({
    exchanges_in_flight: 3,
    connections_open: 7,
    upstreams: [{ name: 'shop', algorithm: 'least-connections', targets: 2, out }],
    figures: [
      counter('sentinel_requests_total', '', ['route', 'method', 'status'], [[['r', 'GET', '200'], requests]]),
      histogram(
        'sentinel_request_duration_seconds',
        '',
        ['route'],
        [0.001, 0.0025, 0.005],
        [[['r'], [0, 0, requests, 0], requests]],
      ),
      gauge('sentinel_agent_reachable', '', ['agent'], [[['waf'], 1]], 'mean'),
      gauge('sentinel_agent_circuit_breaker_state', '', ['agent'], [[['waf'], breakerNumber]], 'breaker'),
      counter('sentinel_agent_calls_total', '', ['agent', 'event', 'result'], [[[...calls, 'ok'], requests]]),
      counter('sentinel_agent_decisions_total', '', ['agent', 'event', 'decision'], [[[...calls, 'block'], blocks]]),
    ],
  });
}
