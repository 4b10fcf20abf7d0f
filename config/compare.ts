// What differs between two configurations, by meaning: values in effect, not text. Comments, layout, the order of keys,
// and whether a default is written out make no difference; the order of routes does, where the routes are the same.

import { type Effective, type EffectiveBlock, type EffectiveValue, values } from './effective.ts';

export interface Difference {
  readonly where: string; // `routes`, `limits`
  readonly sign: '+' | '-' | '~';
  readonly name: string; // `api`; '' for a block that is no named thing
  readonly changes: readonly Change[];
}

export interface Change {
  readonly key: string; // `policies.timeout-secs`, below the thing named
  readonly before: string | undefined; // as written in the file; undefined: not set
  readonly after: string | undefined;
}

/** In the order of the reference. */
export function compare(before: readonly Effective[], after: readonly Effective[]): Difference[] {
  const [one, other] = [sections(before), sections(after)];
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names.flatMap((where) => [
    ...compareSection(where, one.get(where) ?? [], other.get(where) ?? []),
    ...compareOrder(where, one.get(where) ?? [], other.get(where) ?? []),
  ]);
}

/** The top-level keys with what is in them; a value at the top is a section of its own. */
function sections(entries: readonly Effective[]): Map<string, readonly Effective[]> {
  return new Map(entries.map((entry) => (entry.kind === 'block' ? [entry.name, entry.entries] : [entry.key, [entry]])));
}

function compareSection(where: string, before: readonly Effective[], after: readonly Effective[]): Difference[] {
  const [one, other] = [itemsByName(before), itemsByName(after)];
  const names = [...new Set([...other.keys(), ...one.keys()])];
  const own = changesBetween(where, plainValues(before), plainValues(after));
  const differences: Difference[] = own.length === 0 ? [] : [{ where, sign: '~', name: '', changes: own }];
  for (const name of names) {
    const [old, young] = [one.get(name), other.get(name)];
    const changes = changesBetween(
      `${where}.${name}`,
      old ? values(old.entries) : [],
      young ? values(young.entries) : [],
    );
    const sign = old === undefined ? '+' : young === undefined ? '-' : '~';
    if (sign !== '~' || changes.length > 0)
      differences.push({ where, sign, name, changes: sign === '~' ? changes : said(changes, old ?? young) });
  }
  return differences;
}

function itemsByName(entries: readonly Effective[]): Map<string, EffectiveBlock> {
  return new Map(
    entries.flatMap((entry) => (entry.kind === 'block' && entry.item ? [[entry.name, entry] as const] : [])),
  );
}

function plainValues(entries: readonly Effective[]): EffectiveValue[] {
  return values(entries.filter((entry) => entry.kind === 'value' || !entry.item));
}

/** Of a thing that came or went, what the file says of it; its defaults go without saying. */
function said(changes: readonly Change[], block: EffectiveBlock | undefined): Change[] {
  const written = new Set(
    values(block?.entries ?? [])
      .filter(({ origin }) => origin.kind !== 'default')
      .map(({ path }) => path),
  );
  return changes.filter(({ key }) => written.has(`${block?.path}.${key}`));
}

function changesBetween(path: string, before: readonly EffectiveValue[], after: readonly EffectiveValue[]): Change[] {
  const [one, other] = [before, after].map(
    (list) => new Map(list.map((value) => [value.path.slice(path.length + 1) || value.key, value.written])),
  );
  const keys = [...new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])];
  return keys.flatMap((key) => {
    const change = { key, before: one?.get(key), after: other?.get(key) };
    return change.before === change.after ? [] : [change];
  });
}

/** Routes of one priority are tried in the order of the file (and filters of a route are compared as a value). */
function compareOrder(where: string, before: readonly Effective[], after: readonly Effective[]): Difference[] {
  if (where !== 'routes') return [];
  const [one, other] = [[...itemsByName(before).keys()], [...itemsByName(after).keys()]];
  const [kept, now] = [one.filter((name) => other.includes(name)), other.filter((name) => one.includes(name))];
  if (kept.every((name, index) => name === now[index])) return [];
  return [{ where, sign: '~', name: '', changes: [{ key: 'order', before: kept.join(' '), after: now.join(' ') }] }];
}
