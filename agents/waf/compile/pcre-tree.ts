// An expression that RE2 does not take (it looks around, or refers to a group) -> its tree, for the matcher of our own
// (pcre-match.ts). Five expressions of CRS 3.3 need it, none of CRS 4. Sets of characters are asked of RE2 byte by byte, so
// that a class means the same in both. Refused: recursion, conditions, verbs, \K, \G, looking behind at no fixed length.

import RE2 from 're2';
import { wafLangLimits } from '#config/limits-waf-lang';
import { translate } from './dialect.ts';

export type PcreNode =
  | { readonly kind: 'set'; readonly set: Uint8Array }
  | { readonly kind: 'text'; readonly text: string; readonly folds: boolean } // signs that stand for themselves, two or more
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly PcreNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: PcreNode;
      readonly least: number;
      readonly most: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'group'; readonly index: number; readonly node: PcreNode }
  | { readonly kind: 'atomic'; readonly node: PcreNode }
  | { readonly kind: 'look'; readonly node: PcreNode; readonly isBehind: boolean; readonly isNegated: boolean }
  | { readonly kind: 'reference'; readonly index: number; readonly folds: boolean }
  | { readonly kind: 'assert'; readonly test: PcreTest };

export type PcreTest = 'start' | 'end' | 'line-start' | 'line-end' | 'last-line-end' | 'word-edge' | 'no-word-edge';

export interface PcreTree {
  readonly root: PcreNode;
  readonly groups: number;
  readonly refersBack: boolean;
}

/** Classes of characters and letters that are known, by their source: expressions share them. */
export interface KnownSets {
  readonly folding: Map<string, PcreNode>; // without regard to case
  readonly exact: Map<string, PcreNode>;
}

export const newSets = (): KnownSets => ({ folding: new Map(), exact: new Map() });

export class PcreFault extends Error {
  readonly at: number;
  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}

interface Flags {
  readonly folds: boolean;
  readonly isMultiline: boolean;
  readonly dotsAll: boolean;
}

interface Reader {
  readonly source: string;
  at: number;
  flags: Flags;
  groups: number;
  depth: number;
  refersBack: boolean;
  readonly names: Map<string, number>;
  readonly sets: KnownSets;
}

/** Throws PcreFault. `sets`: those that are known already; new ones are added. */
export function parsePcre(source: string, sets = newSets()): PcreTree {
  const flags = { folds: false, isMultiline: false, dotsAll: true };
  const reader: Reader = {
    source,
    at: 0,
    flags,
    groups: 0,
    depth: 0,
    refersBack: false,
    names: new Map(),
    sets,
  };
  const root = choice(reader);
  if (reader.at < source.length) throw new PcreFault('a parenthesis closes what none has opened', reader.at);
  return { root, groups: reader.groups, refersBack: reader.refersBack };
}

function choice(reader: Reader): PcreNode {
  const outside = reader.flags;
  const nodes = [sequence(reader)];
  while (reader.source.charAt(reader.at) === '|') {
    reader.at += 1;
    nodes.push(sequence(reader));
  }
  reader.flags = outside;
  return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'choice', nodes };
}

function sequence(reader: Reader): PcreNode {
  const nodes: PcreNode[] = [];
  while (reader.at < reader.source.length) {
    const sign = reader.source.charAt(reader.at);
    if (sign === '|' || sign === ')') break;
    const node = plainText(reader) ?? atom(reader);
    if (node !== undefined) nodes.push(isRepeated(reader) ? repeated(reader, node) : node);
  }
  return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'sequence', nodes };
}

