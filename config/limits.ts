// Every bound of the product, with its reason; the relations between bounds are asserted when this file is loaded.
// A bound that an operator can change appears here as `{ least, default, most }` and in `schema.ts` under its key;
// the others are fixed. It refuses to hold anything that is not a bound.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** A bound in the operator's hands: the smallest and largest value accepted, and what holds when nothing is said. */
export interface Range {
  readonly least: number;
  readonly default: number;
  readonly most: number;
}

/** The configuration language itself: what one set of files may cost before anything is known about it. */
export const configurationLimits = {
  fileBytesMax: 4 * MiB, // 10,000 routes with comments are about 2 MB
  totalBytesMax: 16 * MiB, // all files of one configuration together
  wordsMax: 400_000, // of one file: 10,000 routes of a dozen keys each are 280,000; a second of reading
  filesMax: 256,
  includeDepthMax: 8,
  blockDepthMax: 64, // the deepest key of the language is 6 blocks down; an agent's `config` may nest its own
  problemsShownMax: 100, // past that a list of problems helps nobody
  problemsKeptMax: 1000, // found and counted; past that a file is junk and is not looked at further
  secretBytesMax: 64 * KiB, // a private key is 3 KiB
  includedTextBytesMax: 64 * KiB, // one error page: it is sent in one write, with everything it shows inside it
  includedTextsBytesMax: 4 * MiB, // all of them, counted by use: they travel to every worker with the configuration
  sourceLineShownMax: 120, // characters of a source line printed above a caret
  routeComparisonsMax: 1_000_000, // pairs looked at for unreachable routes: 10,000 routes are never compared one by one
} as const;

/** Sockets and exchanges. The last column of the reference (`docs/configuration.md`) comes from here. */
export const proxyLimits = {
  connectionsMax: { least: 1, default: 10_000, most: 1_000_000 },
  connectionsPerClientMax: { least: 1, default: 100, most: 1_000_000 },
  exchangesInFlightMax: { least: 1, default: 10_000, most: 1_000_000 },
  requestsPerConnectionMax: { least: 1, default: 10_000, most: 1_000_000_000 },
  headerBytesMax: { least: 1 * KiB, default: 32 * KiB, most: 1 * MiB },
  headerCountMax: { least: 8, default: 100, most: 1000 },
  bodyBytesMax: { least: 0, default: 10 * MiB, most: 1024 * 1024 * MiB },
  headerMs: { least: 100, default: 10 * second, most: 10 * minute },
  bodyIdleMs: { least: 100, default: 30 * second, most: hour },
  bodyRateBytesLeast: { least: 0, default: 500, most: 1024 * MiB }, // per second; the slowest phone network still in use brings ten times that
  writeIdleMs: { least: 100, default: 60 * second, most: hour }, // as nginx's send_timeout
  keepaliveMs: { least: 100, default: 75 * second, most: hour },
  exchangeMs: { least: 1, default: 60 * second, most: 24 * hour },
  tunnelsMax: { least: 1, default: 5_000, most: 1_000_000 },
  tunnelIdleMs: { least: 100, default: 5 * minute, most: 24 * hour }, // servers ping every 20 to 60 s
  tunnelLifetimeMs: { least: 100, default: 24 * hour, most: 30 * 24 * hour }, // who may come in is asked again each day
  priority: { least: 0, default: 50, most: 10_000 },
  workers: { least: 0, default: 0, most: 256 },
  shutdownMs: { least: 0, default: 30 * second, most: hour },
  orphanGraceMs: { least: 0, default: 30 * second, most: 10 * minute }, // a supervisor is back in a second, at a load of 8 per core in 13
} as const satisfies Record<string, Range>;

