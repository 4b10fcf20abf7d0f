// Four times the body costs four times the work: CPU time of the whole engine at two sizes, for every kind of body, with
// every operator and transformation there is and with macros that are filled in for each value. What is quadratic costs
// sixteen times as much; ten is where this fails, and only if it does so three times in a row on a busy machine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleSet } from '../../../agents/waf/engine.ts';
import { operatorNames } from '../../../agents/waf/operator/table.ts';
import { transformationNames } from '../../../agents/waf/transform/table.ts';
import { form, ruleSetOf, run } from './support.ts';

const targets =
  'ARGS|ARGS_NAMES|XML:/*|XML://@*|FILES|FILES_NAMES|MULTIPART_PART_HEADERS|REQUEST_BODY|FILES_TMP_CONTENT';

/** With arguments that make them work; the others are asked with `a`. */
const operators: ReadonlyArray<readonly [name: string, argument: string]> = [
  ['rx', '(?:a+)+$'],
  ['rx', '(?<!x)ab(?=c)'],
  ['rx', '(.)\\1\\1c'],
  ['rx', '^%{REQUEST_METHOD}'],
  ['rxGlobal', 'a*b'],
  ['pm', 'never union --x aaaaaaab'],
  ['contains', 'aaaaaaaaaaab'],
  ['contains', '%{ARGS.a}'],
  ['streq', '%{ARGS.a}'],
  ['beginsWith', '%{ARGS.a}'],
  ['endsWith', '%{ARGS.a}'],
  ['validateByteRange', '1-255'],
  ['ipMatch', '10.0.0.0/8'],
  ['verifyCC', '\\d{16}'],
  ['verifySSN', '\\d+'],
  ['verifyCPF', '\\d+'],
  ['verifySVNR', '\\d+'],
];
const named = new Set(operators.map(([name]) => name));
const fromFiles = /^(?:pm|ipMatch)f/i;
const others = operatorNames.filter((name) => !named.has(name) && !fromFiles.test(name));
const effects = "msg:'%{MATCHED_VAR} %{ARGS.a} %{TX.0}',setvar:tx.n=+1,setvar:'tx.last=%{ARGS.a}'";
const counting = "setvar:'tx.c_%{MATCHED_VAR_NAME}=+1'";

const settings = `SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 13107200
SecArgumentsLimit 100000
SecRequestBodyJsonDepthLimit 10000
SecRule REQUEST_HEADERS:Content-Type "@rx json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@rx xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"`;

const everything = ruleSetOf(
  [
    settings,
    ...[...operators, ...others.map((name) => [name, 'a'] as const)].map(
      ([name, argument], index) =>
        `SecRule ${targets} "@${name} ${argument}" "id:${100 + index},phase:2,pass,log,capture,t:none,${effects},${counting}"`,
    ),
    ...transformationNames
      .filter((name) => name !== 'none')
      .map((name, index) => `SecRule ${targets} "@rx never" "id:${300 + index},phase:2,pass,log,t:none,t:${name}"`),
    'SecRule TX:/^c_/ "@gt 100" "id:500,phase:2,pass,log"',
    'SecRule ARGS "@rx a" "id:501,phase:2,pass,log,chain"\nSecRule MATCHED_VARS "@rx b" "setvar:tx.x=1"',
  ].join('\n'),
);

const usual = ruleSetOf(`${settings}
SecRule ${targets} "@rx (?i)never(.)" "id:3,phase:2,pass,log,capture,multiMatch,t:none,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode"
SecRule ARGS|ARGS_NAMES "@rx 1" "id:4,phase:2,pass,log,msg:'%{ARGS.a}',${counting}"`);

const filled = (piece: string, bytes: number): string =>
  piece.repeat(Math.ceil(bytes / piece.length)).slice(0, Math.max(0, bytes));
const numbered = (bytes: number, piece: (index: number) => string): string => {
  const pieces: string[] = [];
  for (let length = 0; length < bytes; length += pieces.at(-1)?.length ?? 1) pieces.push(piece(pieces.length));
  return pieces.join('').slice(0, bytes);
};
const [[, formType]] = form;
const multipart = 'multipart/form-data; boundary=x';
const part = (head: string): string => `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n1\r\n`;

const kinds: ReadonlyArray<readonly [name: string, type: string, body: (bytes: number) => string]> = [
  ['the same argument', formType, (bytes) => filled('a=1&', bytes)],
  ['arguments of many names', formType, (bytes) => numbered(bytes, (index) => `a${index}=ab&`)],
  ['one argument', formType, (bytes) => `a=${filled('x', bytes)}`],
  ['a long one and many', formType, (bytes) => `a=${filled('x', bytes / 2)}&${filled('b=1&', bytes / 2)}`],
  ['what an expression likes', formType, (bytes) => `a=${filled('a', bytes)}`],
  ['digits', formType, (bytes) => `a=${filled('1', bytes)}`],
  ['sums', formType, (bytes) => `a=${filled('1,', bytes)}`],
  ['escapes of escapes', formType, (bytes) => `a=${filled('%2525', bytes)}`],
  ['a list', 'application/json', (bytes) => `[${filled('"ab",', bytes)}`],
  ['lists in lists', 'application/json', (bytes) => filled('[', bytes)],
  ['objects in objects, and a list', 'application/json', (bytes) => filled('{"a":', 9000) + filled('[1,', bytes)],
  ['elements in elements', 'text/xml', (bytes) => filled('<a>', bytes)],
  ['elements beside each other', 'text/xml', (bytes) => `<r>${filled('<a b="1" c="2">x</a>', bytes)}`],
  ['parts', multipart, (bytes) => filled(part('name="a"'), bytes)],
  ['files of many names', multipart, (bytes) => numbered(bytes, (index) => part(`name="a${index}"; filename="b"`))],
  ['hyphens', multipart, (bytes) => filled('--', bytes)],
];

for (const [name, type, bodyOf] of kinds) {
  test(`${name}: with every operator and transformation`, () => isLinear(everything, type, bodyOf, 32 * 1024));
  test(`${name}: up to a megabyte`, () => isLinear(usual, type, bodyOf, 256 * 1024));
}

function isLinear(rules: RuleSet, type: string, bodyOf: (bytes: number) => string, bytes: number): void {
  const [small, large] = [bodyOf(bytes), bodyOf(4 * bytes)];
  const ratios: number[] = [];
  while (ratios.length < 3) {
    ratios.push(cpuMs(rules, type, large) / (cpuMs(rules, type, small) + 5)); // below that the clock is too coarse
    if ((ratios.at(-1) ?? 0) < 10) return;
  }
  assert.fail(`four times the body cost ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')} times as much`);
}

function cpuMs(rules: RuleSet, type: string, body: string): number {
  const before = process.cpuUsage();
  run(rules, { method: 'POST', headers: [['Content-Type', type]], body });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
