// The bounds of rule files, with their reasons: what a set of rules may cost before a request is seen. CRS 4.28 is the
// yardstick: 28 files, 1.1 MB, 770 directives, its longest expression 12 KB. It refuses to hold anything but bounds.

const KiB = 1024;
const MiB = 1024 * KiB;

export const wafLangLimits = {
  fileBytesMax: 8 * MiB, // of one rule file, or one file of phrases
  totalBytesMax: 64 * MiB, // all files of one set together
  filesMax: 4096, // CRS with every plugin of its registry has fewer than 200
  includeDepthMax: 16,
  problemsKeptMax: 1000, // past that a file is junk, and what follows is not looked at
  sliceMs: 10, // of loading at a time, while requests wait
  sharedSliceMs: 50, // likewise, of what makes these requests quicker
  namesKeptMax: 2000, // of TX, with the answer of an expression that selects among them
  nameKeptBytesMax: 256,
  rulesMax: 100_000, // each costs about 2 KB
  expressionBytesMax: 256 * KiB, // of one regular expression
  expressionDepthMax: 200, // groups within groups
  expressionStepsMax: 20_000, // instructions of an expression that RE2 does not take; the largest of CRS 3.3 has 700
  expressionStepsPerByteMax: 400, // of one that refers to groups, for each byte of the value
  matchStepsMax: 20_000_000, // of one match of an expression that looks around: seconds; past it the transaction fails
  referringMatchStepsMax: 2_000_000, // of one that refers to groups, whose steps cost ten times as much: a second
} as const;
