// What a match is reported as: the rule's texts, filled in at the moment of the match, and the sentence that says what
// matched where, in ModSecurity's words, which log readers know by heart (fail2ban, go-ftw). The sentence is escaped
// already: its own quotes are part of it.

import { wafRunLimits } from '#config/limits-waf-run';
import { isConstant } from '../compile/macro.ts';
import type { Link, Rule } from '../compile/rule-set.ts';
import { escaped } from './escaped.ts';
import { expand, expandText } from './expand.ts';
import { type Item, nameOf } from './item.ts';
import type { Alert, TransactionState } from './state.ts';

export function alertOf(tx: TransactionState, rule: Rule, link: Link, item: Item | undefined, action: string): Alert {
  const { message, data } = rule.meta;
  return {
    rule,
    link,
    phase: tx.phase,
    action,
    where: item === undefined ? undefined : nameOf(item),
    detail: detailOf(tx, link),
    message: message === undefined ? undefined : expand(tx, message),
    data: data === undefined ? undefined : expand(tx, data),
    tags: tagsOf(tx, rule),
    isLogged: rule.logs,
    isAudited: rule.audits,
  };
}

const constantTags = new WeakMap<Rule, readonly string[]>();

/** Nearly all are constants: one list for all matches of the rule. */
function tagsOf(tx: TransactionState, rule: Rule): readonly string[] {
  const known = constantTags.get(rule);
  if (known !== undefined) return known;
  const { tags } = rule.meta;
  const texts = tags.map((tag) => expand(tx, tag));
  if (tags.every(isConstant)) constantTags.set(rule, texts);
  return texts;
}

export function matchSentence({ link, where, detail }: Alert): string {
  if (where === undefined) return 'Unconditional match in SecAction.';
  const name = escaped(where);
  const { operatorName: operator } = link;
  if (link.isNegated) return `Match of "${operator} ${detail}" against "${name}" required.`;
  const sentence = sentences[operator.toLowerCase()];
  return sentence?.(name, detail) ?? `Operator ${operator} "${detail}" matched at ${name}.`;
}

const phraseOperators = new Set(['pm', 'pmf', 'pmfromfile']);

/** The argument, but of a phrase and of SQL what was found: no other capture is kept, since it may be as long as the value. */
function detailOf(tx: TransactionState, link: Link): string {
  const operator = link.operatorName.toLowerCase();
  const captured = (): string => (link.captures ? escaped(tx.tx.get('0') ?? '') : '');
  if (link.isNegated) return argumentOf(tx, link);
  if (operator === 'detectsqli') return captured();
  return (phraseOperators.has(operator) ? captured() : '') || argumentOf(tx, link);
}

const constantArguments = new WeakMap<Link, string>();

/** Of an operator, escaped, as much as a log line has of it: expressions have hundreds of bytes, and most are constants. */
function argumentOf(tx: TransactionState, link: Link): string {
  const known = constantArguments.get(link);
  if (known !== undefined) return known;
  const isFixed = !link.operatorArgument.includes('%{');
  const argument = shortened(escaped(isFixed ? link.operatorArgument : expandText(tx, link.operatorArgument)));
  if (isFixed) constantArguments.set(link, argument);
  return argument;
}

type Sentence = (name: string, detail: string) => string;

const phrase: Sentence = (name, detail) => `Matched phrase "${detail}" at ${name}.`;
const string: Sentence = (name, argument) => `String match "${argument}" at ${name}.`;
const number =
  (word: string): Sentence =>
  (name, argument) =>
    `Operator ${word} matched ${argument} at ${name}.`;

const sentences: Readonly<Record<string, Sentence>> = {
  rx: (name, argument) => `Pattern match "${argument}" at ${name}.`,
  pm: phrase,
  pmf: phrase,
  pmfromfile: phrase,
  streq: string,
  contains: string,
  containsword: string,
  beginswith: string,
  endswith: string,
  strmatch: (name, argument) => `Pattern match "${argument}" at ${name}.`,
  within: (name, argument) => `String match within "${argument}" at ${name}.`,
  eq: number('EQ'),
  ge: number('GE'),
  gt: number('GT'),
  le: number('LE'),
  lt: number('LT'),
  ipmatch: (name, argument) => `IPmatch: "${argument}" matched at ${name}.`,
  ipmatchfromfile: (name, argument) => `IPmatch: "${argument}" matched at ${name}.`,
  detectsqli: (name, fingerprint) => `detected SQLi using libinjection with fingerprint '${fingerprint}' at ${name}.`,
  detectxss: (name) => `detected XSS using libinjection at ${name}.`,
  unconditionalmatch: () => 'Unconditional match in SecAction.',
  validateurlencoding: (name) => `Invalid URL Encoding at ${name}.`,
  validateutf8encoding: (name) => `Invalid UTF-8 encoding at ${name}.`,
  validatebyterange: (name, argument) => `Found byte(s) in ${name} outside range: ${argument}.`,
};

function shortened(text: string): string {
  const most = wafRunLimits.loggedPatternCharactersMax;
  return text.length <= most ? text : `${text.slice(0, most)} ...`;
}
