// Rules that count in a collection which outlives a request, where several processes of the firewall share the requests:
// each process counts those that it was asked about, so a bound of 10 may be met at 11, or at 20. It is said with the place
// of the first such rule. It refuses to judge the rest of a set.

import type { Rule, RuleFile, RuleProblem, RuleSet } from './engine.ts';
import { makeRuleSource, problemAt } from './lang/rule-file.ts';

const outliving: ReadonlySet<string> = new Set(['GLOBAL', 'IP', 'SESSION', 'USER', 'RESOURCE']);

export function countedApart(
  { phases }: RuleSet,
  sources: readonly RuleFile[],
  processes: number,
): readonly RuleProblem[] {
  if (processes < 2) return [];
  const counting = phases
    .flat()
    .flatMap((step) => (step.kind === 'rule' && countsIn(step) !== undefined ? [step] : []));
  const [first] = counting;
  const source = sources.find(({ file }) => file === first?.place.file);
  if (first === undefined || source === undefined) return [];
  const others = counting.length === 1 ? '' : ` (and ${counting.length - 1} more)`;
  const what = `rule ${first.id}${others} keeps something in ${countsIn(first)}: each of the ${processes} processes of the firewall has its own`;
  const hint = 'a bound may be met that much later; `instances 1` counts together';
  return [problemAt(makeRuleSource(source), first.place, 'rule-counts-apart', what, { hint, severity: 'warning' })];
}

/** `initcol` alone keeps nothing: CRS opens records that none of its own rules write to. */
function countsIn({ links }: Rule): string | undefined {
  for (const { effects } of links) {
    for (const effect of effects) {
      const keeps = effect.kind === 'setvar' || effect.kind === 'deprecatevar';
      if (keeps && outliving.has(effect.collection.toUpperCase())) return effect.collection.toUpperCase();
    }
  }
  return undefined;
}
