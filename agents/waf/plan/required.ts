// What a value must hold for an expression to match it: clauses, of each of which it holds a text (without regard to
// case) or a byte. Worked out from the expression's tree, and only ever too little: a clause that a matching value could
// lack would be a way round the rule, one that is left out costs a search that finds nothing. What is
// not understood has no clauses. After the prefilter of RE2 and Go's codesearch, with bytes beside texts: CRS writes
// `c["'\\]*a["'\\]*t`, of which a match holds `cat` or one of the three signs.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { type KnownSets, PcreFault, type PcreNode, parsePcre } from '../compile/pcre-tree.ts';
import { asciiLower } from '../transform/bytes.ts';
import { beginningOf } from './beginning.ts';
import { bytesOfSet, Clause, distinct, hasMark, lettersOf, noClause, rarest, startMark, together } from './clause.ts';

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
export function treeOf(source: string, sets?: KnownSets): PcreNode | undefined {
  try {
    return parsePcre(source, sets).root;
  } catch (error) {
    if (error instanceof PcreFault) return undefined;
    throw error;
  }
}

export function requiredBy(root: PcreNode | undefined): readonly Clause[] {
  if (root === undefined) return [];
  const facts = new FactsOfNodes();
  const clauses = clausesOf(facts.of(root));
  const beginning = beginningOf(root, (node, shareMost) => {
    const held = rarest(clausesOf(facts.of(node)));
    return held === undefined || held.share > shareMost ? undefined : held;
  });
  if (beginning === undefined) return bestOf(clauses);
  return bestOf([beginning, ...clauses.filter((clause) => !isImplied(clause, beginning))]);
}

/** The rarest ones. */
function bestOf(clauses: readonly Clause[]): readonly Clause[] {
  return clauses
    .filter(({ texts }) => !texts.includes(startMark)) // every value has a beginning
    .filter(({ share, texts }) => share < (hasMark(texts) ? uselessAtStart : useless))
    .sort((one, other) => one.share - other.share)
    .filter(({ share }, index) => index < clausesMax && (index === 0 || share < uselessBesides))
    .map(cut);
}

/** Whether a value that fulfils the other clause always fulfils this one. */
function isImplied(clause: Clause, by: Clause): boolean {
  return (
    by.bytes.every((byte) => clause.bytes.includes(byte)) &&
    by.texts.every((text) => clause.texts.some((one) => text.includes(one)))
  );
}

/** Texts of one character are bytes, in both cases; a text that begins with another, or holds such a byte, tells nothing more. */
export function cut({ texts, bytes }: Clause): Clause {
  const allBytes = new Set(bytes);
  for (const text of texts) {
    if (text.length !== 1) continue;
    for (const one of [text.toLowerCase(), asciiUpper(text)]) allBytes.add(one.charCodeAt(0));
  }
  const own: string[] = [];
  for (const text of texts.filter(({ length }) => length > 1).sort()) {
    const before = own.at(-1); // what a text begins with stands before it
    if ((before === undefined || !text.startsWith(before)) && !holdsAny(text, allBytes))
      own.push(text.slice(0, wafPlanLimits.wantedBytesMax));
  }
  return new Clause(own, [...allBytes]);
}

function holdsAny(text: string, bytes: ReadonlySet<number>): boolean {
  if (bytes.size === 0) return false;
  for (let at = 0; at < text.length; at += 1) if (bytes.has(text.charCodeAt(at))) return true;
  return false;
}

const asciiUpper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/**
 * What a part of an expression matches. `exact`: all that it can match, in lower case, unless what it matched holds
 * something of `loose`. `clauses`: what is in whatever it matches.
 */
interface Facts {
  readonly exact: readonly string[] | undefined;
  readonly loose: Clause;
  readonly clauses: readonly Clause[];
}

const nothing: Facts = { exact: [''], loose: noClause, clauses: [] };
const unknown: Facts = { exact: undefined, loose: noClause, clauses: [] };
const holding = (clauses: readonly Clause[]): Facts => ({ exact: undefined, loose: noClause, clauses });

/** Of the nodes of a tree, each worked out once: beginnings ask about the same ones again. */
class FactsOfNodes {
  readonly #known = new Map<PcreNode, Facts>();

  of(node: PcreNode): Facts {
    if (node.kind === 'set') return factsOfSet(node.set);
    const known = this.#known.get(node) ?? this.#read(node);
    this.#known.set(node, known);
    return known;
  }

  #read(node: Exclude<PcreNode, { kind: 'set' }>): Facts {
    switch (node.kind) {
      case 'text':
        return { ...nothing, exact: [asciiLower(node.text)] };
      case 'sequence':
        return sequenceOf(node.nodes.map((one) => this.of(one)));
      case 'choice':
        return choiceOf(node.nodes.map((one) => this.of(one)));
      case 'repeat':
        return repeated(this.of(node.node), node.least, node.most);
      case 'group':
      case 'atomic':
        return this.of(node.node);
      case 'assert':
      case 'look':
        return nothing; // where, not what
      case 'reference':
        return unknown;
    }
  }
}

const knownSets = new WeakMap<Uint8Array, Facts>(); // a class of characters is one array in all expressions

