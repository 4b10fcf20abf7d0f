// What a value must hold for an expression to match it: clauses, of each of which it holds a text (without regard to
// case) or a byte. Worked out from the expression's tree, and only ever too little: a clause that a matching value could
// lack would be a way round the rule, one that is left out costs a search that finds nothing. What is
// not understood has no clauses. After the prefilter of RE2 and Go's codesearch, with bytes beside texts: CRS writes
// `c["'\\]*a["'\\]*t`, of which a match holds `cat` or one of the three signs.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { PcreFault, type PcreNode, parsePcre } from '../compile/pcre-tree.ts';

/** A value that matches holds one of the texts, which are in lower case, or one of the bytes. */
export interface Clause {
  readonly texts: ReadonlySet<string>;
  readonly bytes: ReadonlySet<number>;
}

const textsMax = 6000; // of one clause: the commands of Unix in CRS's longest expressions
const productMax = 160; // texts made by putting two sets together
const setBytesMax = 10; // a larger class of characters is bytes of a clause, not letters of texts
const clausesMax = 3;
const looseMost = 0.22; // what may stand between letters must be rarer than this, else it says more alone
const useless = 0.75; // a clause that so many values fulfil is not worth asking for
const uselessBesides = 0.5; // not worth it beside a rarer one: what is found often costs time too
const uselessAtStart = 0.98; // unless it keeps an expression from being asked about words and numbers

/** Stands in texts for the place before the first byte: `^cat` is wanted there and nowhere else. No byte is it. */
export const startMark = '\u0100';

/** `sets`: what classes of characters hold, which is asked of RE2; one for all expressions saves most of it. */
export function treeOf(source: string, sets?: Map<string, Uint8Array>): PcreNode | undefined {
  try {
    return parsePcre(source, sets).root;
  } catch (error) {
    if (error instanceof PcreFault) return undefined;
    throw error;
  }
}

export const requiredBy = (root: PcreNode | undefined): readonly Clause[] =>
  root === undefined ? [] : bestOf(clausesOf(factsOf(root)));

/** The rarest ones. */
function bestOf(clauses: readonly Clause[]): readonly Clause[] {
  return clauses
    .filter(({ texts }) => !texts.has(startMark)) // every value has a beginning
    .map((clause) => ({ clause: cut(clause), share: shareOf(clause) }))
    .filter(({ clause, share }) => share < (hasMark(clause.texts) ? uselessAtStart : useless))
    .sort((one, other) => one.share - other.share)
    .filter(({ share }, index) => index < clausesMax && (index === 0 || share < uselessBesides))
    .map(({ clause }) => clause);
}

/** Texts of one character are bytes, in both cases. */
export function cut({ texts, bytes }: Clause): Clause {
  const allBytes = new Set(bytes);
  const allTexts = new Set<string>();
  for (const text of texts) {
    if (text.length > 1) allTexts.add(text.slice(0, wafPlanLimits.wantedBytesMax));
    else for (const one of [text.toLowerCase(), asciiUpper(text)]) allBytes.add(one.charCodeAt(0));
  }
  return { texts: allTexts, bytes: allBytes };
}

const asciiUpper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/**
 * What a part of an expression matches. `exact`: all that it can match, in lower case, unless what it matched holds
 * something of `loose`. `clauses`: what is in whatever it matches.
 */
interface Facts {
  readonly exact: ReadonlySet<string> | undefined;
  readonly loose: Clause;
  readonly clauses: readonly Clause[];
  readonly start?: Start | undefined; // where it is not exact
}

/** All that a match can begin with, unless it holds something of `loose`. */
interface Start {
  readonly texts: ReadonlySet<string>;
  readonly loose: Clause;
}

const startOf = ({ exact, loose, start }: Facts): Start | undefined =>
  exact === undefined ? start : { texts: exact, loose };

function hasMark(texts: ReadonlySet<string>): boolean {
  for (const text of texts) if (text.startsWith(startMark)) return true;
  return false;
}

const noClause: Clause = { texts: new Set(), bytes: new Set() };
const nothing: Facts = { exact: new Set(['']), loose: noClause, clauses: [] };
const atStart: Facts = { exact: new Set([startMark]), loose: noClause, clauses: [] };
const unknown: Facts = { exact: undefined, loose: noClause, clauses: [] };
const holding = (clauses: readonly Clause[]): Facts => ({ exact: undefined, loose: noClause, clauses });

function factsOf(node: PcreNode): Facts {
  switch (node.kind) {
    case 'set':
      return factsOfSet(node.set);
    case 'sequence':
      return sequenceOf(node.nodes.map(factsOf));
    case 'choice':
      return choiceOf(node.nodes.map(factsOf));
    case 'repeat':
      return repeated(factsOf(node.node), node.least, node.most);
    case 'group':
    case 'atomic':
      return factsOf(node.node);
    case 'assert':
      return node.test === 'start' ? atStart : nothing;
    case 'look':
      return nothing; // where, not what
    case 'reference':
      return unknown;
  }
}

