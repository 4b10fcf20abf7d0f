// The bounds of the regression runner, with their reasons: what it waits for, and what it keeps of what others send it.
// A file of its own because the runner is a program that knows nothing of the rest. It refuses to hold anything else.

const KiB = 1024;
const MiB = 1024 * KiB;

export const crsLimits = {
  connectTimeoutMs: 3000, // as go-ftw
  readTimeoutMs: 10_000, // of one answer, from its first byte asked to its last; as go-ftw
  timeoutMsMax: 600_000, // of those that may be set: a longer one is a mistake
  replyHeadBytesMax: 256 * KiB, // longer than any server's own bound
  replyBodyBytesKept: 64 * KiB, // in which response_contains is looked for; go-ftw has its first 4 KiB
  replyBodyBytesMax: 64 * MiB, // read at all, then the connection is let go
  markerRetries: 20, // as go-ftw: so often a marker is sent that the log does not show
  markerRetriesMax: 1000,
  markerWaitMs: 250, // for its line, each time
  markerLinesMax: 500, // as go-ftw: lines of a log in which one marker is looked for
  markerLinesCeiling: 1_000_000,
  logPollMs: 2, // between looks at a log that has nothing new: a file says nothing by itself
  logPieceBytes: 256 * KiB, // read at once
  logLineBytesMax: 1 * MiB, // a longer line is cut
  rateLimitMsMax: 60_000, // between two tests
  waitTimeoutMs: 10_000, // until the target answers at all
  waitPollMs: 100,
  backendHeadBytesMax: 1 * MiB, // of a request to the built-in backend: more than any proxy before it lets through
  backendBodyBytesMax: 16 * MiB, // the engine's own limit is 12.5 MiB
  backendIdleMs: 60_000, // of a connection to it
  stackStartMs: 120_000, // the stack's whole way up, loading of rules included: a second and a half on an idle machine
  stackStopMs: 20_000, // its way down
  stackConnections: 32, // tests side by side: each waits for lines that come in batches, and two processors stay busy
  stackReadTimeoutMs: 60_000, // of one answer, where the same machine has 31 other requests to judge
  stackLogPollMs: 10, // the stack writes its lines in batches, every so many milliseconds
  stackLogWaitMs: 15_000, // from an answer to its lines in the logs
  stackOutputLinesKept: 200, // of what the stack prints, for the report of a stack that does not start
} as const;
