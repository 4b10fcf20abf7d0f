// What a value must hold for an expression to match it: clauses, of each of which it holds a text (without regard to
// case) or a byte. Worked out from the expression's tree, and only ever too little: a clause that a matching value could
// lack would be a way round the rule, one that is left out costs a search that finds nothing. What is
// not understood has no clauses. After the prefilter of RE2 and Go's codesearch, with bytes beside texts: CRS writes
// `c["'\\]*a["'\\]*t`, of which a match holds `cat` or one of the three signs.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { PcreFault, type PcreNode, parsePcre } from '../compile/pcre-tree.ts';
import { beginningOf, type Clause, hasMark, startMark, together } from './beginning.ts';

const textsMax = 6000; // of one clause: the commands of Unix in CRS's longest expressions
const productMax = 160; // texts made by putting two sets together
const pairsMax = 1000; // the same of one set with itself: `(?:\.|%2e){2,3}` is two signs where one would be in every path
const setBytesMax = 10; // a larger class of characters is bytes of a clause, not letters of texts
const clausesMax = 3;
const looseMost = 0.22; // what may stand between letters must be rarer than this, else it says more alone
const useless = 0.75; // a clause that so many values fulfil is not worth asking for
const uselessBesides = 0.5; // not worth it beside a rarer one: what is found often costs time too
const uselessAtStart = 0.98; // unless it keeps an expression from being asked about words and numbers

/** `sets`: what classes of characters hold, which is asked of RE2; one for all expressions saves most of it. */
export function treeOf(source: string, sets?: Map<string, Uint8Array>): PcreNode | undefined {
  try {
    return parsePcre(source, sets).root;
  } catch (error) {
    if (error instanceof PcreFault) return undefined;
    throw error;
  }
}

export function requiredBy(root: PcreNode | undefined): readonly Clause[] {
  if (root === undefined) return [];
  const clauses = clausesOf(factsOf(root));
  const beginning = beginningOf(root, (node, shareMost) => {
    const held = rarest(clausesOf(factsOf(node)));
    return held === undefined || shareOf(held) > shareMost ? undefined : held;
  });
  if (beginning === undefined) return bestOf(clauses);
  return bestOf([beginning, ...clauses.filter((clause) => !isImplied(clause, beginning))]);
}

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

/** Whether a value that fulfils the other clause always fulfils this one. */
function isImplied(clause: Clause, by: Clause): boolean {
  const texts = [...clause.texts];
  for (const byte of by.bytes) if (!clause.bytes.has(byte)) return false;
  for (const text of by.texts) if (!texts.some((one) => text.includes(one))) return false;
  return true;
}

/** Texts of one character are bytes, in both cases; a text that holds another, or such a byte, tells nothing more. */
export function cut({ texts, bytes }: Clause): Clause {
  const allBytes = new Set(bytes);
  const allTexts = new Set<string>();
  for (const text of texts) {
    if (text.length > 1) allTexts.add(text.slice(0, wafPlanLimits.wantedBytesMax));
    else for (const one of [text.toLowerCase(), asciiUpper(text)]) allBytes.add(one.charCodeAt(0));
  }
  return { texts: new Set([...allTexts].filter((text) => !isTold(text, allTexts, allBytes))), bytes: allBytes };
}

function isTold(text: string, texts: ReadonlySet<string>, bytes: ReadonlySet<number>): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (bytes.has(text.charCodeAt(at)) || (at > 1 && texts.has(text.slice(0, at)))) return true;
  }
  return false;
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
}

const noClause: Clause = { texts: new Set(), bytes: new Set() };
const nothing: Facts = { exact: new Set(['']), loose: noClause, clauses: [] };
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
const clausesOf = (facts: Facts): readonly Clause[] => [...facts.clauses, ...exactly(facts)];

function exactly({ exact, loose }: Facts): readonly Clause[] {
  if (exact === undefined || exact.has('') || exact.size === 0) return [];
  return [together([{ texts: exact, bytes: new Set() }, loose])];
}