export const upstreamLimits = {
  targetWeight: { least: 0, default: 1, most: 1000 }, // 0: nothing new
  connectMs: { least: 1, default: 5 * second, most: 10 * minute },
  responseHeadersMs: { least: 1, default: 30 * second, most: hour },
  idleMs: { least: 1, default: 60 * second, most: hour },
  pooledConnectionsMax: { least: 0, default: 64, most: 10_000 },
  pooledIdleMs: { least: 100, default: 60 * second, most: hour },
  openConnectionsMax: { least: 1, default: 10_000, most: 1_000_000 }, // by default as many as there are exchanges: nobody waits
  connectionLifetimeMs: { least: 100, default: hour, most: 24 * hour },
  slowStartMs: { least: 0, default: 0, most: hour },
  healthIntervalMs: { least: 100, default: 10 * second, most: hour },
  healthTimeoutMs: { least: 10, default: 2 * second, most: 10 * minute },
  healthJitterPercent: { least: 0, default: 10, most: 50 },
  healthyThreshold: { least: 1, default: 2, most: 100 },
  unhealthyThreshold: { least: 1, default: 3, most: 100 },
  ejectAfter5xx: { least: 0, default: 5, most: 10_000 },
  ejectAfterConnectFailures: { least: 0, default: 5, most: 10_000 },
  ejectSlowFactor: { least: 0, default: 0, most: 1000 }, // off: what is slow depends on what is asked
  ejectionMs: { least: 10, default: 30 * second, most: 24 * hour },
  ejectionMsMost: { least: 10, default: 5 * minute, most: 24 * hour },
  ejectedPercentMax: { least: 0, default: 50, most: 100 },
  breakerFailures: { least: 1, default: 5, most: 10_000 },
  breakerSuccesses: { least: 1, default: 2, most: 1000 },
  breakerRecoveryMs: { least: 10, default: 30 * second, most: 24 * hour },
  breakerTrialsMax: { least: 1, default: 1, most: 1000 },
  attemptsMax: { least: 1, default: 3, most: 10 },
  perTryMs: { least: 1, default: 10 * second, most: hour },
  backoffMs: { least: 0, default: 25, most: second },
  retryBudgetPercent: { least: 0, default: 20, most: 100 },
} as const satisfies Record<string, Range>;

/** How targets are picked, and requests split and mirrored. */
export const balanceLimits = {
  branchWeight: { least: 0, default: 1, most: 1_000_000 }, // one in a million is the least canary that means anything
  loadPercentMax: { least: 101, default: 125, most: 10_000 }, // at 100 the ring would be a round robin; 10,000 is no bound
  decayMs: { least: 100, default: 10 * second, most: hour },
  inFlightPerTargetMax: { least: 1, default: 100, most: 1_000_000 },
  subsetSize: { least: 1, default: 10, most: 10_000 },
  bytesPerToken: { least: 1, default: 4, most: 1024 }, // of English text, for the tokenizers in use
  cookieTtlMs: { least: 0, default: hour, most: 365 * 24 * hour },
  mirrorPercent: { least: 0, default: 100, most: 100 },
  mirrorBodyBytesMax: { least: 0, default: 64 * KiB, most: 1 * MiB },
  mirrorsInFlightMax: { least: 1, default: 100, most: 10_000 },
} as const satisfies Record<string, Range>;

/** TLS of listeners. */
export const tlsLimits = {
  handshakeMs: { least: 100, default: 10 * second, most: 10 * minute },
  ticketRotationMs: { least: second, default: 12 * hour, most: 7 * 24 * hour }, // RFC 8446 section 4.6.1: a week at most
} as const satisfies Record<string, Range>;

export const tlsFileLimits = {
  fileBytesMax: 1 * MiB, // a bundle of all public roots is 220 KB
  certificatesMax: 1000, // in one file
  rsaBitsLeast: 2048, // OpenSSL refuses less at its second level of security
  expiresSoonMs: 14 * 24 * hour, // renewals of 90-day certificates come 30 days before: two weeks later something is wrong
  settleMs: 300, // between the last change of a file and reading it: certificate and key are rarely replaced in one step
  lookAgainMs: 60 * second, // for changes that the system does not tell, such as on network file systems
} as const;

/** The same, where nobody has a reason to choose. */
export const pickLimits = {
  ringPointsOfWeight: 160, // of a target, times its weight: shares are then within some 8 % of even (1/sqrt(160))
  ringPointsMax: 1 << 18, // of a ring: weights are scaled down to it; sorting so many takes 0.1 s
  ringStepsMax: 256, // to a target that may take the request, then the least busy one does
  maglevSlots: 65_537, // a prime, 100 times as many as targets as the paper advises for 600
  probesMax: 16, // picks by chance or key that meet a target that may not, before all are looked at
  adaptiveShareLeast: 0.05, // of what the best gets for its weight, for a target that fails: so few show that it has recovered
  latencyRatioMost: 5, // a target counts as no more than so many times as fast or slow as the mean
  gradesKeptMs: 20, // for which targets are not judged anew: a turn of the timers, and nothing against the time of decay
  failureLatencyMs: second, // what a failure counts as, at least: failing fast is no reason to get more
  tokensOfUnknownBody: 1000, // of a body whose length is not declared: a page of text
  tokensMost: 1_000_000, // that a header may claim: larger contexts than any model has
  mirrorReplyBytesMax: 1 * MiB, // read and thrown away so that the connection can be used again
} as const;

