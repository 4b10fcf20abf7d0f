// The bounds of the fast evaluator, with their reasons. It refuses to hold anything that is not a bound.

const KiB = 1024;
const MiB = 1024 * KiB;

export const wafPlanLimits = {
  knownValueBytesMax: 256, // of a value that is remembered; longer ones seldom come again
  knownBytesMax: 8 * MiB, // of all of them, for one set of rules
  matchesRememberedMax: 8, // rules that a transaction may match before its values are no longer remembered
  wantedBytesMax: 20, // of a text that is looked for: a longer one is as good when it is cut
  scannerStatesMax: 65_536, // what two bytes can tell apart; past it texts are cut shorter
  markedValuesMax: 32, // of one rule; past it the rule is run on everything that it looks at
  namesKnownMax: 2000, // of headers, cookies and arguments, of each kind: which rules look at what is under them
  selectionsMax: 250, // kinds of values by the bytes they hold, of those that the same rules look at
  memoriesMax: 8, // of one passage: what it did, by what it read
  unplannedBytesMax: 8 * KiB, // of a body that is judged by every rule in turn while the plan is being made; a longer one waits for it
  planDelayMs: 200, // from a set that is ready until its plan is begun: the first requests and the proxy's greetings come first
  planDelayStepMs: 20, // so soon it is begun where there are more than a few
  planPatienceMs: 100, // of requests that are judged without it, some forty; then it comes first, since they would wait longer for one another
  profilesMax: 16, // ways through the gates of a set of rules that are prepared; further ones ask every rule
} as const;
