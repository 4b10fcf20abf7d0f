// A rule file -> its tree. Never throws: a directive that cannot be read is left out and a problem says why, so that one
// run shows every mistake. Names of variables, operators and actions are not looked up here (compile/ does).

import { wafLangLimits } from '#config/limits-waf-lang';
import { parseActions } from './action-list.ts';
import { type Directive, type Lexeme, lex } from './lexer.ts';
import { offsetAt } from './mapped-text.ts';
import { makeRuleSource, placeIn, problemAt, type RuleFile, type RuleProblem, type RuleSource } from './rule-file.ts';
import { skip } from './skip.ts';
import { parseTargets } from './target-list.ts';
import type { OperatorCall, Place, Statement, UpdateTargetsStatement, Word } from './tree.ts';

export interface Parsed {
  readonly source: RuleSource;
  readonly statements: readonly Statement[];
  readonly problems: readonly RuleProblem[];
}

/** A file is read once, though the loader looks in it for what it names and the compiler for all. */
export function parseRuleFile(file: RuleFile): Parsed {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const fresh = parseText(file);
  parsed.set(file, fresh);
  return fresh;
}

const parsed = new WeakMap<RuleFile, Parsed>();

function parseText(file: RuleFile): Parsed {
  const source = makeRuleSource(file);
  const { directives, problems } = lex(source);
  const statements: Statement[] = [];
  for (const directive of directives) {
    if (problems.length >= wafLangLimits.problemsKeptMax) break;
    if (!directive.isWhole) continue;
    const statement = readDirective(source, directive, problems);
    if (statement !== undefined) statements.push(statement);
  }
  return { source, statements, problems };
}

type Reader = (source: RuleSource, directive: Directive, place: Place, problems: RuleProblem[]) => Statement;

/** The directives that have a grammar of their own, by name in lower case: how many words they take, and how to read them. */
const readers: Readonly<Record<string, readonly [least: number, most: number, example: string, read: Reader]>> = {
  secrule: [2, 3, 'SecRule ARGS "@rx ^a" "id:1,phase:2,deny"', readRule],
  secaction: [1, 1, 'SecAction "id:1,phase:1,pass,nolog"', readAction],
  secmarker: [1, 1, 'SecMarker "END-OF-CHECKS"', readMarker],
  secdefaultaction: [1, 1, 'SecDefaultAction "phase:2,log,auditlog,pass"', readDefaults],
  secruleupdatetargetbyid: [2, 3, 'SecRuleUpdateTargetById 942100 "!ARGS:password"', readUpdate('id')],
  secruleupdatetargetbytag: [2, 3, 'SecRuleUpdateTargetByTag "attack-sqli" "!ARGS:password"', readUpdate('tag')],
  secruleupdatetargetbymsg: [2, 3, 'SecRuleUpdateTargetByMsg "SQL" "!ARGS:password"', readUpdate('msg')],
  secruleupdateactionbyid: [2, 2, 'SecRuleUpdateActionById 942100 "pass,nolog"', readUpdateActions],
};

function readDirective(source: RuleSource, directive: Directive, problems: RuleProblem[]): Statement | undefined {
  const place = placeIn(source, directive.name.start, directive.name.stop);
  const own = readers[directive.name.text.toLowerCase()];
  if (own === undefined)
    return {
      kind: 'setting',
      place,
      name: directive.name.text,
      values: directive.words.map((word) => wordOf(source, word)),
    };
  const [least, most, example, read] = own;
  const count = directive.words.length;
  if (count < least || count > most) {
    problems.push(wrongCount(source, directive, place, { least, most, example }));
    return undefined;
  }
  const before = problems.length;
  const statement = read(source, directive, place, problems);
  return problems.length === before ? statement : undefined;
}

function wrongCount(
  source: RuleSource,
  { name, words }: Directive,
  place: Place,
  { least, most, example }: { least: number; most: number; example: string },
): RuleProblem {
  const extra = words[most];
  const at = extra === undefined ? place : placeIn(source, extra.start, extra.stop);
  const takes = least === most ? `${least}` : `${least} or ${most}`;
  const what = `${name.text} takes ${takes} ${most === 1 ? 'word' : 'words'}, not ${words.length}`;
  return problemAt(source, at, 'rule-syntax', what, { hint: `as in: ${example}` });
}

function readRule(source: RuleSource, { words }: Directive, place: Place, problems: RuleProblem[]): Statement {
  const [list, operator, actions] = words as [Lexeme, Lexeme, Lexeme | undefined];
  const targets = parseTargets(source, list, problems);
  if (targets.length === 0) {
    problems.push(
      problemAt(source, placeIn(source, list.start, list.stop), 'rule-syntax', 'a rule looks at no variable', {
        hint: 'name one, such as ARGS',
      }),
    );
  }
  return {
    kind: 'rule',
    place,
    targets,
    operator: readOperator(source, operator, problems),
    actions: actions === undefined ? [] : parseActions(source, actions, problems),
  };
}

/** `!@name argument`; without a name it is `rx`, and blanks before it count. */
function readOperator(source: RuleSource, word: Lexeme, problems: RuleProblem[]): OperatorCall {
  const { text } = word;
  const isNegated = text.startsWith('!');
  const start = isNegated ? skip(text, 1, /\s/) : 0;
  const isNamed = text.charAt(start) === '@';
  const nameEnd = isNamed ? skip(text, start, /\S/) : start;
  const argumentStart = isNamed ? skip(text, nameEnd, /\s/) : start;
  const placeOf = (from: number, to: number) => placeIn(source, offsetAt(word, from), offsetAt(word, to));
  const place = isNamed ? placeOf(start, nameEnd) : placeIn(source, word.start, word.stop);
  const name = isNamed ? text.slice(start + 1, nameEnd) : 'rx';
  if (name === '')
    problems.push(
      problemAt(source, place, 'rule-syntax', 'the name of the operator is missing', {
        hint: 'such as @rx, @pm, @streq; a text that begins with @ is written "@rx ^@"',
      }),
    );
  return {
    place,
    name,
    isNegated,
    argument: text.slice(argumentStart),
    argumentPlace: placeOf(argumentStart, text.length),
  };
}

function readAction(source: RuleSource, { words }: Directive, place: Place, problems: RuleProblem[]): Statement {
  return { kind: 'action', place, actions: parseActions(source, words[0] as Lexeme, problems) };
}

function readDefaults(source: RuleSource, { words }: Directive, place: Place, problems: RuleProblem[]): Statement {
  return { kind: 'defaults', place, actions: parseActions(source, words[0] as Lexeme, problems) };
}

function readMarker(_source: RuleSource, { words }: Directive, place: Place): Statement {
  return { kind: 'marker', place, name: words[0]?.text ?? '' };
}

function readUpdate(by: UpdateTargetsStatement['by']): Reader {
  return (source, { words }, place, problems) => {
    const [which, targets, replaced] = words as [Lexeme, Lexeme, Lexeme | undefined];
    return {
      kind: 'update-targets',
      place,
      by,
      which: wordOf(source, which),
      targets: parseTargets(source, targets, problems),
      replaced: replaced === undefined ? [] : parseTargets(source, replaced, problems),
    };
  };
}

function readUpdateActions(source: RuleSource, { words }: Directive, place: Place, problems: RuleProblem[]): Statement {
  const [which, actions] = words as [Lexeme, Lexeme];
  return {
    kind: 'update-actions',
    place,
    which: wordOf(source, which),
    actions: parseActions(source, actions, problems),
  };
}

function wordOf(source: RuleSource, word: Lexeme): Word {
  return { text: word.text, place: placeIn(source, word.start, word.stop) };
}
