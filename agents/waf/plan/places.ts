// Where values stand and which links of rules look at them there: variables with one value, pairs of names and values
// (headers, cookies, arguments), paths of XML. Names come again in every request, so what is to be done with the value
// under one, and which rules the name itself matches, is looked up by the name at once.

import { wafPlanLimits } from '#config/limits-waf-plan';
import type { Phase } from '../compile/rule-set.ts';
import type { Selector } from '../lang/tree.ts';
import type { Pair } from '../run/request.ts';
import type { TransactionState } from '../run/state.ts';
import { variableByName } from '../run/variables.ts';
import { spend } from '../run/work.ts';
import { asciiLower } from '../transform/bytes.ts';
import { copyOf } from '../transform/scratch.ts';
import type { JudgedLink } from './judged.ts';
import { Habit, KnownValues, type Matching, type MemoryBudget } from './known-values.ts';
import type { Marks } from './marks.ts';
import { MetNames } from './met-names.ts';
import type { Scanner } from './scanner.ts';
import { arrivalOf, covers } from './stable.ts';
import { ValueClass } from './value-class.ts';

/** Values of one kind. */
export interface Place {
  readonly arrival: Phase; // before which they are known
  judge(tx: TransactionState, marks: Marks): void;
}

/** One class for each set of links, wherever their values stand. */
export class Classes {
  readonly #scanner: Scanner;
  readonly #budget: MemoryBudget;
  readonly #known = new Map<string, ValueClass>();

  constructor(scanner: Scanner, budget: MemoryBudget) {
    this.#scanner = scanner;
    this.#budget = budget;
  }

  of(links: readonly JudgedLink[]): ValueClass | undefined {
    if (links.length === 0) return undefined;
    const name = links.map(({ unit }) => unit).join();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = new ValueClass(links, this.#scanner, new KnownValues(this.#budget));
    this.#known.set(name, made);
    return made;
  }
}

export function placesOf(links: readonly JudgedLink[], classes: Classes): readonly Place[] {
  const variables = new Set(links.flatMap(({ link }) => link.targets.map(({ variable }) => variable)));
  const named = pairKinds
    .map((kind) => ({ kind, own: looking(links, [...kind.values, ...kind.names], kind.arrival) }))
    .filter(({ own }) => own.length > 0)
    .map(({ kind, own }) => new PairsPlace(kind, own, classes));
  const others = [...variables]
    .filter((variable) => !pairVariables.has(variable))
    .flatMap((variable) => {
      const own = looking(links, [variable], arrivalOf(variable));
      return variable === 'XML' ? xmlPlaces(own, classes) : [new ItemsPlace(variable, undefined, own, classes)];
    });
  return [...others, ...named];
}

/** Those that look at one of the variables, once it is there. */
const looking = (links: readonly JudgedLink[], variables: readonly string[], arrival: Phase): readonly JudgedLink[] =>
  links.filter(
    ({ phase, link }) =>
      phase >= arrival && link.targets.some(({ variable, isExcluded }) => !isExcluded && variables.includes(variable)),
  );

/** Pairs that are seen under these variables, the names by themselves under those. */
interface PairKind {
  readonly values: readonly string[];
  readonly names: readonly string[];
  readonly arrival: Phase;
  readonly read: (tx: TransactionState) => readonly Pair[];
}

const pairKinds: readonly PairKind[] = [
  {
    values: ['REQUEST_HEADERS'],
    names: ['REQUEST_HEADERS_NAMES'],
    arrival: 1,
    read: ({ request }) => request?.headers ?? [],
  },
  {
    values: ['REQUEST_COOKIES'],
    names: ['REQUEST_COOKIES_NAMES'],
    arrival: 1,
    read: ({ request }) => request?.cookies ?? [],
  },
  {
    values: ['ARGS', 'ARGS_GET'],
    names: ['ARGS_NAMES', 'ARGS_GET_NAMES'],
    arrival: 1,
    read: ({ queryArgs }) => queryArgs,
  },
  {
    values: ['ARGS', 'ARGS_POST'],
    names: ['ARGS_NAMES', 'ARGS_POST_NAMES'],
    arrival: 2,
    read: ({ body }) => body.args,
  },
  {
    values: ['RESPONSE_HEADERS'],
    names: ['RESPONSE_HEADERS_NAMES'],
    arrival: 3,
    read: ({ responseHeaders }) => responseHeaders,
  },
];

const pairVariables = new Set(pairKinds.flatMap(({ values, names }) => [...values, ...names]));

/** What is under a name, and the name. */
interface Named {
  readonly values: ValueClass | undefined;
  readonly names: ValueClass | undefined;
}

/** What is known of a name that has been met. */
interface MetName {
  readonly matching: Matching | undefined;
  readonly values: ValueClass | undefined;
  readonly habit: Habit | undefined; // none where names never come again
}

class PairsPlace implements Place {
  readonly arrival: Phase;
  readonly #read: PairKind['read'];
  readonly #others: Named; // under names that no rule names
  readonly #byName = new Map<string, Named>(); // in lower case
  readonly #met = new MetNames<MetName>(); // as they came
  readonly #names = new Habit();

