// docs/seclang.md, made from the tables that the engine itself works with: every directive, variable, operator,
// transformation and action of SecLang, whether it works here, and if not why and what to use. It holds no list of its
// own but the sentences about operators and transformations, and refuses to miss one.

import assert from 'node:assert/strict';
import { actionWords, refusedActions } from '../agents/waf/compile/actions.ts';
import { controlNames, refusedControlNames } from '../agents/waf/compile/controls.ts';
import { idleOperators } from '../agents/waf/compile/operator.ts';
import { idleSettings, refusedSettings, ruleDirectives, settingWords } from '../agents/waf/compile/settings.ts';
import { refusedVariables, variables } from '../agents/waf/compile/variables.ts';
import { operatorNames, refusedOperators } from '../agents/waf/operator/table.ts';
import { transformationNames } from '../agents/waf/transform/table.ts';

const works = 'works';
const idle = 'no effect';
const refused = 'refused';

type Row = readonly [name: string, state: string, what: string];

export function seclangPage(): string {
  return [
    ...introduction,
    ...section('Directives', directiveRows()),
    ...section('Variables', variableRows()),
    ...section('Operators', operatorRows()),
    ...section('Transformations', rowsOf(transformationNames, transformationsDo)),
    ...section('Actions', actionRows()),
    ...section('ctl', controlRows()),
    ...expressions,
  ].join('\n');
}

const introduction = [
  '# SecLang',
  '',
  '<!-- made from the tables in agents/waf by `make golden`; changes here are lost -->',
  '',
  'The firewall reads SecLang, the language of ModSecurity, and runs the OWASP Core Rule Set as it is. Where engines differ it does what ModSecurity 2.9 does. Every word of the language is below: it works; or it has **no effect** here and a warning says so; or it is **refused** with a problem that names file, line, column and what to use instead. Nothing is passed over silently.',
  '',
  '```',
  "rules.conf:2:14: error: unknown variable 'REQUEST_HEADER' [rule-unknown-word]",
  '    2 | SecRule ARGS|REQUEST_HEADER:a "@rx ^a" "id:1,deny"',
  "      |              ^^^^^^^^^^^^^^ did you mean 'REQUEST_HEADERS'?",
  '```',
  '',
  'Files are read as Apache reads its own: a line that ends with a backslash goes on in the next (a comment too), words are parted by blanks or stand in quotes, in quotes `\\"` is a quote and `\\\\` a backslash. Two things are stricter, since they are always mistakes: a quote that nothing closes, and one that something follows. A line with `#` within a directive is left out.',
  '',
  'Selectors (`ARGS:name`, `ARGS:/^na/`, `XML:/*`) may be texts, compared without case, or regular expressions between slashes, in rules and in every exclusion: `SecRuleUpdateTargetById 942000-942999 "!ARGS:/^json\\.\\d+\\.x$/"`, `ctl:ruleRemoveTargetByTag=attack-sqli;ARGS:/^q\\d$/`. Ids may be ranges and lists. Exclusions of targets change the first rule of a chain; `942100:1` means the rule after it. Tags and messages are matched by regular expressions. Of XPath there are steps by name, `*`, `//`, attributes and `text()`; a path with more in it is refused.',
  '',
  'Without a directive that says otherwise the engine is on and request bodies are read: rules that are loaded are meant. All other defaults are those of `modsecurity.conf-recommended`.',
  '',
];

