// Which tests are run: go-ftw's include and exclude expressions on test ids, its tags, and its overrides, which replace
// what a platform cannot do as the test expects. Written by the person who runs the tests, so the built-in expressions do.

import { parse } from 'yaml';
import { z } from 'zod';
import type { Case, Expected, Stage } from './case.ts';

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
  readonly testIds: readonly number[]; // none: all of the rule
  readonly stageIds: readonly number[]; // from 1; none: all of the test
  readonly reason: string;
  readonly retriesOnce: boolean;
  readonly output: OverriddenOutput | undefined;
}

export type OverriddenOutput = z.output<typeof outputSchema>;

// Every scalar is a text (the failsafe schema of YAML).
const id = z
  .string()
  .regex(/^\d{1,9}$/, 'a number is expected')
  .transform(Number);
const flag = z.enum(['true', 'false']).transform((word) => word === 'true');
const outputSchema = z.strictObject({
  status: id.optional(),
  expect_error: flag.optional(),
  isolated: flag.optional(),
  retry_once: flag.optional(),
  response_contains: z.string().optional(),
  log_contains: z.string().optional(),
  no_log_contains: z.string().optional(),
  log: z
    .strictObject({
      expect_ids: z.array(id).optional(),
      no_expect_ids: z.array(id).optional(),
      match_regex: z.string().optional(),
      no_match_regex: z.string().optional(),
    })
    .optional(),
});
const overrideSchema = z.strictObject({
  rule_id: id,
  test_ids: z.array(id).default([]),
  stage_ids: z.array(id).default([]),
  reason: z.string().default(''),
  retry_once: flag.default(false),
  output: outputSchema.optional(),
});
const fileSchema = z.looseObject({ test_overrides: z.array(overrideSchema) });

export function readOverrides(text: string): readonly Override[] | { readonly problem: string } {
  let root: unknown;
  try {
    root = parse(text, { schema: 'failsafe' });
  } catch (error) {
    return { problem: (error as Error).message.split('\n', 1)[0] ?? '' };
  }
  if (!Array.isArray((root as { test_overrides?: unknown } | null)?.test_overrides))
    return { problem: 'there is no list test_overrides' };
  const read = fileSchema.safeParse(root);
  if (!read.success) {
    const [{ path, message } = { path: [], message: '' }] = read.error.issues;
    return { problem: `${path.join('.')}: ${message}` };
  }
  return read.data.test_overrides.map((entry) => ({
    ruleId: entry.rule_id,
    testIds: entry.test_ids,
    stageIds: entry.stage_ids,
    reason: entry.reason,
    retriesOnce: entry.retry_once,
    output: entry.output,
  }));
}

/** A stage as it is run: what an override says replaces all that it expects, as in go-ftw. */
export function stageAsOverridden(overrides: readonly Override[], test: Case, index: number, stage: Stage): Stage {
  const override = overrides.find(
    ({ ruleId, testIds, stageIds }) =>
      ruleId === test.ruleId &&
      (testIds.length === 0 || testIds.includes(test.testId)) &&
      (stageIds.length === 0 || stageIds.includes(index + 1)),
  );
  return override === undefined ? stage : { ...stage, expected: overridden(override) };
}

export function overridden({ output = {}, retriesOnce }: Override): Expected {
  const { log = {} } = output;
  return {
    status: output.status,
    expectsError: output.expect_error,
    retriesOnce: retriesOnce || output.retry_once === true,
    responseContains: output.response_contains,
    ids: log.expect_ids ?? [],
    absentIds: log.no_expect_ids ?? [],
    isIsolated: output.isolated === true,
    matches: log.match_regex ?? output.log_contains,
    matchesNot: log.no_match_regex ?? output.no_log_contains,
  };
}

/** Whether an override lets the test pass whatever happens. */
export const isForced = (overrides: readonly Override[], test: Case): boolean =>
  overrides.some(
    ({ ruleId, testIds, output }) =>
      output === undefined && ruleId === test.ruleId && (testIds.length === 0 || testIds.includes(test.testId)),
  );