  constructor({ values, names, arrival, read }: PairKind, links: readonly JudgedLink[], classes: Classes) {
    this.arrival = arrival;
    this.#read = read;
    const named = (key: string | undefined): Named => ({
      values: classes.of(linksFor(values, key, links)),
      names: classes.of(linksFor(names, key, links)),
    });
    this.#others = named(undefined);
    for (const key of keysOf([...values, ...names], links)) this.#byName.set(key, named(key));
  }

  judge(tx: TransactionState, marks: Marks): void {
    for (const [name, value] of this.#read(tx)) {
      const isWorthIt = name.length <= wafPlanLimits.knownValueBytesMax && this.#names.isWorthIt;
      const known = isWorthIt ? this.#met.get(name) : undefined;
      if (isWorthIt) this.#names.tell(known !== undefined);
      const { matching, values, habit } = known ?? this.#meet(name, isWorthIt, marks);
      if (known !== undefined && matching !== undefined) {
        spend(matching.work);
        for (const unit of matching.units) marks.add(unit, name);
      }
      values?.judge(value, marks, habit);
    }
  }

  #meet(name: string, isKept: boolean, marks: Marks): MetName {
    const { values, names } = this.#byName.get(asciiLower(name)) ?? this.#others;
    const own = isKept ? copyOf(name) : name;
    const matching = names?.matching(own, marks);
    return isKept
      ? this.#met.keep(own, { matching, values, habit: new Habit() })
      : { matching, values, habit: undefined };
  }
}

/** Who looks at values, and how they come there. */
interface Looked {
  readonly values: ValueClass | undefined;
  readonly habit: Habit;
}

const lookedAtBy = (values: ValueClass | undefined): Looked => ({ values, habit: new Habit() });

/** Values of any other variable, as the evaluator finds them. */
class ItemsPlace implements Place {
  readonly arrival: Phase;
  readonly #variable: string;
  readonly #selector: Selector | undefined; // of XML, whose values are found by path
  readonly #others: Looked;
  readonly #byKey = new Map<string, Looked>(); // in lower case

  constructor(variable: string, selector: Selector | undefined, links: readonly JudgedLink[], classes: Classes) {
    this.arrival = arrivalOf(variable);
    this.#variable = variable;
    this.#selector = selector;
    this.#others = lookedAtBy(classes.of(selector === undefined ? linksFor([variable], undefined, links) : links));
    if (selector !== undefined) return;
    for (const key of keysOf([variable], links))
      this.#byKey.set(key, lookedAtBy(classes.of(linksFor([variable], key, links))));
  }

  judge(tx: TransactionState, marks: Marks): void {
    for (const { key, value } of variableByName(this.#variable)?.items(tx, this.#selector) ?? []) {
      const named = this.#byKey.size === 0 || key === undefined ? undefined : asciiLower(key);
      const { values, habit } = (named === undefined ? undefined : this.#byKey.get(named)) ?? this.#others;
      values?.judge(value, marks, habit);
    }
  }
}

const linksFor = (
  variables: readonly string[],
  key: string | undefined,
  links: readonly JudgedLink[],
): readonly JudgedLink[] =>
  links.filter(({ link }) => variables.some((variable) => covers(link.targets, variable, key)));

function keysOf(variables: readonly string[], links: readonly JudgedLink[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { link } of links) {
    for (const { variable, selector } of link.targets) {
      if (variables.includes(variable) && selector?.kind === 'text') keys.add(asciiLower(selector.text));
    }
  }
  return keys;
}

/** By the paths that rules name. What rules leave out is left out when they run. */
function xmlPlaces(links: readonly JudgedLink[], classes: Classes): readonly Place[] {
  const byPath = new Map<string, JudgedLink[]>();
  for (const one of links) {
    for (const { variable, selector, isExcluded } of one.link.targets) {
      if (variable !== 'XML' || isExcluded || selector?.kind !== 'xpath') continue;
      const known = byPath.get(selector.path);
      if (known === undefined) byPath.set(selector.path, [one]);
      else if (!known.includes(one)) known.push(one);
    }
  }
  return [...byPath].map(([path, some]) => new ItemsPlace('XML', { kind: 'xpath', path }, some, classes));
}