/** Texts grow as long as they are few; where they are not, what has come so far is a clause, and new ones begin. */
function sequenceOf(parts: readonly Facts[]): Facts {
  const clauses: Clause[] = [];
  let current = nothing;
  let isWhole = true;
  for (const part of parts) {
    const joined = join(current, part);
    if (joined !== undefined) {
      current = joined;
      continue;
    }
    isWhole = false;
    clauses.push(...clausesOf(current));
    const isFresh = part.exact !== undefined && shareOf(part.loose) <= looseMost;
    current = isFresh ? part : nothing;
    if (!isFresh) clauses.push(...clausesOf(part));
  }
  return isWhole ? current : holding([...clauses, ...clausesOf(current)]);
}

/** One behind the other, or undefined where that is too much, or worth less than each alone. */
function join(one: Facts, other: Facts, most = productMax): Facts | undefined {
  if (one.exact === undefined || other.exact === undefined || shareOf(other.loose) > looseMost) return undefined;
  const texts = product(one.exact, other.exact, most);
  if (texts === undefined) return undefined;
  const loose = together([one.loose, other.loose]);
  // What the second may hold instead of its texts stands behind the first all the same.
  const before = isNone(other.loose) ? [] : exactly(one);
  return { exact: withoutLoose(texts, loose), loose, clauses: [...one.clauses, ...other.clauses, ...before] };
}

const isNone = ({ texts, bytes }: Clause): boolean => texts.size === 0 && bytes.size === 0;

/** A text with a loose sign in it is told of by that sign. */
function withoutLoose(texts: ReadonlySet<string>, loose: Clause): ReadonlySet<string> {
  const signs = [...loose.texts].filter(({ length }) => length === 1);
  if (signs.length === 0) return texts;
  const left = new Set([...texts].filter((text) => !signs.some((sign) => text.includes(sign))));
  return left.size === 0 ? texts : left;
}

function product(
  ones: ReadonlySet<string>,
  others: ReadonlySet<string>,
  most: number,
): ReadonlySet<string> | undefined {
  if (isNothing(ones)) return others;
  if (isNothing(others)) return ones;
  const [few, many] = [Math.min(ones.size, others.size), Math.max(ones.size, others.size)];
  if (few * many > (few === 1 ? textsMax : most)) return undefined;
  const texts = new Set<string>();
  for (const start of ones) for (const end of others) texts.add(start + end);
  return texts;
}

const isNothing = (texts: ReadonlySet<string>): boolean => texts.size === 1 && texts.has('');

function choiceOf(all: readonly Facts[]): Facts {
  const branches = all.map(byRarest);
  const exact = branches.map((branch) => branch.exact);
  const count = exact.reduce((sum, texts) => sum + (texts?.size ?? textsMax + 1), 0);
  const loose = together(branches.map((branch) => branch.loose));
  if (count <= textsMax) {
    const texts = new Set(exact.flatMap((some) => [...(some ?? [])]));
    return { exact: texts, loose, clauses: [] };
  }
  return mixedChoice(branches, loose);
}

/** `process.` and a name or else `(`: what stands before both is rarer, and then the branch is known by that alone. */
function byRarest(branch: Facts): Facts {
  const held = rarest(branch.clauses);
  const [own] = exactly(branch);
  if (held === undefined || own === undefined || isNone(branch.loose)) return branch;
  return shareOf(held) < shareOf(own) ? holding([held]) : branch;
}

/** Some branches are texts, others only hold something: that something is what matches may hold instead. */
function mixedChoice(branches: readonly Facts[], loose: Clause): Facts {
  const open = branches.filter(({ exact }) => exact === undefined);
  const held = open.map((branch) => rarest(clausesOf(branch))).filter((clause) => clause !== undefined);
  if (held.length < open.length) return unknown;
  const other = together([loose, ...held]);
  const texts = new Set(branches.flatMap(({ exact }) => [...(exact ?? [])]));
  if (open.length < branches.length && texts.size <= textsMax && shareOf(other) <= looseMost)
    return { exact: texts, loose: other, clauses: [] };
  const best = branches.map((branch) => rarest(clausesOf(branch)));
  const known = best.filter((clause) => clause !== undefined);
  return known.length < best.length ? unknown : holding([together(known)]);
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
    const pair = least === 1 ? undefined : join(part, part, pairsMax);
    return holding(clausesOf(pair ?? part));
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
