// Families as scrapers read them: Prometheus' text format 0.0.4, and OpenMetrics 1.0 for those that ask for it. Both are
// written here, since a registry that owns its counters would have to be fed with ours at every scrape. Pure.

import type { BucketRow, Family, Histogram } from './family.ts';

export const figureFormats = ['prometheus', 'openmetrics'] as const;
export type FigureFormat = (typeof figureFormats)[number];

export const figureTypes: Readonly<Record<FigureFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What the `Accept` of a scraper asks for. Prometheus names OpenMetrics only where it can read it. */
export function formatAsked(accept: string | undefined): FigureFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus';
}

export function formatFamilies(families: readonly Family[], format: FigureFormat = 'prometheus'): string {
  const lines: string[] = [];
  for (const family of families.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    if (family.rows.length > 0) writeFamily(lines, family, format);
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function writeFamily(lines: string[], family: Family, format: FigureFormat): void {
  const { name, kind, help } = family;
  const called = format === 'openmetrics' && kind === 'counter' ? name.replace(/_total$/, '') : name;
  lines.push(`# HELP ${called} ${escapeHelp(help, format)}`, `# TYPE ${called} ${kind}`);
  if (family.kind === 'histogram') writeHistogram(lines, family, format);
  else for (const [values, value] of family.rows) lines.push(`${name}${labelText(family.labels, values)} ${value}`);
}

function writeHistogram(lines: string[], { name, labels, bounds, rows }: Histogram, format: FigureFormat): void {
  const edges = [...bounds.map((bound) => edgeText(bound, format)), '+Inf'];
  for (const row of rows) writeBuckets(lines, row, { name, labels, edges });
}

interface Shape {
  readonly name: string;
  readonly labels: readonly string[];
  readonly edges: readonly string[];
}

function writeBuckets(lines: string[], [values, counts, sum]: BucketRow, { name, labels, edges }: Shape): void {
  const own = pairs(labels, values);
  let count = 0;
  for (const [index, edge] of edges.entries()) {
    count += counts[index] ?? 0;
    lines.push(`${name}_bucket{${[...own, `le="${edge}"`].join(',')}} ${count}`);
  }
  const text = labelText(labels, values);
  lines.push(`${name}_sum${text} ${sum}`, `${name}_count${text} ${count}`);
}

/** OpenMetrics wants whole numbers written as what they are, numbers with a point. */
function edgeText(bound: number, format: FigureFormat): string {
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function labelText(labels: readonly string[], values: readonly string[]): string {
  return labels.length === 0 ? '' : `{${pairs(labels, values).join(',')}}`;
}

function pairs(labels: readonly string[], values: readonly string[]): string[] {
  return labels.map((label, index) => `${label}="${escapeValue(values[index] ?? '')}"`);
}

function escapeValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(text: string, format: FigureFormat): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}
