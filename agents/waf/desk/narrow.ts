// The narrowest exclusion with which one request passes, found by trying: the targets of what was found first; what comes
// to light behind them in further rounds; a whole rule only where taking its target away does not help, as for values that
// rules make themselves. The shaping decision: the engine itself is asked each time, so what is proposed has been seen to
// work, or is said not to.

import { wafStoreLimits } from '#config/limits-waf-agent';
import type { RuleSet } from '../engine.ts';
import type { StoredRequest } from '../store/stored-request.ts';
import { type Culprit, culpritsOf } from './culprits.ts';
import { type Evaluated, evaluate } from './evaluate.ts';
import { type Excluded, exclusionText, normalisedPath } from './exclusion.ts';

export interface Narrowest {
  readonly text: string;
  readonly path: string;
  readonly rules: readonly Excluded[];
  readonly ruleSet: RuleSet; // with it
  readonly passes: boolean; // the request itself, as it was recorded
  readonly hidden: readonly string[]; // targets whose values were masked: not proven
}

export interface Asked {
  readonly id: number; // of the rule that is proposed
  readonly prefix: string | undefined; // in place of the path itself
}

/** A set of rules with a text more; it throws where the text is not good. */
export type LoadWith = (text: string) => Promise<RuleSet>;

export async function narrowest(
  request: StoredRequest,
  first: Evaluated,
  { id, prefix }: Asked,
  loadWith: LoadWith,
): Promise<Narrowest | undefined> {
  const path = prefix ?? normalisedPath(first.transaction.state.request?.filename ?? '/');
  const rules = new Map<number, Set<string> | 'whole'>();
  let current = first;
  let ruleSet: RuleSet | undefined;
  let text = '';
  const hidden = new Set<string>();
  for (let round = 0; round < wafStoreLimits.exclusionRoundsMax; round += 1) {
    const culprits = culpritsOf(current.transaction, request);
    for (const { matched, target } of culprits) if (matched === undefined) hidden.add(target);
    if (!takeIn(rules, culprits)) break;
    text = exclusionText({ id, path, isPrefix: prefix !== undefined, rules: listed(rules) });
    ruleSet = await loadWith(text);
    current = evaluate(ruleSet, request, true);
  }
  if (ruleSet === undefined) return undefined;
  const all: Tried = { rules: listed(rules), text, ruleSet, passes: current.outcome === undefined };
  const tryThese = async (these: readonly Excluded[]): Promise<Tried> => {
    const written = exclusionText({ id, path, isPrefix: prefix !== undefined, rules: these });
    const set = await loadWith(written);
    return { rules: these, text: written, ruleSet: set, passes: evaluate(set, request).outcome === undefined };
  };
  return { ...(hidden.size === 0 ? await withoutNeedless(all, tryThese) : all), path, hidden: [...hidden] };
}

type Tried = Pick<Narrowest, 'text' | 'rules' | 'ruleSet' | 'passes'>;

/** What alone would not have stopped the request stays forbidden: one target after the other is tried without. */
async function withoutNeedless(all: Tried, tryThese: (rules: readonly Excluded[]) => Promise<Tried>): Promise<Tried> {
  const targets = [...new Set(all.rules.flatMap((rule) => rule.targets))];
  if (!all.passes || targets.length > wafStoreLimits.needlessTriedMax) return all;
  let best = all;
  for (const target of targets) {
    const fewer = best.rules
      .map((rule) => ({
        ...rule,
        targets: rule.targets.filter((one) => one !== target),
        isWhole: rule.targets.length === 0,
      }))
      .filter(({ targets: left, isWhole }) => isWhole || left.length > 0)
      .map(({ ruleId, targets: left }) => ({ ruleId, targets: left }));
    if (fewer.length === 0) continue;
    const tried = await tryThese(fewer);
    if (tried.passes) best = tried;
  }
  return best;
}

/** False if there is nothing new. What is found again although it was taken away goes as a whole. */
function takeIn(rules: Map<number, Set<string> | 'whole'>, culprits: readonly Culprit[]): boolean {
  let isNew = false;
  const before = new Map([...rules].map(([id, targets]) => [id, targets === 'whole' ? targets : new Set(targets)]));
  for (const { ruleId, target, matched } of culprits) {
    const targets = rules.get(ruleId);
    if (targets === 'whole') continue;
    const had = before.get(ruleId);
    const wasTaken = had !== undefined && had !== 'whole' && had.has(target);
    if (wasTaken && matched === undefined) continue; // of a recording, not of this evaluation
    if (targets?.has(target) === true && !wasTaken) continue;
    isNew = true;
    if (wasTaken || !canBeTaken(target) || isTooMany(rules)) rules.set(ruleId, 'whole');
    else if (targets === undefined) rules.set(ruleId, new Set([target]));
    else targets.add(target);
  }
  return isNew;
}

/** Counts (`&ARGS`) and what rules set have no target of their own. */
const canBeTaken = (target: string): boolean => /^[A-Z][A-Z_]*(?::|$)/.test(target) && !target.startsWith('TX');

const isTooMany = (rules: ReadonlyMap<number, Set<string> | 'whole'>): boolean =>
  [...rules.values()].reduce((sum, targets) => sum + (targets === 'whole' ? 1 : targets.size), 0) >=
  wafStoreLimits.exclusionTargetsMax;

const listed = (rules: ReadonlyMap<number, Set<string> | 'whole'>): Excluded[] =>
  [...rules].map(([ruleId, targets]) => ({ ruleId, targets: targets === 'whole' ? [] : [...targets] }));
