// Exclusions at load: directives that take out or change rules which stand before them, as in ModSecurity 2.9. One that
// meets no rule is a warning, since nothing else would ever show that it stands in the wrong place or misspells an id.
//
// Targets are excluded from the first rule of a chain, as the Core Rule Set counts on; `id:1` means its second rule.

import type { Place, SettingStatement, UpdateActionsStatement, UpdateTargetsStatement } from '../lang/tree.ts';
import { groupOf, overlay, readActions } from './actions.ts';
import type { Building } from './building.ts';
import type { Draft, DraftLink } from './draft.ts';
import type { CompiledTarget } from './rule-set.ts';
import { type Selects, selectBy, selectByIds } from './select-rules.ts';
import { compileTargets } from './targets.ts';

type By = 'id' | 'tag' | 'msg';

export function removeRules(by: By, { name, place, values }: SettingStatement, building: Building): void {
  if (values.length === 0)
    return building.complaints.error(
      place,
      'rule-incomplete',
      `${name} says not which rules`,
      by === 'id' ? 'as in: SecRuleRemoveById 942100 942200-942299' : 'as in: SecRuleRemoveByTag "attack-sqli"',
    );
  for (const value of values) {
    const selects = selection(by, value.text, value.place, building);
    if (selects === undefined) continue;
    const kept = building.steps.filter((step) => step.kind === 'marker' || !selects(step));
    if (kept.length === building.steps.length) warnOfNone(value.place, building);
    building.steps = kept;
  }
}

export function updateTargets({ by, which, targets, replaced }: UpdateTargetsStatement, building: Building): void {
  const { ids, link } = by === 'id' ? withLink(which.text) : { ids: which.text, link: 0 };
  const selects = selection(by, ids, which.place, building);
  const added = compileTargets(targets, building.complaints);
  const removed = compileTargets(replaced, building.complaints);
  if (selects === undefined) return;
  const links = linksOf(building, selects, link);
  if (links.length === 0) warnOfNone(which.place, building);
  for (const one of links) {
    const kept = one.targets.filter((target) => !removed.some((other) => other.text === target.text));
    one.targets = [...kept, ...added.filter((target) => !isAmong(target, kept))];
  }
}

const isAmong = (target: CompiledTarget, others: readonly CompiledTarget[]): boolean =>
  others.some(({ text }) => text === target.text);

export function updateActions({ which, actions }: UpdateActionsStatement, building: Building): void {
  const { complaints, leaves } = building;
  const { ids, link } = withLink(which.text);
  const selects = selection('id', ids, which.place, building);
  const changes = readActions(actions, complaints, leaves);
  for (const call of actions) {
    if (call.name === 'id' || call.name === 'phase')
      complaints.error(
        call.place,
        'rule-misplaced',
        `${call.name} cannot be changed for a rule that exists`,
        'take the rule out with SecRuleRemoveById and write it anew',
      );
    else if (link > 0 && isForFirst(groupOf(call)))
      complaints.error(
        call.place,
        'rule-misplaced',
        `${call.name} belongs to the first rule of a chain`,
        `write ${ids} without :${link}`,
      );
  }
  if (selects === undefined) return;
  const links = linksOf(building, selects, link);
  if (links.length === 0) warnOfNone(which.place, building);
  const { isChained: _, ...laid } = changes; // a chain stays one, whether or not it is said again
  for (const one of links) one.actions = overlay(one.actions, laid);
}

const isForFirst = (group: ReturnType<typeof groupOf>): boolean => group === 'metadata' || group === 'disruptive';

/** `942100:1` is the first rule that is chained to 942100. */
function withLink(text: string): { ids: string; link: number } {
  const [, ids = text, link = '0'] = /^(.*\d):(\d{1,3})$/.exec(text) ?? [];
  return { ids, link: Number(link) };
}

function selection(by: By, text: string, place: Place, { complaints }: Building): Selects | undefined {
  const selects = by === 'id' ? selectByIds(text) : selectBy(by, text);
  if (typeof selects === 'function') return selects;
  complaints.error(place, 'rule-bad-value', selects.fault, selects.hint);
  return undefined;
}

function linksOf({ steps }: Building, selects: Selects, link: number): DraftLink[] {
  return steps
    .filter((step): step is Draft => step.kind === 'rule' && selects(step))
    .map((draft) => draft.links[link])
    .filter((one) => one !== undefined);
}

function warnOfNone(place: Place, { complaints }: Building): void {
  complaints.warn(
    place,
    'no rule that stands before this is meant',
    'such a directive stands behind the rules; before them use ctl in a rule of your own',
  );
}
