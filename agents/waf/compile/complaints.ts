// What is wrong with a set of rules, collected while it is checked, so that one run shows everything. It knows the files
// to show their lines, and the nearest known word for one that is unknown.

import type { Code } from '#config/errors';
import { wafLangLimits } from '#config/limits-waf-lang';
import { suggest } from '#config/suggest';
import { type Complaint, problemAt, type RuleProblem, type RuleSource } from '../lang/rule-file.ts';
import type { Place } from '../lang/tree.ts';

export class Complaints {
  readonly problems: RuleProblem[] = [];
  readonly #sources = new Map<string, RuleSource>();

  learn(source: RuleSource, problems: readonly RuleProblem[]): void {
    this.#sources.set(source.file, source);
    for (const problem of problems) this.#keep(problem);
  }

  error(place: Place, code: Code, what: string, hint?: string, first?: { what: string; place: Place }): void {
    const other = first === undefined ? undefined : { ...first, source: this.#sourceOf(first.place) };
    this.#add(place, code, what, { hint, other });
  }

  warn(place: Place, what: string, hint?: string): void {
    this.#add(place, 'rule-no-effect', what, { hint, severity: 'warning' });
  }

  unknown(place: Place, kind: string, word: string, known: Iterable<string>): void {
    const near = suggest(word, known);
    this.error(
      place,
      'rule-unknown-word',
      `unknown ${kind} '${word}'`,
      near === undefined ? undefined : `did you mean '${near}'?`,
    );
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  #add(place: Place, code: Code, what: string, complaint: Complaint): void {
    this.#keep(problemAt(this.#sourceOf(place), place, code, what, complaint));
  }

  #keep(problem: RuleProblem): void {
    if (this.problems.length < wafLangLimits.problemsKeptMax) this.problems.push(problem);
  }

  #sourceOf({ file }: Place): RuleSource {
    return this.#sources.get(file) ?? { file, text: '', lineStarts: [0] };
  }
}