function section(title: string, rows: readonly Row[]): string[] {
  return [
    `## ${title}`,
    '',
    '| name | state | |',
    '|---|---|---|',
    ...rows.map(([name, state, what]) => `| \`${name}\` | ${state} | ${cell(what)} |`),
    '',
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted(([one], [other]) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
}

const withState = (table: Readonly<Record<string, string>>, state: string): Row[] =>
  Object.entries(table).map(([name, what]) => [name, state, what]);

function directiveRows(): Row[] {
  return sorted([
    ...ruleDirectives.map(([name, does]): Row => [name, works, does]),
    ...settingWords.map(({ name, does }): Row => [name, works, does]),
    ...withState(idleSettings, idle),
    ...withState(refusedSettings, refused),
  ]);
}

function variableRows(): Row[] {
  const state = (name: string) => (name === 'GEO' ? idle : works);
  return sorted([
    ...Object.entries(variables).map(([name, { holds }]): Row => [name, state(name), holds]),
    ...withState(refusedVariables, refused),
  ]);
}

function operatorRows(): Row[] {
  const lost = Object.entries(refusedOperators).map(([name, why]): Row => {
    const reason = idleOperators[name.toLowerCase()];
    return [`@${name}`, reason === undefined ? refused : idle, reason ?? why];
  });
  return sorted([
    ...rowsOf(operatorNames, operatorsDo).map(([name, state, what]): Row => [`@${name}`, state, what]),
    ...lost,
  ]);
}

function actionRows(): Row[] {
  return sorted([
    ...actionWords.map(({ name, does }): Row => [name, works, does]),
    ...refusedActions.map(([name, why]): Row => [name, refused, why]),
  ]);
}

function controlRows(): Row[] {
  return sorted([
    ...controlNames.map(([name, does]): Row => [name, works, does]),
    ...refusedControlNames.map(([name, why]): Row => [name, refused, why]),
  ]);
}

function rowsOf(names: readonly string[], do_: Readonly<Record<string, string>>): Row[] {
  for (const name of names) assert(Object.hasOwn(do_, name), `${name} has no sentence`);
  return sorted(names.map((name): Row => [name, works, do_[name] ?? '']));
}

const operatorsDo: Readonly<Record<string, string>> = {
  beginsWith: 'the value begins with the text',
  contains: 'the text stands in the value',
  containsWord: 'it stands there as a word',
  endsWith: 'the value ends with the text',
  eq: 'the number is equal',
  ge: 'the number is as large or larger',
  gt: 'the number is larger',
  ipMatch: 'the address is in one of the networks',
  ipMatchF: 'as ipMatchFromFile',
  ipMatchFromFile: 'the address is in one of the networks of a file',
  le: 'the number is as small or smaller',
  lt: 'the number is smaller',
  ne: 'the number is another',
  noMatch: 'never',
  pm: 'one of the phrases stands in the value, in any case',
  pmf: 'as pmFromFile',
  pmFromFile: 'one of the phrases of files does, whose names are relative to the file of the rule',
  rx: 'the regular expression matches',
  rxGlobal: 'it matches; all its matches are captured',
  streq: 'the value is the text',
  strmatch: 'the text stands in the value',
  unconditionalMatch: 'always',
  validateByteRange: 'a byte of the value is in none of the ranges',
  validateUrlEncoding: '%XX is wrong somewhere',
  validateUtf8Encoding: 'the value is not UTF-8',
  verifyCC: 'a number of a credit card, with a right check digit, is in what the expression finds',
  verifyCPF: 'a Brazilian tax number is',
  verifySSN: 'an American social security number is',
  verifySVNR: 'an Austrian social security number is',
  within: 'the value stands in the text',
};

const transformationsDo: Readonly<Record<string, string>> = {
  base64Decode: 'Base64, up to the first character that is none',
  base64DecodeExt: 'Base64, whatever else stands between',
  base64Encode: 'to Base64',
  cmdLine:
    'what a shell would make of it: quotes, carets and backslashes go, commas and semicolons become blanks, lower case',
  compressWhitespace: 'blanks in a row become one',
  cssDecode: 'escapes of CSS',
  escapeSeqDecode: 'escapes of C',
  hexDecode: 'pairs of hexadecimal digits',
  hexEncode: 'to hexadecimal digits',
  htmlEntityDecode: 'entities of HTML',
  jsDecode: 'escapes of JavaScript',
  length: 'how many bytes it has',
  lowercase: 'ASCII letters',
  md5: 'its digest, as bytes',
  none: 'forgets the transformations before it',
  normalizePath: '/./, // and /../ go',
  normalisePath: 'as normalizePath',
  normalizePathWin: 'the same, backslashes being slashes',
  normalisePathWin: 'as normalizePathWin',
  parityEven7bit: 'the eighth bit is set so that the number of bits is even',
  parityOdd7bit: 'so that it is odd',
  parityZero7bit: 'the eighth bit goes',
  removeComments: '/* */, <!-- -->, -- and # with what follows go',
  removeCommentsChar: 'the signs of comments go',
  removeNulls: 'bytes of zero go',
  removeWhitespace: 'blanks go',
  replaceComments: '/* */ becomes a blank',
  replaceNulls: 'bytes of zero become blanks',
  sha1: 'its digest, as bytes',
  sqlHexDecode: '0x414243 of SQL',
  trim: 'blanks at both ends go',
  trimLeft: 'blanks at the start go',
  trimRight: 'blanks at the end go',
  uppercase: 'ASCII letters',
  urlDecode: '%XX and +',
  urlDecodeUni: '%XX, + and %uXXXX: full width characters become ASCII, of others the low byte stays',
  urlEncode: 'to %XX',
  utf8toUnicode: 'characters of UTF-8 become %uXXXX',
};

const expressions = [
  '## Regular expressions',
  '',
  'Expressions are run by RE2, in time linear in the value, whatever an attacker sends. They are read as PCRE reads them: `.` is any byte, `$` only the very end (not the end of each line), `\\s` holds the vertical tab, `(?i)` folds ASCII alone, and `\\h \\v \\R \\N \\e \\o{}` mean what they mean there. Possessive quantifiers and atomic groups become plain ones, which match all that they do. A selector between slashes is matched without regard to case.',
  '',
  'Expressions that look around or refer to groups, which RE2 cannot, are run by a matcher of our own that takes each of its states once; what still costs too much on some value ends that transaction by the failure mode of the agent, and never counts as "no match". Refused: recursion, conditions, `(*VERBS)`, `(?x)`, `(?|`, `\\K`, `\\G`, `\\X`, `\\C`, looking behind at no fixed length, and repetitions over 1000.',
  '',
];
