// What a match must begin with, for expressions that match at the beginning of a value or behind certain signs, as those for
// commands do: `(?:^|;|&&)\s*(?:cat|ls)` matches where the value begins with a blank, `cat` or `ls`, or holds `;` or `&&`. A
// value of plain words is told from that by its first letters. Only ever too little is said, as in required.ts.

import type { PcreNode } from '../compile/pcre-tree.ts';
import { asciiLower } from '../transform/bytes.ts';
import { Clause, distinct, hasMark, lettersOf, startMark, together } from './clause.ts';

const textsMax = 6000; // of one clause: the commands of Unix in CRS's longest expressions
const setBytesMax = 10; // of a class of characters, to be texts by themselves
const rare = 0.22; // what may stand between letters, to be told of by itself and not by all texts with it in them
const seldom = 0.5; // the same of what begins in more ways than can be listed

/** What matches begin with. */
interface Beginning {
  readonly open: readonly string[]; // after which the match goes on with what comes next
  readonly ended: readonly string[]; // after which nothing is known
  readonly besides: readonly Clause[]; // what a value may hold instead
}

/** What a node's matches hold, wherever, if at most this share of values does. */
export type Held = (node: PcreNode, shareMost: number) => Clause | undefined;

/** The beginnings that stand at the beginning of a value, and what it holds otherwise; undefined where there are none. */
export function beginningOf(root: PcreNode, held: Held): Clause | undefined {
  if (!isAnchored(root)) return undefined;
  const found = readBeginning(root, held);
  if (found === undefined) return undefined;
  const texts = distinct([...found.open, ...found.ended]);
  return texts.includes('') || !hasMark(texts) ? undefined : together([new Clause(texts), ...found.besides]);
}

/** Whether the beginning of the value is asked for where the match begins. */
function isAnchored(node: PcreNode): boolean {
  switch (node.kind) {
    case 'assert':
      return node.test === 'start';
    case 'sequence':
      return node.nodes.length > 0 && isAnchored(node.nodes[0] as PcreNode);
    case 'choice':
      return node.nodes.some(isAnchored);
    case 'group':
    case 'atomic':
      return isAnchored(node.node);
    default:
      return false;
  }
}

function readBeginning(node: PcreNode, held: Held): Beginning | undefined {
  switch (node.kind) {
    case 'set':
      return beginningOfSet(node.set);
    case 'text':
      return { ...nothing, open: [asciiLower(node.text)] };
    case 'sequence':
      return inSequence(node.nodes, held);
    case 'choice':
      return ofChoice(node.nodes, held);
    case 'repeat':
      return repeated(node, held);
    case 'group':
    case 'atomic':
      return readBeginning(node.node, held);
    case 'assert':
      return { ...nothing, open: [node.test === 'start' ? startMark : ''] };
    case 'look':
      return nothing;
    case 'reference':
      return undefined;
  }
}

const nothing: Beginning = { open: [''], ended: [], besides: [] };

function beginningOfSet(set: Uint8Array): Beginning | undefined {
  const open = lettersOf(set);
  return open.length <= setBytesMax ? { open, ended: [], besides: [] } : undefined;
}

function inSequence(nodes: readonly PcreNode[], held: Held): Beginning {
  let { open, ended, besides } = nothing;
  for (const node of nodes) {
    if (open.length === 0) break;
    const next = readBeginning(node, held);
    const goingOn = next === undefined ? undefined : product(open, next.open);
    const ending = next === undefined ? undefined : product(open, next.ended);
    if (next === undefined || goingOn === undefined || ending === undefined)
      return { open: [], ended: distinct([...ended, ...open]), besides };
    open = goingOn;
    if (ending.length > 0) ended = distinct([...ended, ...ending]);
    if (next.besides.length > 0) besides = [...besides, ...next.besides];
    if (hasMark(open)) ({ open, ended, besides } = anchored({ open, ended, besides }));
  }
  return { open, ended, besides };
}

/** Where some stand at the beginning of the value, the others become what it may hold instead: they are many. */
function anchored({ open, ended, besides }: Beginning): Beginning {
  const others = [...open, ...ended].filter((text) => !text.startsWith(startMark));
  if (others.length === 0 || others.includes('')) return { open, ended, besides };
  const isMarked = (text: string): boolean => text.startsWith(startMark);
  const instead = new Clause(distinct(others));
  return { open: open.filter(isMarked), ended: ended.filter(isMarked), besides: [...besides, instead] };
}

function ofChoice(nodes: readonly PcreNode[], held: Held): Beginning | undefined {
  const [open, ended]: [string[], string[]] = [[], []];
  const besides: Clause[] = [];
  for (const node of nodes) {
    const one = readBeginning(node, held);
    if (one === undefined || one.ended.includes('')) {
      const instead = held(node, seldom);
      if (instead === undefined) return undefined;
      besides.push(instead);
      continue;
    }
    for (const text of one.open) open.push(text);
    for (const text of one.ended) ended.push(text);
    besides.push(...one.besides);
  }
  const found = { open: distinct(open), ended: distinct(ended), besides };
  return found.open.length + found.ended.length > textsMax ? undefined : found;
}

function repeated({ node, least, most }: Extract<PcreNode, { kind: 'repeat' }>, held: Held): Beginning | undefined {
  if (most === 0) return nothing;
  if (least > 0) {
    const one = readBeginning(node, held);
    return one === undefined || most === 1 ? one : { ...one, open: [], ended: distinct([...one.open, ...one.ended]) };
  }
  const one = readBeginning(node, held);
  if (most === 1 && one?.ended.length === 0 && isWord(one.open)) return { ...one, open: ['', ...one.open] };
  const within = held(node, rare);
  if (within !== undefined) return { ...nothing, besides: [within] };
  if (one !== undefined && !one.open.includes('') && !one.ended.includes(''))
    return { open: [''], ended: distinct([...one.open, ...one.ended]), besides: one.besides };
  const other = held(node, seldom);
  return other === undefined ? undefined : { ...nothing, besides: [other] };
}

/** As in `^(?:json\.)?cat`: both ways are few. */
const isWord = (texts: readonly string[]): boolean => texts.length === 1 && texts.every((text) => text.length > 1);

function product(ones: readonly string[], others: readonly string[]): readonly string[] | undefined {
  if (ones.length * others.length > textsMax) return undefined;
  const texts: string[] = [];
  for (const before of ones) {
    for (const behind of others) {
      if (!behind.startsWith(startMark)) texts.push(before + behind);
      else if (before === '' || before === startMark) texts.push(behind); // else it cannot match
    }
  }
  return distinct(texts);
}
