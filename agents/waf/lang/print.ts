// The tree -> text that parses to the same tree again: what is shown of a rule that was changed, and how the parser is
// tested. One directive a line, everything quoted; how the author had laid it out is not kept.

import type { ActionCall, OperatorCall, Selector, Statement, Target } from './tree.ts';

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'rule':
      return printRule(statement.targets, statement.operator, statement.actions);
    case 'action':
      return `SecAction ${quoted(printActions(statement.actions))}`;
    case 'defaults':
      return `SecDefaultAction ${quoted(printActions(statement.actions))}`;
    case 'marker':
      return `SecMarker ${quoted(statement.name)}`;
    case 'update-targets': {
      const { by, which, targets, replaced } = statement;
      const name = `SecRuleUpdateTargetBy${by.charAt(0).toUpperCase()}${by.slice(1)}`;
      return [
        name,
        quoted(which.text),
        ...[targets, replaced].filter((list) => list.length > 0).map((list) => quoted(printTargets(list))),
      ].join(' ');
    }
    case 'update-actions':
      return `SecRuleUpdateActionById ${quoted(statement.which.text)} ${quoted(printActions(statement.actions))}`;
    case 'setting':
      return [statement.name, ...statement.values.map(({ text }) => quoted(text))].join(' ');
  }
}

function printRule(targets: readonly Target[], operator: OperatorCall, actions: readonly ActionCall[]): string {
  const words = [printTargets(targets), printOperator(operator)];
  if (actions.length > 0) words.push(printActions(actions));
  return ['SecRule', ...words.map(quoted)].join(' ');
}

export function printTargets(targets: readonly Target[]): string {
  return targets.map(printTarget).join('|');
}

export function printTarget({ isCount, isExcluded, variable, selector }: Omit<Target, 'place'>): string {
  const sign = isExcluded ? '!' : isCount ? '&' : '';
  return `${sign}${variable}${selector === undefined ? '' : `:${printSelector(selector)}`}`;
}

function printSelector(selector: Selector): string {
  const text =
    selector.kind === 'text' ? selector.text : selector.kind === 'xpath' ? selector.path : `/${selector.source}/`;
  // A text that begins as an expression does would be read as one, up to the next slash of another target.
  const looksLikeExpression = selector.kind === 'text' && text.startsWith('/');
  return looksLikeExpression || /[\s|,']/.test(text) ? singleQuoted(text) : text;
}

function printOperator({ isNegated, name, argument }: OperatorCall): string {
  const sign = isNegated ? '!' : '';
  const isBare = name === 'rx' && /^\s/.test(argument); // `@rx` would take the blank for its own
  return isBare ? argument : `${sign}@${name} ${argument}`;
}

export function printActions(actions: readonly ActionCall[]): string {
  return actions.map(printAction).join(',');
}

function printAction({ name, argument }: ActionCall): string {
  if (argument === undefined) return name;
  return `${name}:${argument === '' || /[\s,'\\]/.test(argument) ? singleQuoted(argument) : argument}`;
}

function singleQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** A backslash is doubled only where it would protect something. */
function quoted(word: string): string {
  return `"${word.replace(/\\(?=["\\]|$)|"/g, '\\$&')}"`;
}
