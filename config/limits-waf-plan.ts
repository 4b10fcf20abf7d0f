// The bounds of the fast evaluator, with their reasons. It refuses to hold anything that is not a bound.

const KiB = 1024;
const MiB = 1024 * KiB;

export const wafPlanLimits = {
  knownValueBytesMax: 256, // of a value that is remembered; longer ones seldom come again
  knownBytesMax: 8 * MiB, // of all of them, for one set of rules
  matchesRememberedMax: 8, // rules that a transaction may match before its values are no longer remembered
  selectionsMax: 500, // kinds of values by the bytes they hold, of those that the same rules look at
  profilesMax: 16, // ways through the gates of a set of rules that are prepared; further ones ask every rule
} as const;
