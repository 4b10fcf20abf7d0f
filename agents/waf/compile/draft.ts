// A rule while the set is still read: its targets can be added to, its actions laid over, and the whole be taken out, by
// directives that stand behind it. `finish` makes it what the evaluator runs.

import type { Place } from '../lang/tree.ts';
import { type ActionSet, noActions, overlay } from './actions.ts';
import type { Complaints } from './complaints.ts';
import type { CompiledTarget, Disruption, Link, Operator, Phase, Rule, Transformation } from './rule-set.ts';
import type { Selectable } from './select-rules.ts';

/** Where a rule stands and what it is called, whatever is done to it. */
type DraftFacts = Pick<Draft, 'place' | 'id' | 'phase' | 'defaults'>;

export class Draft implements Selectable {
  readonly kind = 'rule';
  readonly place: Place;
  readonly id: number;
  readonly phase: Phase;
  readonly defaults: ActionSet; // of SecDefaultAction, as it stood before the rule
  readonly links: DraftLink[] = [];

  constructor({ place, id, phase, defaults }: DraftFacts) {
    this.place = place;
    this.id = id;
    this.phase = phase;
    this.defaults = defaults;
  }

  get tags(): readonly string[] {
    return [...this.defaults.tags, ...this.#own.tags].map(({ source }) => source);
  }

  get message(): string | undefined {
    return (this.#own.message ?? this.defaults.message)?.source;
  }

  get #own(): ActionSet {
    return this.links[0]?.actions ?? noActions;
  }
}

export interface DraftLink {
  readonly place: Place;
  targets: readonly CompiledTarget[];
  readonly operator: Operator | undefined;
  readonly isNegated: boolean;
  readonly operatorName: string;
  readonly operatorArgument: string;
  actions: ActionSet; // its own
}

type Transformed = (transformations: readonly Transformation[]) => readonly Transformation[];

/** `transformed`: what SecUnicodeMapFile makes of the transformations. */
export function finish(draft: Draft, transformed: Transformed = (same) => same): Rule {
  const { place, id, phase, defaults, links } = draft;
  const first = overlay(defaults, links[0]?.actions ?? noActions);
  return {
    kind: 'rule',
    place,
    id,
    phase,
    links: links.map((link) => finishLink(link, defaults, transformed)),
    meta: {
      message: first.message,
      data: first.data,
      severity: first.severity,
      tags: first.tags,
      version: first.version,
      revision: first.revision,
      maturity: first.maturity,
      accuracy: first.accuracy,
    },
    logs: first.logs ?? true,
    audits: first.audits ?? true,
    disruption: disruptionOf(first, defaults),
    status: first.status,
    skip: first.skip ?? 0,
    skipAfter: first.skipAfter,
  };
}

/** `block` is what the defaults say; defaults that say `block` say nothing. */
function disruptionOf({ disruption }: ActionSet, defaults: ActionSet): Disruption {
  if (disruption !== undefined && disruption.kind !== 'block') return disruption;
  const inherited = defaults.disruption;
  return inherited === undefined || inherited.kind === 'block' ? { kind: 'pass' } : inherited;
}

function finishLink(link: DraftLink, defaults: ActionSet, transformed: Transformed): Link {
  const { place, targets, operator, isNegated, operatorName, operatorArgument } = link;
  const actions = overlay(defaults, link.actions);
  return {
    place,
    targets,
    operator,
    isNegated,
    operatorName,
    operatorArgument,
    transformations: transformed(withoutForgotten(actions.transformations)),
    isMultiMatch: actions.isMultiMatch ?? false,
    captures: actions.captures ?? false,
    effects: actions.effects,
  };
}

/** `t:none` takes away what stands before it. */
function withoutForgotten(transformations: readonly Transformation[]): readonly Transformation[] {
  return transformations.slice(transformations.findLastIndex(({ name }) => name.toLowerCase() === 'none') + 1);
}

/** A rule that can be met by nothing, or whose actions cannot take effect where it stands. */
export function warnOfIdle(draft: Draft, complaints: Complaints): void {
  for (const { targets, operator, place } of draft.links) {
    if (operator === undefined || targets.length === 0 || targets.some(({ isExcluded }) => !isExcluded)) continue;
    complaints.warn(
      place,
      `rule ${draft.id} looks at nothing: all its targets are excluded`,
      'name what is looked at before what is left out, as in ARGS|!ARGS:password',
    );
  }
}
