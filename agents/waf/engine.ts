// The door of the WAF engine, `#waf`: rules in, a verdict about each transaction out. A library without sockets and
// clock, and without disk but for `readRules`: texts of rule files, bytes, times and random ids are handed in. What is behind it may change its shape; what
// is declared here is what the agent, the regression runner and the tests hold on to.

import { readdir } from 'node:fs/promises';
import { compileSteps } from './compile/compile.ts';
import type { RuleFiles } from './compile/expand.ts';
import { type LoadedFiles, loadRuleFiles } from './compile/load.ts';
import type { RuleSet } from './compile/rule-set.ts';
import { atOnce, inSlices } from './compile/slices.ts';
import type { RuleFile, RuleProblem } from './lang/rule-file.ts';
import { planBeside, planSteps } from './plan/plan.ts';
import { type FolderPaths, folderPaths } from './rule-places.ts';
import { jsonRecord } from './run/audit-json.ts';
import { nativeRecord } from './run/audit-native.ts';
import { auditRecord, isAudited } from './run/audit-record.ts';
import { type Explanation, explain } from './run/explanation.ts';
import { RuleFault } from './run/fault.ts';
import { logLines } from './run/log-line.ts';
import { type CollectionStore, memoryStore } from './run/persistent.ts';
import type { Connection } from './run/state.ts';
import { Trace } from './run/trace.ts';
import { Transaction } from './run/transaction.ts';

export type { RuleFiles } from './compile/expand.ts';
export type { Rule, RuleSet } from './compile/rule-set.ts';
export type { RuleFile, RuleProblem } from './lang/rule-file.ts';
export type { FolderPaths } from './rule-places.ts';
export type { Explanation } from './run/explanation.ts';
export type { CollectionStore, MemoryStore, StoredRecord } from './run/persistent.ts';
export type { RequestHead, ResponseHead } from './run/request.ts';
export type { Alert, Connection } from './run/state.ts';
export type { TraceEvent } from './run/trace.ts';
export type { Transaction } from './run/transaction.ts';
export type { Verdict } from './run/verdict.ts';

export type Loaded =
  | { readonly ruleSet: RuleSet; readonly warnings: readonly RuleProblem[] }
  | { readonly problems: readonly RuleProblem[] };

/** Files by path or pattern from the disk, with all that they include and name: what `loadRules` takes. */
export function readRules(patterns: readonly string[]): Promise<LoadedFiles> {
  return loadRuleFiles(patterns);
}

/** Of a folder: the files of its setup and its rules, in the order in which they apply. Rejects if it cannot be read. */
export async function rulePathsOf(folder: string): Promise<FolderPaths> {
  await readdir(folder);
  return folderPaths(folder);
}

/** All files in the order in which they apply, or everything that is wrong with them. Costs a second with all of CRS. */
export function loadRules(files: readonly RuleFile[], data: RuleFiles): Loaded {
  return atOnce(loadingSteps(files, data));
}

/** The same, a few milliseconds at a time: for whoever serves with one set while another is loaded. */
export function loadRulesInSlices(files: readonly RuleFile[], data: RuleFiles): Promise<Loaded> {
  return inSlices(loadingSteps(files, data));
}

/** Without what makes many requests quick: for who has none, or sees to that with `planRules`. */
export function loadRulesUnplanned(files: readonly RuleFile[], data: RuleFiles): Promise<Loaded> {
  return inSlices(compileSteps(files, data));
}

/**
 * What makes requests quick, beside the first of them, which are judged by every rule in turn: the same verdicts, later.
 * `onLoad`: they are too many for that, and should wait for it.
 */
export function planRules(ruleSet: RuleSet, onLoad: () => void): Promise<void> {
  return planBeside(ruleSet, onLoad);
}

function* loadingSteps(files: readonly RuleFile[], data: RuleFiles): Generator<void, Loaded> {
  const compiled = yield* compileSteps(files, data);
  if ('ruleSet' in compiled) yield* planSteps(compiled.ruleSet);
  return compiled;
}

export interface TransactionOptions {
  readonly connection: Connection;
  readonly uniqueId: string; // UNIQUE_ID; sampling draws its lots from it
  readonly startedAtMs: number;
  readonly store?: CollectionStore; // one for all transactions that share counters
  readonly environment?: Readonly<Record<string, string>>; // ENV
  readonly explains?: boolean; // keeps what was run, for `explanationOf`
  readonly isPlain?: boolean; // by the plain evaluator, which the fast one is compared with
}

export function beginTransaction(ruleSet: RuleSet, options: TransactionOptions): Transaction {
  const { explains, store, ...rest } = options;
  return new Transaction(ruleSet, {
    ...rest,
    store: store ?? memoryStore(),
    ...(explains === true ? { trace: new Trace() } : {}),
  });
}

/** Where persistent collections live; collections-file.ts keeps them on a disk. */
export const newStore = memoryStore;

/** The lines for the error log, once the transaction has ended. */
export const logLinesOf = ({ state }: Transaction): readonly string[] => logLines(state);

/** What was seen, what ran, what matched, how the score grew; only what was seen unless more was asked for at first. */
export const explanationOf = ({ state }: Transaction): Explanation => explain(state);

/** Thrown by the steps of a transaction when a rule could not be evaluated: a mistake of ours, with the rule's id. */
export const isRuleFault = (error: unknown): error is RuleFault => error instanceof RuleFault;

/** The audit record, in the format of the settings; undefined where the settings want none of this transaction. */
export function auditTextOf({ state }: Transaction, status: number, boundary: string): string | undefined {
  if (!isAudited(state, status)) return undefined;
  const record = auditRecord(state, status);
  return state.ruleSet.settings.audit.format === 'json' ? jsonRecord(record) : nativeRecord(record, boundary);
}
