// What one transaction of the WAF may keep, with reasons: everything a client's bytes can make grow has its end here.
// Bounds of reading rule files and bodies stand elsewhere; rule files set their own, smaller ones (SecArgumentsLimit …).

export const wafRunLimits = {
  variablesMax: 16_384, // in TX or one persistent record: CRS sets one per argument name, of at most SecArgumentsLimit
  variableBytesMax: 1024 * 1024, // of one value that setvar makes, the rest is cut: a rule that doubles its own variable ends there
  matchedVariablesMax: 1_000_000, // of a chain: far more than the values of any body, since what is past it would not be looked at
  workUnits: 256 * 1024 * 1024, // of a transaction, unless it is told otherwise: a megabyte of code at level 4 is 235 million
  workPerTurn: 32, // units of each scan, transformation or search beside those for its bytes: what a call costs
  workPerMatch: 2048, // units of what follows a match: texts are filled in, variables set, a line is kept
  alertsMax: 4096, // kept for the log: 1,000 arguments that match a rule each are logged one by one
  sanitationsMax: 1024, // values that rules want masked in the audit record
  traceEventsMax: 1_000_000, // an explanation of one request: 700 rules times 1,000 arguments would be cut
  transformedBytesLeast: 512, // of a value whose transformations are remembered within a phase
  transformedMax: 2000, // of them at a time, the longest of which is a body
  recordsMax: 100_000, // persistent records in memory: one per client address, at about 1 KB
  recordBytesMax: 16 * 1024, // names and values of one record, as SDBM of ModSecurity 2.9 has it (PAIRMAX)
  recordKeyBytesMax: 1024, // a longer key, which a request may bring, is cut and told apart by its hash
  recordsBytesMax: 64 * 1024 * 1024, // of all records together
  recordsFileBytesMax: 512 * 1024 * 1024, // a longer file of records was not written by us: JSON makes at most six bytes of one
  recordsFileLineBytesMax: 256 * 1024, // one record of it
  recordsPerTurn: 200, // written before other work has its turn: about 1 ms
  recordsSavedEverySecs: 30, // what a crash may lose
  loggedPatternCharactersMax: 252, // of an operator's argument in a log line, as ModSecurity cuts it
  loggedDataCharactersMax: 512, // of logdata, as ModSecurity cuts it
} as const;
