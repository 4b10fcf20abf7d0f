// The bounds of the agent around the firewall engine: what an operator may set of it, and what it holds at once. It
// refuses to hold anything that is not a bound.

import type { Range } from './limits.ts';
import { wafRunLimits } from './limits-waf-run.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const second = 1000;
const day = 24 * 60 * 60 * second;

/** In the operator's hands. */
export const wafAgentRanges = {
  paranoiaLevel: { least: 1, default: 1, most: 4 },
  anomalyThreshold: { least: 1, default: 5, most: 100_000 }, // one critical match
  outboundThreshold: { least: 1, default: 4, most: 100_000 }, // one match of severity error
  bodyBytes: { least: 1 * KiB, default: 1 * MiB, most: 4 * MiB }, // the longest that an agent is shown
  workBudget: { least: 64 * KiB, default: wafRunLimits.workUnits, most: 64 * 1024 * MiB }, // a page's request: 50 KiB at level 1
  canaryPercent: { least: 1, default: 100, most: 100 },
  timeoutMs: { least: 1, default: second, most: 60 * second }, // a megabyte of hostile text takes a good part of it
  recordedRequests: { least: 0, default: 10_000, most: 1_000_000 }, // 0: none
  recordedBytes: { least: 1 * MiB, default: 32 * MiB, most: 4096 * MiB }, // the usual place may be memory
  recordedAgeMs: { least: second, default: 7 * day, most: 366 * day },
  recordedBodyBytes: { least: 0, default: 64 * KiB, most: 4 * MiB },
  passingSampleMs: { least: 0, default: 0, most: day }, // 0: what passes is nobody's business
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

/** Of the requests that are kept so that people can ask about them. */
export const wafStoreLimits = {
  flushMs: 250, // written together: a transaction of SQLite costs as much as fifty rows
  waitingMax: 500, // rows that are not yet written, of one process; further ones are dropped and counted
  rowsPerSecond: 200, // of one process: who attacks chooses how many there are
  busyMs: 20, // another process writes; the next flush tries again
  openTries: 50, // while others open it
  tidyMs: 2 * second, // between two looks at what is too old or too much
  tidyRowsMax: 1000, // removed at once: more than may come in between
  removedAtLeast: 5, // or a tenth, when the file is full
  sameBeginningMax: 50, // rows looked at when somebody names a request by the beginning of its id
  findingsMax: 100, // of one request: rules and what they looked at
  maskedNamesMax: 200,
  replayedMax: 2000, // the latest ones; more if asked for
  replayedMost: 100_000,
  exclusionRoundsMax: 5, // what one rule hid another may find
  needlessTriedMax: 6, // targets of one exclusion: each costs a loading of the rules
  exclusionTargetsMax: 60, // of one request: past it nobody would call it narrow
  shownRequestsMax: 20, // by name, of those whose verdict would change
  groupsShownMax: 50,
  tunedGroupsMax: 10, // each costs a loading of the rules and a look at everything recorded
} as const;

/** Of asking the firewall about rules without running it. */
export const wafCheckLimits = {
  checkMs: 60 * second, // all of CRS takes one
  deskMs: 10 * 60 * second, // thousands of requests, twice
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
