// Which tests are run: go-ftw's include and exclude expressions on test ids, its tags, and its overrides, which replace
// what a platform cannot do as the test expects. Written by the person who runs the tests, so the built-in expressions do.

import { parse } from 'yaml';
import type { Case, Expected } from './case.ts';

export interface Selection {
  readonly include: RegExp | undefined;
  readonly exclude: RegExp | undefined;
  readonly includeTags: RegExp | undefined;
}

export function isSelected({ include, exclude, includeTags }: Selection, { id, tags }: Case): boolean {
  if (include !== undefined && !include.test(id)) return false;
  if (exclude?.test(id) === true) return false;
  return includeTags === undefined || tags.some((tag) => includeTags.test(tag));
}

/** One entry of a file of overrides. Without `output` the test passes, whatever happens. */
export interface Override {
  readonly ruleId: number;
  readonly testIds: readonly number[];
  readonly reason: string;
  readonly output: OverriddenOutput | undefined;
}

interface OverriddenOutput {
  readonly status?: string;
  readonly expect_error?: string;
  readonly log?: {
    readonly expect_ids?: readonly string[];
    readonly no_expect_ids?: readonly string[];
    readonly match_regex?: string;
    readonly no_match_regex?: string;
  };
}

export function readOverrides(text: string): readonly Override[] | { readonly problem: string } {
  let root: unknown;
  try {
    root = parse(text, { schema: 'failsafe' });
  } catch (error) {
    return { problem: (error as Error).message.split('\n', 1)[0] ?? '' };
  }
  const entries = (root as { test_overrides?: unknown } | null)?.test_overrides;
  if (!Array.isArray(entries)) return { problem: 'there is no list test_overrides' };
  return entries.map((entry: Record<string, unknown>) => ({
    ruleId: Number(entry['rule_id']),
    testIds: Array.isArray(entry['test_ids']) ? entry['test_ids'].map(Number) : [],
    reason: String(entry['reason'] ?? ''),
    output: typeof entry['output'] === 'object' ? (entry['output'] as OverriddenOutput) : undefined,
  }));
}

/** The override of a test: for all of its rule's tests where it names none. */
export const overrideOf = (overrides: readonly Override[], test: Case): Override | undefined =>
  overrides.find(
    ({ ruleId, testIds }) => ruleId === test.ruleId && (testIds.length === 0 || testIds.includes(test.testId)),
  );

/** What is expected now: the override replaces all of it, as go-ftw does. */
export function overridden({ output }: Override): Expected {
  const log = output?.log ?? {};
  return {
    status: output?.status === undefined ? undefined : Number(output.status),
    expectsError: output?.expect_error === undefined ? undefined : output.expect_error === 'true',
    retriesOnce: false,
    responseContains: undefined,
    ids: (log.expect_ids ?? []).map(Number),
    absentIds: (log.no_expect_ids ?? []).map(Number),
    isIsolated: false,
    matches: log.match_regex,
    matchesNot: log.no_match_regex,
  };
}
