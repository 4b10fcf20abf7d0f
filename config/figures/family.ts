// What a process has counted, in the form in which it travels and is added up: families of figures, each with a name, what
// it means, its labels, and a row of plain numbers for each set of label values. The shaping decision: a family says
// itself how its rows of several processes become one, so whoever merges them needs to know no family. It refuses to
// count: rows are made from the counters of their owner in the moment in which somebody asks.

import { figureLimits } from '../limits.ts';

/** How several processes' values of one gauge become one. Counters and histograms are always added. */
export const gaugeMerges = ['sum', 'mean', 'least', 'most', 'breaker'] as const;
export type GaugeMerge = (typeof gaugeMerges)[number];

export type NumberRow = readonly [labels: readonly string[], value: number];
/** A count for each bound and one for what is beyond, each by itself, not summed up; those that are missing at the end are 0. */
export type BucketRow = readonly [labels: readonly string[], counts: readonly number[], sum: number];

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Counter extends Described {
  readonly kind: 'counter';
  readonly rows: readonly NumberRow[];
}

export interface Gauge extends Described {
  readonly kind: 'gauge';
  readonly merge: GaugeMerge;
  readonly rows: readonly NumberRow[];
}

export interface Histogram extends Described {
  readonly kind: 'histogram';
  readonly bounds: readonly number[];
  readonly rows: readonly BucketRow[];
}

export type Family = Counter | Gauge | Histogram;

export function counter(name: string, help: string, labels: readonly string[], rows: readonly NumberRow[]): Counter {
  return { kind: 'counter', name, help, labels, rows };
}

export function gauge(
  name: string,
  help: string,
  labels: readonly string[],
  rows: readonly NumberRow[],
  merge: GaugeMerge = 'sum',
): Gauge {
  return { kind: 'gauge', name, help, labels, merge, rows };
}

export function histogram(
  name: string,
  help: string,
  labels: readonly string[],
  bounds: readonly number[],
  rows: readonly BucketRow[],
): Histogram {
  return { kind: 'histogram', name, help, labels, bounds, rows };
}

/** Of one name; nothing was counted where there is none. */
export function familyOf(families: readonly Family[], name: string): Family | undefined {
  return families.find((one) => one.name === name);
}

/**
 * Families from another process; those that are not well formed are left out, so that one that lies spoils its own figures
 * and no other's. Narrowed by hand: a schema takes ten times as long for 10,000 routes.
 */
export function readFamilies(value: unknown): readonly Family[] {
  return Array.isArray(value) ? value.slice(0, figureLimits.familiesMax).filter(isFamily) : [];
}

function isFamily(value: unknown): value is Family {
  if (!isRecord(value)) return false;
  const { kind, name, help, labels, rows } = value;
  if (!isText(name) || !familyName.test(name) || !isText(help) || !Array.isArray(rows)) return false;
  if (!isTexts(labels) || !labels.every((label) => labelName.test(label))) return false;
  const width = labels.length;
  if (kind === 'counter') return rows.every((row) => isNumberRow(row, width) && row[1] >= 0);
  if (kind === 'gauge')
    return gaugeMerges.some((one) => one === value['merge']) && rows.every((row) => isNumberRow(row, width));
  const { bounds } = value;
  return kind === 'histogram' && isRising(bounds) && rows.every((row) => isBucketRow(row, width, bounds.length + 1));
}

const familyName = /^sentinel_[a-z][a-z0-9_]{0,80}$/;
const labelName = /^[a-z][a-z0-9_]{0,40}$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= figureLimits.textCharactersMax;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberRow(row: unknown, width: number): row is NumberRow {
  return Array.isArray(row) && row.length === 2 && isTexts(row[0]) && row[0].length === width && isNumber(row[1]);
}

function isBucketRow(row: unknown, width: number, buckets: number): row is BucketRow {
  if (!Array.isArray(row) || row.length !== 3 || !isNumber(row[2])) return false;
  const [labels, counts]: unknown[] = row;
  if (!isTexts(labels) || labels.length !== width || !Array.isArray(counts) || counts.length > buckets) return false;
  return counts.every((count) => isNumber(count) && count >= 0);
}

function isRising(bounds: unknown): bounds is number[] {
  if (!Array.isArray(bounds) || bounds.length > figureLimits.boundsMax || !bounds.every(isNumber)) return false;
  return bounds.every((bound, index) => bound > (bounds[index - 1] ?? -Infinity));
}
