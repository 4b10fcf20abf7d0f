// The figures of several processes as those of one. Counters and histograms are added; a gauge becomes what its family
// says. A family that two processes describe differently (an upgrade under way) is that of the first, and the other's is
// left out. Pure.

import type { BucketRow, Family, GaugeMerge, NumberRow } from './family.ts';

export function mergeFamilies(parts: readonly (readonly Family[])[]): Family[] {
  const byName = new Map<string, Family[]>();
  for (const family of parts.flat()) {
    const known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, [family]);
    else if (isAlike(known[0] as Family, family)) known.push(family);
  }
  return [...byName.values()].map((alike) => (alike.length === 1 ? (alike[0] as Family) : mergeAlike(alike)));
}

/** What does not go back to zero when its process has ended. */
export function lasting(families: readonly Family[]): Family[] {
  return families.filter(({ kind }) => kind !== 'gauge');
}

/** Only the rows that some family of the same name in `others` has, too. */
export function rowsAlsoIn(families: readonly Family[], others: readonly Family[]): Family[] {
  const keys = new Map(others.map(({ name, rows }) => [name, new Set<string>(rows.map((row) => keyOf(row[0])))]));
  return families.map((family): Family => {
    const isThere = (row: NumberRow | BucketRow) => keys.get(family.name)?.has(keyOf(row[0])) === true;
    if (family.kind === 'histogram') return { ...family, rows: family.rows.filter(isThere) };
    return { ...family, rows: family.rows.filter(isThere) };
  });
}

/** Without the rows that are zero throughout. */
export function rowsThatMoved(families: readonly Family[]): Family[] {
  return families.map((family): Family => {
    if (family.kind === 'histogram')
      return { ...family, rows: family.rows.filter(([, counts]) => counts.some((n) => n !== 0)) };
    return { ...family, rows: family.rows.filter(([, value]) => value !== 0) };
  });
}

export function rowCount(families: readonly Family[]): number {
  return families.reduce((sum, { rows }) => sum + rows.length, 0);
}

function isAlike(one: Family, other: Family): boolean {
  const shape = (family: Family) => [family.kind, family.labels, family.kind === 'histogram' ? family.bounds : []];
  return JSON.stringify(shape(one)) === JSON.stringify(shape(other));
}

function mergeAlike(alike: readonly Family[]): Family {
  const [first] = alike as readonly [Family];
  if (first.kind === 'histogram') {
    const rows = alike.flatMap((one) => (one.kind === 'histogram' ? one.rows : []));
    return { ...first, rows: addBuckets(rows) };
  }
  const rows = alike.flatMap((one) => (one.kind === 'histogram' ? [] : one.rows));
  return { ...first, rows: mergeNumbers(rows, first.kind === 'gauge' ? first.merge : 'sum') };
}

function mergeNumbers(rows: readonly NumberRow[], how: GaugeMerge): NumberRow[] {
  const groups = new Map<string, { readonly labels: readonly string[]; readonly values: number[] }>();
  for (const [labels, value] of rows) {
    const key = keyOf(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, values: [value] });
    else group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => [labels, merges[how](values)]);
}

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);

const merges: Readonly<Record<GaugeMerge, (values: readonly number[]) => number>> = {
  sum,
  mean: (values) => sum(values) / values.length,
  least: (values) => Math.min(...values),
  most: (values) => Math.max(...values),
  // 0 closed, 1 open, 2 half-open: the state that lets through the least is the one to know of.
  breaker: (values) => [1, 2].find((state) => values.includes(state)) ?? 0,
};

function addBuckets(rows: readonly BucketRow[]): BucketRow[] {
  const groups = new Map<string, { readonly labels: readonly string[]; readonly counts: number[]; sum: number }>();
  for (const [labels, counts, added] of rows) {
    const key = keyOf(labels);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { labels, counts: [...counts], sum: added });
      continue;
    }
    for (const [index, count] of counts.entries()) group.counts[index] = (group.counts[index] ?? 0) + count;
    group.sum += added;
  }
  return [...groups.values()].map((group) => [group.labels, group.counts, group.sum]);
}

/** A name of the configuration holds no NUL, and a lie only meets the figures of its own process. */
function keyOf(labels: readonly string[]): string {
  return labels.join('\0');
}
