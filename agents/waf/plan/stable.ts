// Which variables do not change while a phase runs: what has arrived, and not what rules do. A rule that looks at nothing
// else, with an operator that knows no more than the value, can be judged for all values at once before its turn comes.

import type { CompiledTarget, Link, Phase } from '../compile/rule-set.ts';
import { asciiLower } from '../transform/bytes.ts';

/** With the phase before which they arrive; what arguments the body brings comes later. */
const arrivals: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ['ARGS', 1],
  ['ARGS_GET', 1],
  ['ARGS_GET_NAMES', 1],
  ['ARGS_NAMES', 1],
  ['ARGS_POST', 2],
  ['ARGS_POST_NAMES', 2],
  ['FILES', 2],
  ['FILES_NAMES', 2],
  ['FILES_TMP_CONTENT', 2],
  ['MULTIPART_FILENAME', 2],
  ['MULTIPART_NAME', 2],
  ['MULTIPART_PART_HEADERS', 2],
  ['PATH_INFO', 1],
  ['QUERY_STRING', 1],
  ['REMOTE_ADDR', 1],
  ['REQUEST_BASENAME', 1],
  ['REQUEST_BODY', 2],
  ['REQUEST_COOKIES', 1],
  ['REQUEST_COOKIES_NAMES', 1],
  ['REQUEST_FILENAME', 1],
  ['REQUEST_HEADERS', 1],
  ['REQUEST_HEADERS_NAMES', 1],
  ['REQUEST_LINE', 1],
  ['REQUEST_METHOD', 1],
  ['REQUEST_PROTOCOL', 1],
  ['REQUEST_URI', 1],
  ['REQUEST_URI_RAW', 1],
  ['RESPONSE_BODY', 4],
  ['RESPONSE_CONTENT_TYPE', 3],
  ['RESPONSE_HEADERS', 3],
  ['RESPONSE_HEADERS_NAMES', 3],
  ['RESPONSE_PROTOCOL', 3],
  ['RESPONSE_STATUS', 3],
  ['STATUS_LINE', 3],
  ['XML', 2],
]);

export const arrivalOf = (variable: string): Phase => arrivals.get(variable) ?? 1;

const isStable = ({ variable, isCount, isExcluded }: CompiledTarget): boolean =>
  isExcluded || (!isCount && arrivals.has(variable));

/** A negated operator that captures leaves captures where the rule does not match; only the plain evaluator does that. */
export function isJudgedByValue({ operator, targets, isNegated, captures }: Link): boolean {
  const facts = operator?.facts;
  if (facts === undefined || facts.kind === 'number' || (isNegated && captures)) return false;
  return targets.some(({ isExcluded }) => !isExcluded) && targets.every(isStable);
}

/** Whether a rule looks at what is found under this key; exclusions by an expression are left to the evaluator. */
export function covers(targets: readonly CompiledTarget[], variable: string, key: string | undefined): boolean {
  let isCovered = false;
  for (const target of targets) {
    if (target.variable !== variable) continue;
    const { selector, isExcluded } = target;
    const meant = selector === undefined || (selector.kind === 'text' && asciiLower(selector.text) === key);
    const mayBeMeant = meant || selector?.kind === 'regex';
    if (isExcluded ? meant : mayBeMeant) isCovered = !isExcluded;
  }
  return isCovered;
}
