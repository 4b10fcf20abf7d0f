// How the process of a worker itself is: how late its event loop comes round, how busy it is, its memory, its collections
// of garbage. Each has the number of the worker as its label, since an average would hide the one that suffers. The shaping
// decision: lateness is measured by a timer that the worker has anyway (timers.ts), so it costs a subtraction every 20 ms.

import { type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import { counter, type Family, gauge, histogram } from '#config/figures/family';

/** Of lateness, and of collections: below a millisecond nobody notices either. */
const pauseBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

class Pauses {
  readonly counts = new Array<number>(pauseBounds.length + 1).fill(0);
  sum = 0;

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < pauseBounds.length && seconds > (pauseBounds[bucket] as number)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }
}

/** perf_hooks.constants: NODE_PERFORMANCE_GC_MINOR and so on. */
const collections: Readonly<Record<number, string>> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weak' };

export class ProcessFigures {
  readonly #worker: string;
  readonly #lag = new Pauses();
  readonly #collected = new Map<string, Pauses>();
  #observer: PerformanceObserver | undefined = undefined;

  constructor(worker: number) {
    this.#worker = String(worker);
  }

  start(): void {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.onCollected(kindOf(entry), entry.duration / 1000);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer?.disconnect();
  }

  /** A timer of the event loop came so much too late. */
  onTurn(lateMs: number): void {
    this.#lag.add(lateMs / 1000);
  }

  onCollected(kind: string, seconds: number): void {
    const known = this.#collected.get(kind) ?? new Pauses();
    this.#collected.set(kind, known);
    known.add(seconds);
  }

  figures(): Family[] {
    const worker = [this.#worker];
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const bytes = (name: string, help: string, value: number) => gauge(name, help, ['worker'], [[worker, value]]);
    return [
      histogram(
        'sentinel_worker_event_loop_lag_seconds',
        'How late the event loop came round, asked 50 times a second.',
        ['worker'],
        pauseBounds,
        [[worker, this.#lag.counts, this.#lag.sum]],
      ),
      counter(
        'sentinel_worker_event_loop_busy_seconds_total',
        'Time in which the event loop did not wait.',
        ['worker'],
        [[worker, performance.eventLoopUtilization().active / 1000]],
      ),
      counter(
        'sentinel_worker_cpu_seconds_total',
        'Processor time, of all threads.',
        ['worker'],
        [[worker, (user + system) / 1e6]],
      ),
      bytes('sentinel_worker_resident_memory_bytes', 'Memory of the process.', rss),
      bytes('sentinel_worker_heap_used_bytes', 'Heap in use, with what is not yet collected.', heapUsed),
      bytes('sentinel_worker_heap_size_bytes', 'Heap that V8 has taken.', heapTotal),
      bytes('sentinel_worker_external_memory_bytes', 'Buffers outside of the heap.', external),
      histogram(
        'sentinel_worker_gc_seconds',
        'Collections of garbage, by kind.',
        ['worker', 'kind'],
        pauseBounds,
        [...this.#collected].map(([kind, { counts, sum }]) => [[this.#worker, kind], counts, sum]),
      ),
    ];
  }
}

/** Node has it as the entry's detail, its types do not. */
function kindOf(entry: PerformanceEntry & { readonly detail?: { readonly kind?: number } }): string {
  return collections[entry.detail?.kind ?? 0] ?? 'other';
}