export const agentLimits = {
  instances: { least: 1, default: 1, most: 64 },
  callMs: { least: 1, default: 100, most: minute },
  callsInFlightMax: { least: 1, default: 100, most: 10_000 },
  callsQueuedMax: { least: 0, default: 100, most: 100_000 }, // as many as are in flight: the wait is then about one answer long
  connectionsMax: { least: 1, default: 10, most: 1000 },
  connectionIdleMs: { least: 10, default: minute, most: hour },
  protocolVersion: { least: 1, default: 2, most: 2 },
  breakerFailures: { least: 1, default: 5, most: 10_000 },
  breakerSuccesses: { least: 1, default: 2, most: 1000 },
  breakerRecoveryMs: { least: 10, default: 30 * second, most: 24 * hour },
  breakerTrialsMax: { least: 1, default: 1, most: 1000 },
  challengeBits: { least: 1, default: 16, most: 24 }, // 65,000 hashes: 0.1 s of a laptop, some seconds of an old phone
  challengeValidMs: { least: second, default: hour, most: 30 * 24 * hour },
  startupMs: { least: 100, default: 10 * second, most: 10 * minute },
  restartDelayMs: { least: 1, default: 200, most: hour },
  restartDelayMostMs: { least: 1, default: 30 * second, most: 24 * hour },
  restartsMax: { least: 0, default: 10, most: 1_000_000 },
  restartWindowMs: { least: second, default: minute, most: 24 * hour },
  failedRetryMs: { least: second, default: minute, most: 24 * hour }, // nobody is awake at 03:00
  livenessMs: { least: 50, default: 2 * second, most: 10 * minute },
  livenessMissesMax: { least: 1, default: 3, most: 100 },
  memoryBytes: { least: 16 * MiB, default: 512 * MiB, most: 1024 * 1024 * MiB },
} as const satisfies Record<string, Range>;

/** Bodies that are held for agents. */
export const inspectionLimits = {
  bodyBytesMax: { least: 1, default: 1 * MiB, most: 4 * MiB }, // in Base64 within a frame of version 1
  memoryBytesMax: { least: 64 * KiB, default: 256 * MiB, most: 16 * 1024 * MiB },
} as const satisfies Record<string, Range>;

/** Who may ask, and how often. */
export const accessLimits = {
  requestsPerSecond: { least: 1, default: 100, most: 1_000_000 },
  requestsPerMinute: { least: 1, default: 60, most: 60_000_000 },
  burst: { least: 1, default: 1, most: 1_000_000 },
  prefixV4: { least: 8, default: 32, most: 32 },
  prefixV6: { least: 16, default: 64, most: 128 }, // a /64 is the least that a customer is given (RFC 6177)
  delayMs: { least: 0, default: 0, most: minute },
  inFlightMax: { least: 1, default: 1000, most: 1_000_000 },
  preflightMs: { least: 0, default: 10 * minute, most: 24 * hour }, // browsers keep none longer than 2 to 24 hours
  hstsMs: { least: 0, default: 365 * 24 * hour, most: 10 * 365 * 24 * hour }, // a year is what preload lists ask for
} as const satisfies Record<string, Range>;

// ---- the dataplane's fixed bounds

/** What limits, lists and passwords may cost each worker. */
export const guardLimits = {
  bucketsMax: 65_536, // clients counted by one rate limit: 7 MB when full
  bucketsLookedAtMax: 8, // to find the one that matters least when all places are taken
  keyCharactersMax: 64, // of a header or cookie that is counted by; longer ones by their hash
  delayedMax: 1000, // requests that wait for their turn, of one route
  usersMax: 500, // of one users file: beyond, passwords belong elsewhere
  passwordsRunningMax: 2, // checks at once: half of the threads that also read files
  passwordsWaitingMax: 32, // 4 s of checks
  passwordsKnownMax: 1024, // right ones remembered, as keyed hashes
  passwordBytesMax: 1024, // name and password together
  attemptsMax: 10, // wrong passwords of one client in a row
  attemptEveryMs: 10 * second, // and then one each
} as const;