function factsOfSet(set: Uint8Array): Facts {
  const known = knownSets.get(set) ?? readSet(set);
  knownSets.set(set, known);
  return known;
}

function readSet(set: Uint8Array): Facts {
  const [bytes, letters] = [bytesOfSet(set), lettersOf(set)];
  if (letters.length <= setBytesMax) return { exact: letters, loose: noClause, clauses: [] };
  return bytes.length < 200 ? holding([new Clause([], bytes)]) : unknown;
}

/** Clauses of what is exact too, unless it can be nothing. */
const clausesOf = (facts: Facts): readonly Clause[] => [...facts.clauses, ...exactly(facts)];

function exactly({ exact, loose }: Facts): readonly Clause[] {
  if (exact === undefined || exact.length === 0 || exact.includes('')) return [];
  return [together([new Clause(exact), loose])];
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
    const isFresh = part.exact !== undefined && part.loose.share <= looseMost;
    current = isFresh ? part : nothing;
    if (!isFresh) clauses.push(...clausesOf(part));
  }
  return isWhole ? current : holding([...clauses, ...clausesOf(current)]);
}

/** One behind the other, or undefined where that is too much, or worth less than each alone. */
function join(one: Facts, other: Facts, most = productMax): Facts | undefined {
  if (one.exact === undefined || other.exact === undefined || other.loose.share > looseMost) return undefined;
  const texts = product(one.exact, other.exact, most);
  if (texts === undefined) return undefined;
  if (one.loose.isNone && other.loose.isNone && other.clauses.length === 0)
    return { exact: texts, loose: noClause, clauses: one.clauses };
  const loose = together([one.loose, other.loose]);
  // What the second may hold instead of its texts stands behind the first all the same.
  const before = other.loose.isNone ? [] : exactly(one);
  return { exact: withoutLoose(texts, loose), loose, clauses: [...one.clauses, ...other.clauses, ...before] };
}

/** A text with a loose sign in it is told of by that sign. */
function withoutLoose(texts: readonly string[], loose: Clause): readonly string[] {
  const signs = loose.texts.filter(({ length }) => length === 1);
  if (signs.length === 0) return texts;
  const left = texts.filter((text) => !signs.some((sign) => text.includes(sign)));
  return left.length === 0 ? texts : left;
}

function product(ones: readonly string[], others: readonly string[], most: number): readonly string[] | undefined {
  if (isNothing(ones)) return others;
  if (isNothing(others)) return ones;
  const [few, many] = [Math.min(ones.length, others.length), Math.max(ones.length, others.length)];
  if (few * many > (few === 1 ? textsMax : most)) return undefined;
  const texts: string[] = [];
  for (const start of ones) for (const end of others) texts.push(start + end);
  return few === 1 ? texts : distinct(texts);
}

const isNothing = (texts: readonly string[]): boolean => texts.length === 1 && texts[0] === '';

function choiceOf(all: readonly Facts[]): Facts {
  const branches = all.map(byRarest);
  const exact = branches.map((branch) => branch.exact);
  const count = exact.reduce((sum, texts) => sum + (texts?.length ?? textsMax + 1), 0);
  const loose = together(branches.map((branch) => branch.loose));
  if (count <= textsMax) return { exact: distinct(exact.flatMap((some) => some ?? [])), loose, clauses: [] };
  return mixedChoice(branches, loose);
}

/** `process.` and a name or else `(`: what stands before both is rarer, and then the branch is known by that alone. */
function byRarest(branch: Facts): Facts {
  const held = rarest(branch.clauses);
  const [own] = exactly(branch);
  if (held === undefined || own === undefined || branch.loose.isNone) return branch;
  return held.share < own.share ? holding([held]) : branch;
}

/** Some branches are texts, others only hold something: that something is what matches may hold instead. */
function mixedChoice(branches: readonly Facts[], loose: Clause): Facts {
  const open = branches.filter(({ exact }) => exact === undefined);
  const held = open.map((branch) => rarest(clausesOf(branch))).filter((clause) => clause !== undefined);
  if (held.length < open.length) return unknown;
  const other = together([loose, ...held]);
  const texts = distinct(branches.flatMap(({ exact }) => exact ?? []));
  if (open.length < branches.length && texts.length <= textsMax && other.share <= looseMost)
    return { exact: texts, loose: other, clauses: [] };
  const best = branches.map((branch) => rarest(clausesOf(branch)));
  const known = best.filter((clause) => clause !== undefined);
  return known.length < best.length ? unknown : holding([together(known)]);
}

function repeated(part: Facts, least: number, most: number): Facts {
  if (least === 1 && most === 1) return part;
  if (most === 0) return nothing;
  if (least > 0) {
    const isShort = least === 1 && part.exact !== undefined && part.exact.length <= setBytesMax;
    if (isShort) return sequenceOf([part, repeated(part, 0, Number.POSITIVE_INFINITY)]);
    const pair = least === 1 ? undefined : join(part, part, pairsMax);
    return holding(clausesOf(pair ?? part));
  }
  if (most === 1 && part.exact !== undefined) return { ...part, exact: distinct(['', ...part.exact]), clauses: [] };
  const within = rarest(clausesOf(part));
  return within === undefined ? unknown : { exact: [''], loose: within, clauses: [] };
}
