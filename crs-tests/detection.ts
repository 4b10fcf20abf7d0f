// Attacks caught by level: the requests of a corpus of tests that expect some detection, scored by any rules. A rule set
// need not have the ids that the tests name, so one can be measured by another's tests. Half of the tests, those with even
// numbers, are counted apart: who writes rules looks at the odd ones only, and the even ones tell what that was worth.

import type { RuleSet } from '#waf';
import type { Case } from './case.ts';
import { blockingLevel, type Level, levels, matchesIn } from './score.ts';
import { runStage } from './target-engine.ts';

export interface Detected {
  readonly id: string;
  readonly category: string; // the first three digits of the rule that the test was written for
  readonly isHeldOut: boolean;
  readonly level: Level | undefined; // the lowest that refuses it
}

export function isAttack({ stages }: Case): boolean {
  return stages.some(({ expected }) => expected.ids.length > 0);
}

export function detect(ruleSet: RuleSet, test: Case, nowMs: number): Detected {
  const found = test.stages.flatMap((stage) => {
    const { refusal, outcome } = runStage(ruleSet, stage, nowMs, false);
    return refusal === undefined ? (blockingLevel(matchesIn(outcome.log)) ?? []) : 1; // the server before the rules
  });
  return {
    id: test.id,
    category: test.id.slice(0, 3),
    isHeldOut: test.testId % 2 === 0,
    level: found.toSorted((one, other) => one - other)[0],
  };
}

/** Of a hundred; of none it is undefined. */
export function shareAt(level: Level, found: readonly Detected[]): number | undefined {
  if (found.length === 0) return undefined;
  const caught = found.filter((one) => one.level !== undefined && one.level <= level);
  return (100 * caught.length) / found.length;
}

export function detectionPage(found: readonly Detected[], rules: string): string {
  const groups = Map.groupBy(found, ({ category }) => category);
  const rows = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, of]) => row(name, of));
  const heldOut = found.filter(({ isHeldOut }) => isHeldOut);
  return [
    `Attacks that ${rules} refuses, of ${found.length} tests that expect a detection, in percent by paranoia level`,
    '',
    '| Tests for | Attacks | 1 | 2 | 3 | 4 |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows,
    row('**all**', found),
    row('even numbers only', heldOut),
    '',
  ].join('\n');
}

function row(name: string, found: readonly Detected[]): string {
  const shares = levels.map((level) => shareAt(level, found)?.toFixed(1) ?? '');
  return `| ${name} | ${found.length} | ${shares.join(' | ')} |`;
}
