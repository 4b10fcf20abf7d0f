// What every process has reported last, and what those that ended had counted: together the figures of the whole stack,
// which do not go back when a process is replaced. The shaping decision: the last report of each process is kept as it
// came, and added to the sum of the ended ones when its process ends. A process that ends in order reports once more
// before; one that is killed takes with it what it counted since its last report. Pure: it asks nobody and has no clock.

import { type BucketRow, type Family, type NumberRow, readFamilies } from '#config/figures/family';
import { lasting, mergeFamilies, rowCount, rowsAlsoIn } from '#config/figures/merge';
import { adminLimits, figureLimits } from '#config/limits';
import { parseJson } from '#config/parse-json';

interface Report {
  readonly families: readonly Family[];
  readonly refusals: readonly RefusalSeen[];
}

/** A report as it came, and by whom. */
export interface Said {
  readonly child: string;
  readonly kind: 'agent' | 'worker';
  readonly text: string;
}

/** As a worker reports it; only looked at where it is sorted. */
export type RefusalSeen = Readonly<Record<string, unknown>> & { readonly at: number };

export class Ledger {
  readonly #last = new Map<string, Said>(); // by process, unread: most are replaced before anybody asks
  readonly #read = new Map<string, { readonly said: Said; readonly report: Report }>();
  #ended: readonly Family[] = [];
  #refusals: readonly RefusalSeen[] = []; // of processes that ended

  heard(process: string, said: Said): void {
    this.#last.set(process, said);
  }

  ended(process: string): void {
    const report = this.#report(process);
    this.#last.delete(process);
    this.#read.delete(process);
    if (report === undefined) return;
    const sum = mergeFamilies([this.#ended, lasting(report.families)]);
    this.#ended = rowCount(sum) <= figureLimits.keptRowsMax ? sum : rowsAlsoIn(sum, mergeFamilies(this.#families()));
    this.#refusals = latest([...this.#refusals, ...report.refusals]);
  }

  figures(): Family[] {
    return mergeFamilies([...this.#families(), this.#ended]);
  }

  /** A sample of the latest, oldest first. */
  refusals(): readonly RefusalSeen[] {
    return latest([...this.#refusals, ...this.#reports().flatMap((one) => one.refusals)]);
  }

  /** How much the longest report is. */
  get charactersMost(): number {
    return Math.max(0, ...[...this.#last.values()].map(({ text }) => text.length));
  }

  #reports(): Report[] {
    return [...this.#last.keys()].flatMap((process) => this.#report(process) ?? []);
  }

  #families(): (readonly Family[])[] {
    return this.#reports().map(({ families }) => families);
  }

  #report(process: string): Report | undefined {
    const said = this.#last.get(process);
    if (said === undefined) return undefined;
    const known = this.#read.get(process);
    if (known?.said === said) return known.report;
    const report = readReport(said);
    this.#read.set(process, { said, report });
    return report;
  }
}

function latest(refusals: readonly RefusalSeen[]): readonly RefusalSeen[] {
  return refusals.toSorted((one, other) => one.at - other.at).slice(-adminLimits.refusalsMax);
}

/** What is not as it should be counts as nothing: another process wrote it. */
function readReport({ child, kind, text }: Said): Report {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return { families: [], refusals: [] };
  const { figures, refusals }: { figures?: unknown; refusals?: unknown } = value;
  const seen = Array.isArray(refusals) ? refusals.slice(-adminLimits.refusalsMax).filter(isRefusal) : [];
  const families = readFamilies(figures);
  return { families: kind === 'agent' ? ownOf(child, families) : families, refusals: seen };
}

/** An agent speaks of itself alone, by the name that it has in the configuration; of several processes, all by one. */
function ownOf(child: string, families: readonly Family[]): Family[] {
  return families
    .filter(({ name, labels }) => name.startsWith('sentinel_agent_') && labels[0] === 'agent')
    .map((family): Family => {
      const called = <R extends NumberRow | BucketRow>(rows: readonly R[]) =>
        rows.map(([labels, ...rest]) => [labels.with(0, child.split('/', 1)[0] ?? child), ...rest] as unknown as R);
      return family.kind === 'histogram'
        ? { ...family, rows: called(family.rows) }
        : { ...family, rows: called(family.rows) };
    });
}

function isRefusal(value: unknown): value is RefusalSeen {
  return typeof value === 'object' && value !== null && 'at' in value && Number.isFinite(value.at);
}
