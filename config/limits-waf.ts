// The bounds of the firewall engine, with their reasons. They are a file of their own because the engine is a library
// that knows nothing of the rest. It refuses to hold anything that is not a bound.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;

export const wafLimits = {
  phraseBytesMax: 2 * MiB, // of all phrases of one rule: the longest list of CRS has 76 KiB; 2^22 nodes is the automaton's end
  runtimePatternsMax: 16, // expressions kept of a rule whose expression holds macros
  numberSearchesMax: 4096, // candidates looked at by @verifyCC and its kin in one value
  candidateBytesMax: 64, // a longer candidate is stepped over as a whole, which keeps the search linear
  parameterNamesMax: 20_000, // of one body: past it nothing is kept and an error is told; SecArgumentsLimit is far below
  jsonDepthMax: 10_000, // SecRequestBodyJsonDepthLimit may not ask for more; the walk has a stack of its own
  xmlDepthMax: 10_000, // elements within elements
  xmlNodesMax: 100_000, // attributes and elements that are kept
  multipartPartsMax: 10_000, // of one body
  multipartHeaderBytesMax: 4 * KiB, // one header line of a part: the reference's buffer (MULTIPART_BUF_SIZE)
  multipartHeadersMax: 128, // of one part
  multipartBoundaryBytesMax: 256, // RFC 2046 section 5.1.1 allows 70
} as const;

assert(wafLimits.phraseBytesMax < 2 ** 22); // each byte may be a node, and node and byte share 31 bits
