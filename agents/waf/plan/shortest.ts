// How short a value can be and still match: of an expression from its tree, of phrases by their length. A value that is
// shorter, or that a transformation can only make shorter than that, is not asked about and not transformed.

import type { PcreNode } from '../compile/pcre-tree.ts';
import type { Operator, Transformation } from '../compile/rule-set.ts';

/** In bytes; 0 where nothing is known. `root`: of an expression. */
export function shortestMatch({ facts }: Operator, root: PcreNode | undefined): number {
  if (facts?.kind === 'bytes') return 1;
  if (facts?.kind === 'phrases') return Math.min(...facts.phrases.map(({ length }) => length));
  return root === undefined ? 0 : shortestOf(root);
}

const long = 1000; // said of everything that is longer

function shortestOf(node: PcreNode): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'text':
      return Math.min(long, node.text.length);
    case 'sequence':
      return Math.min(
        long,
        node.nodes.reduce((sum, one) => sum + shortestOf(one), 0),
      );
    case 'choice':
      return Math.min(long, ...node.nodes.map(shortestOf));
    case 'repeat':
      return Math.min(long, node.least === 0 ? 0 : node.least * shortestOf(node.node));
    case 'group':
    case 'atomic':
      return shortestOf(node.node);
    case 'look':
    case 'assert':
    case 'reference':
      return 0;
  }
}

// By how much a text may become longer: not at all, or it is not listed.
const shares: Readonly<Record<string, number>> = {
  none: 1,
  base64Decode: 0.75,
  base64DecodeExt: 0.75,
  hexDecode: 0.5,
  urlDecode: 1,
  urlDecodeUni: 1,
  htmlEntityDecode: 1,
  jsDecode: 1,
  cssDecode: 1,
  escapeSeqDecode: 1,
  removeNulls: 1,
  replaceNulls: 1,
  lowercase: 1,
  uppercase: 1,
  compressWhitespace: 1,
  removeWhitespace: 1,
  replaceComments: 1,
  removeComments: 1,
  removeCommentsChar: 1,
  normalizePath: 1,
  normalisePath: 1,
  normalizePathWin: 1,
  normalisePathWin: 1,
  cmdLine: 1,
  trim: 1,
  trimLeft: 1,
  trimRight: 1,
};

/** The most bytes that it makes of each byte, over the whole text; undefined where nothing is known. */
export const growthOf = ({ name }: Transformation): number | undefined =>
  Object.hasOwn(shares, name) ? shares[name] : undefined;