/** Most of an expression is words, in which a quantifier behind the last letter is of that letter alone. */
const words = /[^\\[(){}|.^$*+?\x80-\uffff]{2,}(?![*+?{])/y;

function plainText(reader: Reader): PcreNode | undefined {
  words.lastIndex = reader.at;
  if (!words.test(reader.source)) return undefined;
  const text = reader.source.slice(reader.at, words.lastIndex);
  reader.at = words.lastIndex;
  return { kind: 'text', text, folds: reader.flags.folds };
}

function isRepeated({ source, at }: Reader): boolean {
  const sign = source.charAt(at);
  return sign === '*' || sign === '+' || sign === '?' || sign === '{';
}

function repeated(reader: Reader, node: PcreNode): PcreNode {
  const [whole, sign, first, comma, last, mode] =
    /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{0,4}))?\})([?+]?)/.exec(reader.source.slice(reader.at, reader.at + 16)) ?? [];
  if (whole === undefined) return node;
  reader.at += whole.length;
  const least = sign === undefined ? Number(first) : sign === '+' ? 1 : 0;
  const most =
    sign !== undefined
      ? sign === '?'
        ? 1
        : Number.POSITIVE_INFINITY
      : comma === undefined
        ? least
        : last === ''
          ? Number.POSITIVE_INFINITY
          : Number(last);
  if (most < least || least > 1000) throw new PcreFault('a repetition is out of order or too large', reader.at);
  const repeat: PcreNode = { kind: 'repeat', node, least, most, isLazy: mode === '?' };
  return mode === '+' ? { kind: 'atomic', node: repeat } : repeat;
}

function atom(reader: Reader): PcreNode | undefined {
  const character = reader.source.charAt(reader.at);
  if (character === '(') return group(reader);
  if (character === '\\') return escaped(reader);
  if ('*+?'.includes(character)) throw new PcreFault(`nothing stands before ${character}`, reader.at);
  if (character === '^') return assertion(reader, reader.flags.isMultiline ? 'line-start' : 'start', 1);
  if (character === '$') return assertion(reader, reader.flags.isMultiline ? 'line-end' : 'end', 1);
  if (character === '.' && reader.flags.dotsAll) return setOf(reader, '[\\x00-\\xff]', 1);
  if (character === '.') return setOf(reader, '[^\\n]', 1);
  const length = character === '[' ? classLength(reader) : 1;
  return setOf(reader, character === '{' ? '\\{' : reader.source.slice(reader.at, reader.at + length), length);
}

function assertion(reader: Reader, test: PcreTest, length: number): PcreNode {
  reader.at += length;
  return { kind: 'assert', test };
}