/** What workers tell each other of what they have let through. */
export const sharingLimits = {
  noteTickMsPerWorker: 2.5, // between two notes of a worker: the supervisor passes on at most 400 a second to each worker
  noteEntriesMax: 256, // of one note: 20 KiB with usual names
  noteCharactersMax: 32 * KiB,
  noteDelaySeconds: 1, // what was let through in this time before the others heard of it is owed; on a busy machine notes take 0.1 s
  notesPendingMax: 64, // for a worker that does not read; further ones are lost, and with them some exactness
  memoryKeysMax: 8192, // clients with less than their whole rate, of all limits: 300 KB for the worker that follows
  memoryCharactersMax: 4 * MiB, // of all that a worker hands to it: the standings of 10,000 targets
  memoryMs: 500, // that it waits for it: the other may be busy, or stopped
  untoldKeysMax: 4096, // of one limit: what a note has no room for waits for the next
  keyCharactersMax: 128, // longer than any that a limit counts by
  amountMost: 1e9,
  keysElsewhereMax: 65_536, // of which other workers have told of
  retellMs: 5 * second, // what is held is told again, since a note may have been lost
  heldElsewhereMs: 15 * second, // and counts for so long
  toldFromPart: 1 / 4, // of a worker's even share: who has less is not worth a word
} as const;

/** Files that are served. */
export const fileLimits = {
  smallFileBytesMax: 64 * KiB, // sent in one write with its head, and kept
  keptFilesMax: 1024, // small files in memory, of one route
  keptBytesMax: 16 * MiB, // all of them together
  keptForMs: 1 * second, // until the system is asked again whether a kept file is still the same
  smallReadBytes: 64 * KiB, // one read of a large file
  largeReadBytes: 512 * KiB, // for clients that take it quickly: benchmark static-10m
  largeBuffersMax: 32, // at once, 16 MiB; they may rest with clients that turn out to be slow
  restingBuffersMax: 16, // of each size, for the next download
  quickWithinMs: 1 * second, // a client that took a piece within this time takes quickly
  acceptedEncodingsMax: 16, // of an Accept-Encoding; browsers name four
  entityTagsMax: 64, // of an If-Match or If-None-Match
} as const;

/** One message on the wire. */
export const messageLimits = {
  methodBytesMax: 32, // the longest registered method has 17 (UPDATEREDIRECTREF)
  requestLineBytesMax: 8 * KiB, // RFC 9112 section 3 asks for 8000 at least
  headerLineBytesMax: 16 * KiB, // one header: a large cookie jar is 8 KiB
  connectionOptionsMax: 16, // names in Connection; real ones have one to three, and each is compared with every header
  trailerBytesMax: 8 * KiB, // checksums and status lines, no cookies
  trailerCountMax: 32,
  chunkSizeDigitsMax: 16, // leading zeros included; the number itself stays below 2^53
  chunkExtensionBytesMax: 256, // of one chunk
  chunkExtensionsBytesMax: 8 * KiB, // of one message: nobody uses them, attackers do
  responseHeadBytesMax: 128 * KiB, // an upstream is trusted with more than a client
  responseHeaderLineBytesMax: 64 * KiB, // content security policies grow long
  responseHeaderCountMax: 256,
  interimRepliesMax: 16, // 1xx replies before the final one
} as const;

/** What is read of who a client is and how its request came here. */
export const forwardingLimits = {
  hopsMax: 32, // trusted proxies in a row; a content network and three balancers are five
  requestIdCharactersLeast: 8, // of an id that a trusted proxy gave: shorter ones repeat
  requestIdCharactersMost: 128, // a UUID has 36, the longest in use that we know about 100
  tracestateCharactersMax: 512, // W3C Trace Context section 3.3.1.5 asks to pass on so many
  tracestateMembersMax: 32, // section 3.3.1.1
  ownViaMax: 8, // passages through our kind before it is a loop: edge, region, host and sidecar are four
  clientCertificateCharactersMax: 8 * KiB, // of one in base64, to be told to upstreams: many take no longer line
  certificateNameCharactersMax: 2048, // of a subject or an issuer
  proxyHeaderV1BytesMax: 107, // PROXY protocol, section 2.1: the longest line there can be
  peersKnownMax: 1024, // clients of one port whose lines for upstreams are kept: 0.2 MB
  proxyHeaderV2BytesMax: 4 * KiB, // two socket paths and a client certificate's names are below 2 KiB
} as const;

/** Buffers and queues of one connection. */
export const bufferLimits = {
  clientReadBytes: 64 * KiB, // one read of a client's bytes, all connections of a worker in one buffer
  headBytesKeptMax: 8 * KiB, // of a request's buffer, kept for the next one: larger heads are rare
  upstreamReadBytes: 128 * KiB, // one read of a reply, all connections of a worker in one buffer; 100 KB replies in one read (64 KiB costs them 6 % more CPU)
  upstreamHeadroomBytes: 8 * KiB, // in front of it, so that the rewritten head and the body go out in one write
  headWriterBytes: 160 * KiB, // a reply's head and one read of a chunked body
  departingBytes: 128 * KiB, // what leaves together at the end of a turn of the event loop, all connections of a worker
  departingGuestBytes: 8 * KiB, // a message is put together there if at least so much is free
  departingPieceBytesMax: 16 * KiB, // longer ones are not copied there, and leave at once
  heldBytesMax: 64 * KiB, // received before anyone could take it: pipelined requests, a body without an upstream
  lingerBytesMax: 1 * MiB, // read and thrown away after a refusal, so that the client can read it
  accessLogHeldBytesMax: 8 * MiB, // access lines not yet written
  accessLogBatchBytes: 256 * KiB, // written at once when so many are gathered; each batch wakes another thread, and with 64 KiB a request costs 3 % more
  headsKeptMax: 1024, // parsers kept for reuse
} as const;

