// The bounds of the agent around the firewall engine: what an operator may set of it, and what it holds at once. It
// refuses to hold anything that is not a bound.

import type { Range } from './limits.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const second = 1000;

/** In the operator's hands. */
export const wafAgentRanges = {
  paranoiaLevel: { least: 1, default: 1, most: 4 },
  anomalyThreshold: { least: 1, default: 5, most: 100_000 }, // one critical match
  outboundThreshold: { least: 1, default: 4, most: 100_000 }, // one match of severity error
  bodyBytes: { least: 1 * KiB, default: 1 * MiB, most: 4 * MiB }, // the longest that an agent is shown
  timeoutMs: { least: 1, default: second, most: 60 * second }, // a megabyte of hostile text takes a good part of it
} as const satisfies Record<string, Range>;

export const wafAgentLimits = {
  exclusionIdsMax: 1000, // of one exclusion
  transactionsMax: 20_000, // at once, of one process; further ones are answered by the failure mode
  transactionMs: 10 * 60 * second, // without a word from the proxy: it is gone
  sweepMs: 10 * second,
  rulePathsMax: 100,
  ruleFilesMax: 2000, // below the folders that are named: CRS has 60 with its data
  blockedLinesPerSecond: 50, // of the log for people; the audit log and the counters have all
  reportedRulesMax: 500, // rules with a counter of their own
  recordsWaitingMax: 1000, // records with a file of their own that the disk is too slow for; further ones are dropped and counted
  problemsShownMax: 20,
} as const;

/** Of asking the firewall about rules without running it. */
export const wafCheckLimits = {
  checkMs: 60 * second, // all of CRS takes one
  answerCharactersMax: 16 * MiB,
  tailCharactersMax: 1000, // of what it wrote when it could not answer
} as const;

/** Of installing a Core Rule Set. */
export const crsStoreLimits = {
  archiveBytesMax: 32 * MiB, // that of 4.28 has 0.3
  unpackedBytesMax: 256 * MiB, // 4.28 with its tests: 12
  filesMax: 20_000,
  downloadMs: 120 * second,
  toolMs: 60 * second, // tar, gpgv
} as const;
