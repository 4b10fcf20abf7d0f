// Everything that is known about one transaction, all fields declared. The driver (transaction.ts) fills in what arrives,
// the evaluator (evaluate.ts) what rules do; variables.ts reads all of it. A mutable record on purpose: rules change it
// at every step. It refuses to decide anything.

import type { AuditMode, CompiledTarget, EngineMode, Link, Phase, Rule, RuleSet } from '../compile/rule-set.ts';
import { Bag, type Item } from './item.ts';
import type { CollectionStore, PersistentRecord } from './persistent.ts';
import type { Pair, RequestFacts, ResponseHead } from './request.ts';
import type { Trace } from './trace.ts';
import { txSlotsOf } from './tx-slots.ts';

export interface Connection {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
}

export interface UploadedFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: string;
}

/** What reading a request body has found; empty before it is read. */
export interface BodyFindings {
  readonly args: readonly Pair[];
  readonly files: readonly UploadedFile[];
  readonly partHeaders: readonly Pair[]; // name of the part, whole header line
  readonly flags: Readonly<Record<string, boolean>>; // `MULTIPART_LF_LINE`, `URLENCODED_ERROR` …
  readonly error: string | undefined; // of the processor
  readonly xml: ((path: string) => readonly string[]) | undefined;
}

export const nothingFound: BodyFindings = {
  args: [],
  files: [],
  partHeaders: [],
  flags: {},
  error: undefined,
  xml: undefined,
};

/**
 * A rule matched a value, with everything a log line needs. What may be another text later is expanded when it happens;
 * the sentence about it (`matchSentence`) is written when somebody reads it, since a hostile body matches thousands of times.
 */
export interface Alert {
  readonly rule: Rule;
  readonly link: Link; // the last of the rule
  readonly phase: Phase;
  readonly action: string; // `Warning.`, `Access denied with code 403 (phase 2).`
  readonly where: string | undefined; // `ARGS:x`
  readonly detail: string; // what the sentence says beside that: the operator's argument or what it found, escaped
  readonly message: string | undefined;
  readonly data: string | undefined;
  readonly tags: readonly string[];
  readonly isLogged: boolean;
  readonly isAudited: boolean;
}

export type InterruptionKind = 'deny' | 'drop' | 'redirect';

export interface Interruption {
  readonly kind: InterruptionKind;
  readonly status: number;
  readonly location: string | undefined;
  readonly ruleId: number | undefined; // undefined: a limit, no rule
  readonly phase: Phase;
  readonly reason: string;
}

export interface Sanitation {
  readonly what: 'arg' | 'request-header' | 'response-header' | 'value';
  readonly name: string;
}

export interface TargetRemoval {
  readonly appliesTo: (rule: Rule) => boolean;
  readonly target: CompiledTarget;
}

export interface TransactionState {
  readonly ruleSet: RuleSet;
  readonly connection: Connection;
  readonly uniqueId: string;
  readonly startedAtMs: number;
  nowMs: number; // when the current phase began; the caller's clock
  readonly store: CollectionStore;
  readonly environment: Map<string, string>;
  readonly trace: Trace | undefined;
  readonly isPlain: boolean; // every rule is run in turn, as the reference for what is faster

  judgement: object | undefined; // of the fast evaluator, which alone knows what it is

  // what arrived
  request: RequestFacts | undefined;
  queryArgs: readonly Pair[];
  hasBadQueryEncoding: boolean;
  bodyPieces: string[];
  bodyBytes: number;
  isBodyExpected: boolean;
  isBodyCut: boolean; // INBOUND_DATA_ERROR
  bodyText: string | undefined; // REQUEST_BODY, where it may be seen
  bodyError: string | undefined; // REQBODY_ERROR_MSG
  body: BodyFindings;
  response: ResponseHead | undefined;
  responseHeaders: readonly Pair[];
  responsePieces: string[];
  responseBytes: number;
  responseText: string | undefined;
  isResponseCut: boolean;