/** Times that follow from how the network behaves, not from what the operator wants. */
export const timeLimits = {
  timerTickMs: 20, // the wheel's step: deadlines are kept to within two of them
  lingerMs: 2 * second, // for a client to notice that its request was refused
  freshForUnsafeMs: 1 * second, // a request that must not be sent twice takes no connection that rested longer
  tunnelCloseMs: 2 * second, // for both sides to answer the Close frame that ends a WebSocket
  tunnelHalfClosedMs: 10 * second, // without a byte, after one side of a tunnel has ended
  drainQueueMs: 5 * second, // while draining, for what waits to be accepted, where more and more comes
  drainIdleMs: 1 * second, // while draining, for an idle client's next request before its connection is closed
  accessLogFlushMs: 100,
  logLookMs: second, // whether a log file is to be put aside: it grows past its size by what this brings
  logToldApartMs: 10 * second, // lines dropped because a disk is slow are told no more often
} as const;

/** What is kept and done so that a request can be tried again, and what probes read. */
export const retryLimits = {
  bodyBytesMax: 64 * KiB, // of a request, copied on routes that retry: forms and API calls are smaller
  bodiesBytesMax: 32 * MiB, // of all requests of a worker together: a body that does not fit is sent once
  backoffMsMax: 2 * second, // the longest delay before a retry, however many there were
  budgetWindowMs: 10 * second, // the time whose requests a retry budget is a share of
  budgetFloorRetries: 10, // in each such time, however few requests there are: one a second
  waitingExchangesMax: 1024, // for a connection, per target: more are refused, or the wait would outlast the client
  probeBodyBytesMax: 64 * KiB, // of a probe's reply, to be matched
} as const;

/** Names of targets. */
export const resolveLimits = {
  timeoutMs: 2 * second, // for a name server to answer, in the first try
  triesMax: 2,
  retryMs: 5 * second, // after a lookup that failed
  ttlMsLeast: second, // a time to live of 0 would ask without end
  ttlMsMost: hour, // a mistake in a zone is forgotten after that
  hostsFileMs: 10 * second, // the hosts file says no time to live
  hostsFileBytesMax: 256 * KiB,
  addressesMax: 64, // of one name: more do not fit an answer over UDP
  unreachableRestMs: 10 * second, // an address that did not answer, while its name has others
  startMs: 3 * second, // for the first answers when a worker starts; then it serves with what it has
} as const;

// ---- agents and their protocol

/** The protocol's promise: whoever writes an agent may rely on these, so they do not depend on a configuration. */
export const wireLimits = {
  frameBytesMax: 10 * MiB, // what v1 agents in the field accept and send at most
  frameV2BytesMax: 16 * MiB, // the same of v2 agents; type byte included
  lengthBytes: 4, // the u32 in front of every frame
  headerMutationsMax: 100, // per reply and direction: as many header lines as a request may have by default
  headerNameBytesMax: 256,
  headerValueBytesMax: 16 * KiB, // the longest single header line that the proxy passes on
  redirectUrlBytesMax: 8 * KiB, // the longest request line that the proxy accepts from the client that follows it
  textCharactersMax: 4096, // a reason, a rule id, a tag: they end in log lines
  auditItemsMax: 100, // tags, rule ids, reason codes: each of them
  correlationIdCharactersMax: 256, // a UUID has 36
  routeTagsMax: 32, // that one reply puts on an exchange
  nestingMax: 32, // of lists and objects in one message: deeper ones cost the stack, and nobody writes them
  challengeParamsMax: 32,
  controlListMax: 1000, // names, rules, entries of one control message
  protobufPartsMax: 65_536, // fields of one message over gRPC, nested ones included: a hundred headers are three hundred
} as const;