const knownSets = new WeakMap<Uint8Array, Facts>(); // a class of characters is one array in all expressions

function factsOfSet(set: Uint8Array): Facts {
  const known = knownSets.get(set) ?? readSet(set);
  knownSets.set(set, known);
  return known;
}

function readSet(set: Uint8Array): Facts {
  const bytes = new Set<number>();
  for (let byte = 0; byte < 256; byte += 1) if (set[byte] === 1) bytes.add(byte);
  const letters = new Set([...bytes].map(lowerOf));
  if (letters.size <= setBytesMax) return { exact: letters, loose: noClause, clauses: [] };
  return bytes.size < 200 ? holding([{ texts: new Set(), bytes }]) : unknown;
}

const lowerOf = (byte: number): string => String.fromCharCode(byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

/** Clauses of what is exact too, unless it can be nothing. */
function clausesOf({ exact, loose, clauses }: Facts): readonly Clause[] {
  if (exact === undefined || exact.has('') || exact.size === 0) return clauses;
  return [...clauses, either([{ texts: exact, bytes: new Set() }, loose])];
}

function either(all: readonly Clause[]): Clause {
  const clauses = all.filter(({ texts, bytes }) => texts.size > 0 || bytes.size > 0);
  const [only] = clauses;
  if (clauses.length <= 1) return only ?? noClause;
  const texts = new Set<string>();
  const bytes = new Set<number>();
  for (const clause of clauses) {
    for (const text of clause.texts) texts.add(text);
    for (const byte of clause.bytes) bytes.add(byte);
  }
  return { texts, bytes };
}

/** Texts grow as long as they are few; where they are not, what has come so far is a clause, and new ones begin. */
function sequenceOf(parts: readonly Facts[]): Facts {
  const clauses: Clause[] = [];
  let current = nothing;
  let start: Start | undefined;
  for (const part of parts) {
    const joined = join(current, part);
    if (joined !== undefined) {
      current = joined;
      continue;
    }
    const begun = joinStarts(current, part);
    start ??= begun;
    if (startOf(part) !== undefined && hasMark(begun.texts))
      clauses.push(either([{ texts: begun.texts, bytes: new Set() }, begun.loose]));
    clauses.push(...clausesOf(current));
    const isFresh = part.exact !== undefined && shareOf(part.loose) <= looseMost;
    current = isFresh ? part : nothing;
    if (!isFresh) clauses.push(...clausesOf(part));
  }
  if (start === undefined) return current;
  return { ...holding([...clauses, ...clausesOf(current)]), start };
}

/** One behind the other, or undefined where that is too much, or worth less than each alone. */
function join(one: Facts, other: Facts): Facts | undefined {
  if (one.exact === undefined || other.exact === undefined) return undefined;
  const before = hasMark(one.exact) ? anchored(one.exact, one.loose) : { texts: one.exact, loose: one.loose };
  if (shareOf(other.loose) > looseMost && !hasMark(before.texts) && !hasMark(other.exact)) return undefined;
  const texts = product(before.texts, other.exact);
  if (texts === undefined) return undefined;
  const loose = either([before.loose, other.loose]);
  return { exact: withoutLoose(texts, loose), loose, clauses: [...one.clauses, ...other.clauses] };
}

function joinStarts(one: Facts, other: Facts): Start {
  const { texts, loose } = anchored(one.exact ?? new Set(), one.loose);
  const next = startOf(other);
  const joined = next === undefined ? undefined : product(texts, next.texts);
  return next === undefined || joined === undefined
    ? { texts, loose }
    : { texts: joined, loose: either([loose, next.loose]) };
}

/** A text with a loose sign in it is told of by that sign. */
function withoutLoose(texts: ReadonlySet<string>, loose: Clause): ReadonlySet<string> {
  const signs = [...loose.texts].filter(({ length }) => length === 1);
  if (signs.length === 0) return texts;
  const left = new Set([...texts].filter((text) => !signs.some((sign) => text.includes(sign))));
  return left.size === 0 ? texts : left;
}

/** Where some texts stand at the beginning of a value, the others become what it may hold instead: they are many. */
function anchored(texts: ReadonlySet<string>, loose: Clause): Start {
  if (!hasMark(texts)) return { texts, loose };
  const [first, others] = [new Set<string>(), new Set<string>()];
  for (const text of texts) (text.startsWith(startMark) ? first : others).add(text);
  return { texts: first, loose: either([loose, { texts: others, bytes: new Set() }]) };
}

function product(ones: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (isNothing(ones)) return others;
  if (isNothing(others)) return ones;
  const [few, many] = [Math.min(ones.size, others.size), Math.max(ones.size, others.size)];
  if (few * many > (few === 1 || hasMark(ones) ? textsMax : productMax)) return undefined;
  const texts = new Set<string>();
  for (const start of ones)
    for (const end of others) texts.add(start === startMark && end.startsWith(startMark) ? end : start + end);
  return texts;
}

const isNothing = (texts: ReadonlySet<string>): boolean => texts.size === 1 && texts.has('');

function choiceOf(branches: readonly Facts[]): Facts {
  const exact = branches.map((branch) => branch.exact);
  const count = exact.reduce((sum, texts) => sum + (texts?.size ?? textsMax + 1), 0);
  const loose = either(branches.map((branch) => branch.loose));
  if (count <= textsMax) {
    const texts = new Set(exact.flatMap((some) => [...(some ?? [])]));
    return { exact: texts, loose, clauses: [] };
  }
  return { ...mixedChoice(branches, loose), start: startOfChoice(branches) };
}

function startOfChoice(branches: readonly Facts[]): Start | undefined {
  const starts = branches.map(startOf).filter((start) => start !== undefined);
  if (starts.length < branches.length) return undefined;
  const texts = new Set(starts.flatMap((start) => [...start.texts]));
  return texts.size > textsMax ? undefined : { texts, loose: either(starts.map(({ loose }) => loose)) };
}

/** Some branches are texts, others only hold something: that something is what matches may hold instead. */
function mixedChoice(branches: readonly Facts[], loose: Clause): Facts {
  const open = branches.filter(({ exact }) => exact === undefined);
  const held = open.map((branch) => rarest(clausesOf(branch))).filter((clause) => clause !== undefined);
  if (held.length < open.length) return unknown;
  const other = either([loose, ...held]);
  const texts = new Set(branches.flatMap(({ exact }) => [...(exact ?? [])]));
  const looseAllowed = hasMark(texts) ? useless : looseMost;
  if (open.length < branches.length && texts.size <= textsMax && shareOf(other) <= looseAllowed)
    return { exact: texts, loose: other, clauses: [] };
  const best = branches.map((branch) => rarest(clausesOf(branch)));
  const known = best.filter((clause) => clause !== undefined);
  return known.length < best.length ? unknown : holding([either(known)]);
}

function rarest(clauses: readonly Clause[]): Clause | undefined {
  let best: Clause | undefined;
  for (const clause of clauses) if (best === undefined || shareOf(clause) < shareOf(best)) best = clause;
  return best;
}

function repeated(part: Facts, least: number, most: number): Facts {
  if (least === 1 && most === 1) return part;
  if (most === 0) return nothing;
  if (least > 0) {
    const isShort = least === 1 && part.exact !== undefined && part.exact.size <= setBytesMax;
    if (isShort) return sequenceOf([part, repeated(part, 0, Number.POSITIVE_INFINITY)]);
    return { ...holding(clausesOf(part)), start: startOf(part) };
  }
  if (most === 1 && part.exact !== undefined) return { ...part, exact: new Set(['', ...part.exact]), clauses: [] };
  const within = rarest(clausesOf(part));
  return within === undefined ? unknown : { exact: new Set(['']), loose: within, clauses: [] };
}

/** How many values of clean traffic fulfil a clause, at a guess: it only decides which one is asked for. */
export function shareOf({ texts, bytes }: Clause): number {
  let misses = 1;
  for (const byte of bytes) misses *= 1 - byteShare(byte);
  for (const text of texts) misses *= 1 - textShare(text);
  return 1 - misses;
}

function textShare(text: string): number {
  if (text === '') return 1;
  const known = commonTexts.get(text);
  if (known !== undefined) return known;
  if (text.length === 2 && /^[a-z]+$/.test(text)) return 0.2;
  let share = byteShare(text.charCodeAt(0));
  for (let at = 1; at < Math.min(text.length, 6); at += 1) share *= 0.3 * byteShare(text.charCodeAt(at));
  return share;
}

/** What words of plain text are, or hold. */
const commonTexts: ReadonlyMap<string, number> = new Map(
  ['or', 'in', 'on', 'at', 'and', 'is'].map((word) => [word, 0.6]),
);

const common: Readonly<Record<string, number>> = {
  ' ': 0.5,
  '.': 0.35,
  '-': 0.3,
  '/': 0.3,
  '=': 0.15,
  ',': 0.15,
  ':': 0.15,
  ';': 0.12,
  _: 0.15,
  '&': 0.08,
  '+': 0.1,
  '(': 0.08,
  ')': 0.08,
};

function byteShare(byte: number): number {
  if (byte === startMark.charCodeAt(0)) return 1;
  const sign = String.fromCharCode(byte);
  if (/[a-z]/i.test(sign)) return 0.45;
  if (/\d/.test(sign)) return 0.25;
  return common[sign] ?? (byte >= 0x80 ? 0.01 : 0.03);
}