function escaped(reader: Reader): PcreNode {
  const { source, at, flags } = reader;
  const rest = source.slice(at, at + 200);
  const [reference, number, name] = /^\\(?:g?\{?(?<![g{]0)([1-9]\d?)\}?|k[<{']([A-Za-z_]\w*)[>}'])/.exec(rest) ?? [];
  if (reference !== undefined && !/^\\[0-3][0-7]{2}/.test(rest)) {
    reader.at += reference.length;
    reader.refersBack = true;
    const index = number === undefined ? reader.names.get(name ?? '') : Number(number);
    if (index === undefined) throw new PcreFault(`there is no group ${name}`, at);
    return { kind: 'reference', index, folds: flags.folds };
  }
  const test = ({ b: 'word-edge', B: 'no-word-edge', A: 'start', z: 'end', Z: 'last-line-end' } as const)[
    source.charAt(at + 1)
  ];
  if (test !== undefined) return assertion(reader, test, 2);
  const whole = /^\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{0,2}|[0-7]{1,3}|c.|[^KGXCRQpPgk])/s.exec(rest)?.[0];
  if (whole === undefined) throw new PcreFault(`'${source.slice(at, at + 2)}' beside looking around is not known`, at);
  return setOf(reader, whole, whole.length);
}

/** A set of bytes, asked of RE2. */
function setOf(reader: Reader, atomSource: string, length: number): PcreNode {
  const at = reader.at;
  reader.at += length;
  const known = reader.flags.folds ? reader.sets.folding : reader.sets.exact;
  let node = known.get(atomSource);
  if (node === undefined) {
    node = { kind: 'set', set: readSet(atomSource, reader.flags.folds, at) };
    known.set(atomSource, node);
  }
  return node;
}

function readSet(source: string, folds: boolean, at: number): Uint8Array {
  if (/^(?:\\?[ -/:-@[-`{-~]|[\dA-Za-z])$/.test(source)) return plainSet(source.charCodeAt(source.length - 1), folds);
  const translated = translate(source, folds);
  if ('fault' in translated) throw new PcreFault(translated.fault, at);
  return membersOf(translated.expression, at);
}

/** A sign, digit or letter that stands for itself. */
export function plainSet(byte: number, folds: boolean): Uint8Array {
  const set = new Uint8Array(256);
  set[byte] = 1;
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  if (folds && isLetter) set[byte ^ 0x20] = 1;
  return set;
}

const everyByte = String.fromCharCode(...new Uint8Array(256).keys());

/** A set matches one character, so what is left when all that it matches is taken away is not in it. */
function membersOf(expression: string, at: number): Uint8Array {
  try {
    const others = new RE2(expression, 'gs').replace(everyByte, '');
    const members = new Uint8Array(256).fill(1);
    for (let index = 0; index < others.length; index += 1) members[others.charCodeAt(index)] = 0;
    return members;
  } catch (error) {
    throw new PcreFault(error instanceof Error ? error.message : String(error), at);
  }
}

function classLength({ source, at }: Reader): number {
  let end = at + (source.charAt(at + 1) === '^' ? 2 : 1);
  if (source.charAt(end) === ']') end += 1;
  while (end < source.length && source.charAt(end) !== ']') {
    const named = /^\[:\^?[a-z]+:\]/.exec(source.slice(end, end + 16))?.[0];
    end += named?.length ?? (source.charAt(end) === '\\' ? 2 : 1);
  }
  if (end >= source.length) throw new PcreFault('a class [ is not closed', at);
  return end + 1 - at;
}

function group(reader: Reader): PcreNode | undefined {
  const { source, at } = reader;
  const open =
    /^\((?:\?(?:(?<look><?[=!])|(?<atomic>>)|P?<(?<name>[A-Za-z_]\w*)>|'(?<quoted>[A-Za-z_]\w*)'|(?<comment>#)|(?<on>[ims]*)(?:-(?<off>[ims]*))?(?<end>[:)])))?/.exec(
      source.slice(at, at + 200),
    );
  const parts = open?.groups ?? {};
  if (open === null || /^\([?*]/.test(source.slice(at, at + 2)) === (open[0].length === 1))
    throw new PcreFault(`'${source.slice(at, at + 3)}' beside looking around is not known`, at);
  if (parts['comment'] !== undefined) return skipComment(reader);
  reader.at += open[0].length;
  const { look, atomic, end } = parts;
  if (end === ')') return setFlags(reader, parts);
  if (look !== undefined)
    return { kind: 'look', node: inside(reader, at), isBehind: look.startsWith('<'), isNegated: look.endsWith('!') };
  if (atomic !== undefined) return { kind: 'atomic', node: inside(reader, at) };
  if (end === ':') return inside(reader, at, parts);
  reader.groups += 1;
  const index = reader.groups;
  const name = parts['name'] ?? parts['quoted'];
  if (name !== undefined) reader.names.set(name, index);
  return { kind: 'group', index, node: inside(reader, at) };
}

function inside(reader: Reader, at: number, flags: Readonly<Record<string, string | undefined>> = {}): PcreNode {
  if (reader.depth >= wafLangLimits.expressionDepthMax) throw new PcreFault('groups are nested too deep', at);
  const outside = reader.flags;
  reader.depth += 1;
  setFlags(reader, flags);
  const node = choice(reader);
  reader.depth -= 1;
  reader.flags = outside;
  if (reader.source.charAt(reader.at) !== ')') throw new PcreFault('a group is not closed', at);
  reader.at += 1;
  return node;
}

function setFlags(reader: Reader, { on = '', off = '' }: Readonly<Record<string, string | undefined>>): undefined {
  const flag = (letter: string, before: boolean) => (before || on.includes(letter)) && !off.includes(letter);
  const { folds, isMultiline, dotsAll } = reader.flags;
  reader.flags = { folds: flag('i', folds), isMultiline: flag('m', isMultiline), dotsAll: flag('s', dotsAll) };
  return undefined;
}

function skipComment(reader: Reader): undefined {
  const end = reader.source.indexOf(')', reader.at);
  if (end === -1) throw new PcreFault('a comment (?# is not closed', reader.at);
  reader.at = end + 1;
  return undefined;
}
