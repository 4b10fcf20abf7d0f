// Which variables do not change while a phase runs: what has arrived, and not what rules do. A rule that looks at nothing
// else, with an operator that knows no more than the value, can be judged for all values at once before its turn comes.

import type { CompiledTarget, Link } from '../compile/rule-set.ts';
import { asciiLower } from '../transform/bytes.ts';

const stable = new Set([
  'ARGS',
  'ARGS_GET',
  'ARGS_GET_NAMES',
  'ARGS_NAMES',
  'ARGS_POST',
  'ARGS_POST_NAMES',
  'FILES',
  'FILES_NAMES',
  'FILES_TMP_CONTENT',
  'MULTIPART_FILENAME',
  'MULTIPART_NAME',
  'MULTIPART_PART_HEADERS',
  'PATH_INFO',
  'QUERY_STRING',
  'REMOTE_ADDR',
  'REQUEST_BASENAME',
  'REQUEST_BODY',
  'REQUEST_COOKIES',
  'REQUEST_COOKIES_NAMES',
  'REQUEST_FILENAME',
  'REQUEST_HEADERS',
  'REQUEST_HEADERS_NAMES',
  'REQUEST_LINE',
  'REQUEST_METHOD',
  'REQUEST_PROTOCOL',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
  'RESPONSE_BODY',
  'RESPONSE_CONTENT_TYPE',
  'RESPONSE_HEADERS',
  'RESPONSE_HEADERS_NAMES',
  'RESPONSE_PROTOCOL',
  'RESPONSE_STATUS',
  'STATUS_LINE',
  'XML',
]);

const isStable = ({ variable, isCount, isExcluded }: CompiledTarget): boolean =>
  isExcluded || (!isCount && stable.has(variable));

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
