// The bounds of the firewall engine, with their reasons. They are a file of their own because the engine is a library
// that knows nothing of the rest. It refuses to hold anything that is not a bound.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;

export const wafLimits = {
  phraseBytesMax: 2 * MiB, // of all phrases of one rule: the longest list of CRS has 76 KiB; 2^22 nodes is the automaton's end
  runtimeTextBytesMax: 1024, // what a macro in an expression may stand for: RE2 needs up to so many steps for each byte of a value
  runtimePatternsMax: 16, // expressions kept of a rule whose expression holds macros
  shortNeedleBytesMax: 64, // a longer text is searched for by a method that is linear for certain
  numberSearchesMax: 4096, // candidates looked at by @verifyCC and its kin in one value
  candidateBytesMax: 64, // a longer candidate is stepped over as a whole, which keeps the search linear
  nameBytesPerBodyByte: 4, // names of JSON values repeat the way to them: together at most this many times the body
  nameBytesLeast: 64 * KiB, // and always this much
  xmlDepthMax: 10_000, // elements within elements
  xmlNodesMax: 100_000, // attributes and elements that are kept
  xmlDeclarationBytesMax: 128, // `<?xml version="1.0" encoding="iso-8859-15" standalone="yes"?>` is 62
  xmlEntitiesMax: 1000, // declared in one document
  xmlEntityNameBytesMax: 256,
  xmlEntityBytesMax: 64 * KiB, // what replacing entities may add to a document
  xmlPathStepsMax: 30, // places in a path are bits of one number
  xmlSelectedBytesPerTextByte: 4, // text of elements within elements repeats: together at most this many times the whole
  xmlSelectedBytesLeast: 64 * KiB, // and always this much
  multipartContentTypeBytesMax: 1024, // as the reference
  multipartPartsMax: 10_000, // of one body
  multipartHeaderBytesMax: 4 * KiB, // one header line of a part: the reference's buffer (MULTIPART_BUF_SIZE)
  multipartHeadersMax: 128, // of one part
  multipartBoundaryBytesMax: 256, // RFC 2046 section 5.1.1 allows 70
} as const;

assert(wafLimits.phraseBytesMax < 2 ** 22); // each byte may be a node, and node and byte share 31 bits