/** What the proxy's side of the agents may cost. */
export const askingLimits = {
  stepsMax: 32, // filters of a route with an agent
  placesMax: 16_384, // exchanges of which is known which instance of an agent they began at: 2 MB
  largeBodyBytesLeast: 64 * KiB, // of a request whose body is taken for long: the firewall takes 10 to 30 ms for it
  laneBytesMax: 2 * MiB, // of long bodies that one instance is given before others get some, too: half a second
  largeBodiesMax: 1000, // of which is known that they are coming
  laneMs: 30 * second, // a long body that nobody has spoken of since is not coming
  bytesLikeCall: 1 * KiB, // of a body: as much to do as a call without one
  startMs: 5 * second, // for agents to be reached when a worker starts; then it serves, and their failure modes decide
  handshakeMs: second, // for an agent to answer the offer of version 2, before version 1 is tried
  streamChunkBytesMax: 64 * KiB, // one piece of a body in stream mode
  trailMax: 64, // answers that an access line tells of one exchange
  tagsMax: 64, // of one exchange
  challengeCookieCharactersMax: 256,
  lateMax: 4096, // calls given up whose replies may still come, of one connection, and as many that were only told
  timeoutFactorMax: 10, // by which a degraded agent may ask for more time
  pingEveryMs: 10 * second, // and so long for the answer
} as const;

/** The host that every agent of ours is built on, and the proxy's side of a link. */
export const hostLimits = {
  connectionsMax: 4096, // 32 workers with the default 100 calls in flight each, and room
  drainMs: 10 * second, // a handler that still runs then has long missed the proxy's deadline
  drainPongMs: second, // for a proxy to say that it has read that the agent drains
  callMs: minute, // of a handler: longer than any deadline that a proxy may be told
  callSweepMs: 250, // how often handlers over it are looked for
  callsInFlightMax: 10_000, // of one connection: as many as a proxy may be told to make
  firstBytesMs: 10 * second, // for a connection to say which version it speaks
  healthEveryMs: 10 * second, // as agents in the field report
  bodyBytesMax: 10 * MiB, // of a chunk, told to the proxy
  chunkBytes: 64 * KiB, // the size that the host prefers, told to the proxy
  batchBytes: 64 * KiB, // of the buffer that gathers the frames of one turn, kept for the next one
  metricsMax: 1000, // names that one agent counts
  linkOpeningMs: 10 * second, // to connect and take a configuration, which may be a list of a million entries
  reconnectFirstMs: 50, // trying a Unix socket costs microseconds
  reconnectMostMs: second,
} as const;

export const denylistLimits = {
  entriesMax: 1_000_000, // of paths and of networks
  patternsMax: 500, // tried one by one, at 0.5 us each (measured on a target of 60 bytes)
  userAgentsMax: 1000,
  userAgentCharactersMax: 256, // what a client calls itself is rarely longer
  textCharactersMax: 4096,
  problemsShownMax: 100,
  filesMax: 64,
  fileBytesMax: 128 * MiB, // a million entries of a hundred bytes
  turnLinesMax: 10_000, // of a file, taken before other work has its turn: 2 to 10 ms
  settleMs: 400, // between two looks at a file; a changed one that is the same at both is read
} as const;

export const chaosLimits = {
  faultsMax: 100,
  matchersMax: 100, // of one fault
  latencyMs: { least: 0, default: 100, most: 30 * second }, // longer than any patience
  lifetimeMs: { least: second, default: hour, most: 24 * hour }, // chaos that was forgotten ends by itself
  delayedMax: 10_000, // calls held back at once; further ones pass
} as const;

// ---- the supervisor

export const supervisorLimits = {
  failureCharactersMax: 4000, // of what a child says about why it cannot start: some problems with their places
  lineCharactersMax: 16_384, // of a child's output; an access line with long headers is under 8 K
  keptLinesMax: 500, // per child: enough for `logs` and a stack trace; at most 1 MB with lines of the longest
  keptCharactersMax: 2000, // per kept line
  pendingBytesMax: 4 * MiB, // lines that nobody reads are dropped past this, and counted
  reportCharactersMax: 4 * MiB, // what a child may say of itself when asked: the figures of 10,000 routes
  workerStartupMs: 10 * second, // on a busy machine loading takes about one second
  readCodeMs: 30 * second, // behind everything else, of a program whose code is read for the next start
  agentDrainMaxMs: 5 * second, // when nobody can ask agents any more, what is left is closing files
  drainMarginMs: second, // a worker ends its drain by itself; only one that does not is told by signals
  afterTermMs: 2 * second, // for what a program does after its work is done: close files, say goodbye
  livenessMs: 2 * second, // of workers: a shift of the event loop that nobody would call serving
  livenessMissesMax: 3,
  sampleMs: 2 * second, // memory and CPU of children: two small files read for each
  filesLookedAtMs: 500, // a change is taken when it is the same at two looks
  logRetryMs: 5 * second, // a disk that is full is not asked for each line
  orphansKeptMs: second, // between two words to them that somebody starts in their supervisor's place
  steeredMs: second, // new connections go to ours before what a killed supervisor left ends: one repeated packet of a handshake
  offerMs: second, // for a program that is not ours to answer the offer of version 2; then it speaks version 1
  healthWordMs: 200, // and to say a word about its health
  greetingBytesMax: 64 * KiB, // of one frame until then
  reportMs: second, // for children to say how they are
} as const;