  // what ctl may change
  engine: EngineMode;
  auditMode: AuditMode;
  auditParts: string;
  isRequestBodyRead: boolean;
  isResponseBodyRead: boolean;
  isRequestBodyForced: boolean;
  requestProcessor: string; // `URLENCODED`, '' for none
  requestBytesMax: number;
  responseBytesMax: number;
  readonly ruleRemovals: Set<(rule: Rule) => boolean>;
  readonly targetRemovals: Set<TargetRemoval>;

  // what rules did
  phase: Phase;
  readonly tx: Bag;
  readonly records: Map<string, PersistentRecord>; // by collection: `IP`
  readonly changedRecords: Set<PersistentRecord>;
  sessionId: string;
  userId: string;
  currentRule: Rule | undefined;
  matched: Item | undefined; // MATCHED_VAR
  matchedInChain: Item[]; // MATCHED_VARS
  highestSeverity: number;
  allowed: 'transaction' | 'request' | undefined;
  isPhaseAllowed: boolean; // the rest of this phase is let pass
  interruption: Interruption | undefined;
  readonly alerts: Alert[];
  alertsLost: number; // past the bound
  readonly matchedRules: Rule[]; // each once, as they matched
  isRelevant: boolean; // an audited rule matched
  readonly sanitations: Sanitation[];
  readonly work: WorkAccount;
}

/** In units, as work.ts counts them. */
export interface WorkAccount {
  budget: number;
  spent: number; // up to the end of the last phase
  unfinished: string | undefined; // it was spent before every rule was asked: what to say of it
}

export interface StateOptions {
  readonly connection: Connection;
  readonly uniqueId: string;
  readonly startedAtMs: number;
  readonly store: CollectionStore;
  readonly environment?: Readonly<Record<string, string>>;
  readonly trace?: Trace;
  readonly isPlain?: boolean;
}

export function newState(ruleSet: RuleSet, options: StateOptions): TransactionState {
  return {
    ruleSet,
    connection: options.connection,
    uniqueId: options.uniqueId,
    startedAtMs: options.startedAtMs,
    nowMs: options.startedAtMs,
    store: options.store,
    environment: new Map(Object.entries(options.environment ?? {})),
    trace: options.trace,
    isPlain: options.isPlain === true,
    judgement: undefined,
    request: undefined,
    queryArgs: [],
    hasBadQueryEncoding: false,
    bodyPieces: [],
    bodyBytes: 0,
    isBodyExpected: false,
    isBodyCut: false,
    bodyText: undefined,
    bodyError: undefined,
    body: nothingFound,
    response: undefined,
    responseHeaders: [],
    responsePieces: [],
    responseBytes: 0,
    responseText: undefined,
    isResponseCut: false,
    engine: ruleSet.settings.engine,
    auditMode: ruleSet.settings.audit.mode,
    auditParts: ruleSet.settings.audit.parts,
    isRequestBodyRead: ruleSet.settings.requestBodyAccess,
    isResponseBodyRead: ruleSet.settings.responseBodyAccess,
    isRequestBodyForced: false,
    requestProcessor: '',
    requestBytesMax: ruleSet.settings.requestBodyBytesMax,
    responseBytesMax: ruleSet.settings.responseBodyBytesMax,
    ruleRemovals: new Set(),
    targetRemovals: new Set(),
    phase: 1,
    tx: new Bag(txSlotsOf(ruleSet)),
    records: new Map(),
    changedRecords: new Set(),
    sessionId: '',
    userId: '',
    currentRule: undefined,
    matched: undefined,
    matchedInChain: [],
    highestSeverity: noSeverity,
    allowed: undefined,
    isPhaseAllowed: false,
    interruption: undefined,
    alerts: [],
    alertsLost: 0,
    matchedRules: [],
    isRelevant: false,
    sanitations: [],
    work: { budget: ruleSet.settings.workBudget, spent: 0, unfinished: undefined },
  };
}

const noSeverity = 255; // HIGHEST_SEVERITY before any rule with a severity has matched
