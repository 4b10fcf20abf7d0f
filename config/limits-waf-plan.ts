// The bounds of the fast evaluator, with their reasons. It refuses to hold anything that is not a bound.

const KiB = 1024;
const MiB = 1024 * KiB;

export const wafPlanLimits = {
  cleanValueBytesMax: 256, // of a value that is remembered as clean; longer ones seldom come again
  cleanBytesMax: 16 * MiB, // of all of them, for one set of rules
  profilesMax: 16, // ways through the gates of a set of rules that are prepared; further ones ask every rule
  classesMax: 2000, // kinds of values by the rules that look at them, in each profile
} as const;