// ---- figures, and the admin side that shows them

export const figureLimits = {
  familiesMax: 500, // of one process; the proxy has some sixty
  boundsMax: 100, // of one histogram
  textCharactersMax: 1024, // of a help text or a label's value: names of the configuration are shorter
  keptRowsMax: 100_000, // of processes that have ended: past it, those of names that are gone are forgotten
  freshMs: 250, // figures this old are given out again: a scraper that asks in a loop costs the workers nothing more
  answerTimeFactor: 10, // or as old as so many times what the last answer took to make
  readinessMs: second, // likewise, for whoever asks whether the stack is ready
  pollMs: 5 * second, // so much counting is lost with a worker that is killed
  pollPerCharacterMs: 0.05, // and so much longer for each character of what a worker says (20 ns each): at most 0.1 % of its time
  asksMax: 64, // questions of one child that wait for their answer
  askMs: 3 * second, // the supervisor answers from what it knows after one second at the latest
  answerCharactersMax: 32 * MiB, // the figures of 10,000 routes as text
} as const;

export const adminLimits = {
  connectionsMax: 64, // of each worker: a scraper or two, a load balancer's checks, a few people
  streamsMax: 16, // open pages, of each worker
  streamEveryMs: second, // what a page is told
  streamBytesMax: MiB, // that wait for a page which does not read: then it is cut
  eventsMax: 200, // recent events that are kept
  eventCharactersMax: 2000,
  historyMax: 120, // points of the recent past: ten minutes
  refusalsMax: 20, // of each worker: a sample of what was refused of late
  refusalEveryMs: 250, // between two of the sample
  refusalCharactersMax: 200, // of a path that a client chose
  rowsAtOnce: 500, // of a report, before the event loop is let in: under a millisecond
  rowsShownMax: 100, // of each table of the page, the busiest
  closeMs: second, // for answers that are under way when the worker ends
} as const;

// ---- log files

export const logLimits = {
  fileBytes: { least: 0, default: 100 * MiB, most: 10 * 1024 * MiB },
  fileAgeMs: { least: 0, default: 0, most: 366 * 24 * 60 * minute },
  files: { least: 0, default: 5, most: 100 },
} as const satisfies Readonly<Record<string, Range>>;

// ---- the control socket

export const controlLimits = {
  connectionsMax: 64, // a person or two, a script, a page
  followersMax: 16, // of lines, at once
  followerPendingBytesMax: MiB, // lines that a follower does not read are dropped past this, and counted
  headerBytesMax: 8 * 1024, // no request of ours has more than a long query
  queryValuesMax: 64, // names of children
  answerMs: 5 * second, // for a client: who takes longer to say how it is does not answer at all
  linesMost: 100_000, // asked for at once; there are never more, so this only keeps numbers sane
  briefsApartMs: 250, // two looks make a rate; closer together it is noise
  briefsStaleMs: 15 * second, // a look that is older makes a rate of a time that nobody asked for
  lastAnswersMs: second, // for answers that are on their way when the stack ends
} as const;

// ---- the system

export const systemLimits = {
  turnedAwayLineMs: second, // between two lines about connections that were closed at a bound
  unixPathBytesMax: 107, // sockaddr_un.sun_path holds 108 bytes with its final NUL (unix(7))
  acceptQueueMax: 4096, // connections that wait in the kernel for a worker: as many as Linux allows (net.core.somaxconn)
  givenSocketsMax: 1024, // by socket activation: as many descriptors as a process usually may have
} as const;

type Ranges<T> = Readonly<Record<keyof T, Range>>;

/** All bounds together, as numbers: what the relations are asserted of. */
export interface Bounds {
  readonly configurationLimits: Readonly<Record<keyof typeof configurationLimits, number>>;
  readonly proxyLimits: Ranges<typeof proxyLimits>;
  readonly upstreamLimits: Ranges<typeof upstreamLimits>;
  readonly agentLimits: Ranges<typeof agentLimits>;
}

export function assertRelations({
  configurationLimits: files,
  proxyLimits: proxy,
  upstreamLimits: upstream,
  agentLimits: agent,
}: Bounds): void {
  for (const [name, range] of [proxy, upstream, agent].flatMap((group) => Object.entries(group))) {
    assert(
      range.least <= range.default && range.default <= range.most,
      `the default of ${name} lies within its bounds`,
    );
  }
  assert(files.fileBytesMax <= files.totalBytesMax); // one file of the largest size is allowed
  assert(files.problemsShownMax <= files.problemsKeptMax); // what is shown has been kept
  assert(proxy.connectionsPerClientMax.default <= proxy.connectionsMax.default); // one client cannot take all
  assert(proxy.tunnelsMax.default < proxy.connectionsMax.default); // tunnels leave places for requests
  assert(proxy.tunnelIdleMs.default < proxy.tunnelLifetimeMs.default); // a quiet tunnel ends for being quiet
  assert(upstream.connectMs.default < proxy.exchangeMs.default); // a dead target leaves time for another
  assert(upstream.healthTimeoutMs.default < upstream.healthIntervalMs.default); // probes of one target do not overlap
  assert(upstream.ejectionMs.default < upstream.ejectionMsMost.default); // ejections can grow
  assert(upstream.openConnectionsMax.default >= proxy.exchangesInFlightMax.default); // nobody waits unless told to
  assert(upstream.pooledIdleMs.default < proxy.keepaliveMs.default); // behind another of our kind, the pool lets go first
  assert(agent.callMs.default < proxy.exchangeMs.default); // an agent never decides how long an exchange takes
  assert(agent.restartDelayMs.default < agent.restartDelayMostMs.default); // a delay can grow
}

for (const [name, { least, default: usual, most }] of Object.entries(accessLimits))
  assert(least <= usual && usual <= most, `the default of ${name} lies within its bounds`);

for (const [name, { least, default: usual, most }] of Object.entries(inspectionLimits))
  assert(least <= usual && usual <= most, `the default of ${name} lies within its bounds`);

assertRelations({ configurationLimits, proxyLimits, upstreamLimits, agentLimits });

assert(messageLimits.methodBytesMax < messageLimits.requestLineBytesMax);
assert(messageLimits.headerLineBytesMax <= proxyLimits.headerBytesMax.default); // the line is what is answered for
assert(bufferLimits.heldBytesMax >= messageLimits.requestLineBytesMax + proxyLimits.headerBytesMax.default); // a usual head fits
assert(bufferLimits.headWriterBytes > bufferLimits.upstreamReadBytes + messageLimits.trailerBytesMax); // a read, re-framed, fits
assert(bufferLimits.departingPieceBytesMax <= bufferLimits.departingBytes);
assert(bufferLimits.departingBytes <= bufferLimits.headWriterBytes); // what moves out of there keeps its place
assert(bufferLimits.accessLogBatchBytes < bufferLimits.accessLogHeldBytesMax); // a batch is written before lines are dropped
assert(guardLimits.keyCharactersMax < sharingLimits.keyCharactersMax); // what is counted by can be told
assert(fileLimits.smallReadBytes < fileLimits.largeReadBytes); // they are told apart by it
assert(fileLimits.smallFileBytesMax < bufferLimits.headWriterBytes); // a small file goes out in one write with its head
assert(fileLimits.smallFileBytesMax <= fileLimits.keptBytesMax); // any small file can be kept
assert(2 * timeLimits.timerTickMs < proxyLimits.headerMs.least); // the wheel can keep the shortest deadline of a head
assert(wireLimits.frameBytesMax < 2 ** (8 * wireLimits.lengthBytes)); // every allowed length can be written
assert(2 * wireLimits.headerMutationsMax * wireLimits.headerValueBytesMax < wireLimits.frameBytesMax); // the largest reply fits a frame
assert((inspectionLimits.bodyBytesMax.most * 4) / 3 + 64 * KiB < wireLimits.frameBytesMax); // the longest body held fits a frame of version 1, in Base64
assert(inspectionLimits.bodyBytesMax.default < inspectionLimits.memoryBytesMax.default); // one body cannot take all
assert(retryLimits.bodyBytesMax < retryLimits.bodiesBytesMax);
assert(retryLimits.bodyBytesMax < bufferLimits.headWriterBytes); // head and body go out in one write
assert(askingLimits.startMs < supervisorLimits.workerStartupMs); // a mute agent does not keep a worker from starting
assert(resolveLimits.startMs < supervisorLimits.workerStartupMs); // silent name servers do not keep a worker from starting
assert(supervisorLimits.keptCharactersMax <= supervisorLimits.lineCharactersMax); // what is kept of a line has been read
