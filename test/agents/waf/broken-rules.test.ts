// Rule files with a mistake of each kind: what is told of them, and where. And files that are broken by chance, which are
// refused with places in them or load, and never more than that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadRules, type RuleProblem } from '../../../agents/waf/engine.ts';

const noFiles = { read: () => undefined, include: () => [] };
const load = (text: string) => loadRules([{ file: 'a.conf', text }], noFiles);

/** `code line:column+length`, of each problem. */
function told(text: string): readonly string[] {
  const loaded = load(text);
  assert('problems' in loaded, `${text} loads`);
  return loaded.problems.map(({ code, place }) => `${code} ${place?.line}:${place?.column}+${place?.length}`);
}

const rule = (targets: string, operator: string, actions: string): string =>
  `SecRule ${targets} "${operator}" "${actions}"`;

const mistakes: ReadonlyArray<readonly [text: string, ...problems: string[]]> = [
  // words
  ['SecRull ARGS "@rx a" "id:1"', 'rule-unknown-word 1:1+7'],
  ['SecRule', 'rule-syntax 1:1+7'],
  ['SecRule ARGS', 'rule-syntax 1:1+7'],
  ['SecMarker', 'rule-syntax 1:1+9'],
  ['</IfModule>', 'rule-syntax 1:1+11'],
  ['<IfModule security2_module>\nSecMarker a', 'rule-syntax 1:1+9'],
  ['SecRule ARGS "@rx a "id:1"', 'rule-syntax 1:22+1'],
  ['SecRule ARGS "@rx a" "id:1', 'rule-syntax 1:22+1'],
  ['SecRule ARGS "@rx a" \\', 'rule-syntax 1:22+1'],
  ['\0\0\0', 'rule-unknown-word 1:1+3'],
  ['\xff\xfeS\0e\0c\0', 'rule-unknown-word 1:1+8'],
  // targets
  [rule('ARGZ', '@rx a', 'id:1'), 'rule-unknown-word 1:9+4'],
  [rule('ARGS:/(/', '@rx a', 'id:1'), 'rule-expression 1:15+1'],
  [rule('TX:a|!ARGS:/[/', '@eq 1', 'id:1'), 'rule-expression 1:21+1'],
  [rule('XML:foo[', '@rx a', 'id:1'), 'rule-not-supported 1:9+8'],
  // operators
  [rule('ARGS', '@rxx a', 'id:1'), 'rule-unknown-word 1:15+4'],
  [rule('ARGS', '@rx (a', 'id:1'), 'rule-expression 1:19+2'],
  [rule('ARGS', '@rx a{2,1}', 'id:1'), 'rule-expression 1:19+6'],
  [rule('ARGS', '@pmFromFile none.data', 'id:1'), 'rule-bad-value 1:27+9'],
  [rule('ARGS', '@ipMatchFromFile none.data', 'id:1'), 'rule-bad-value 1:32+9'],
  [rule('ARGS', '@ipMatch 1.2.3.400', 'id:1'), 'rule-bad-value 1:24+9'],
  [rule('ARGS', '@validateByteRange 1-300', 'id:1'), 'rule-bad-value 1:34+5'],
  [rule('ARGS', '@inspectFile a', 'id:1'), 'rule-not-supported 1:15+12'],
  // actions
  [rule('ARGS', '@rx a', 'phase:1'), 'rule-incomplete 1:1+7'],
  [rule('ARGS', '@rx a', 'id:0'), 'rule-bad-value 1:26+1'],
  [rule('ARGS', '@rx a', 'id:x'), 'rule-bad-value 1:26+1'],
  [rule('ARGS', '@rx a', 'id:1,phase:7'), 'rule-bad-value 1:34+1'],
  [rule('ARGS', '@rx a', 'id:1,t:lowercas'), 'rule-unknown-word 1:30+8'],
  [rule('ARGS', '@rx a', 'id:1,bloc'), 'rule-unknown-word 1:28+4'],
  [rule('ARGS', '@rx a', 'id:1,setvar:tx.a=%{nowhere.b}'), 'rule-unknown-word 1:40+12'],
  [rule('ARGS', '@rx a', 'id:1,setvar:'), 'rule-incomplete 1:28+7'],
  [rule('ARGS', '@rx a', 'id:1,ctl:ruleEngin=Off'), 'rule-unknown-word 1:32+13'],
  [rule('ARGS', '@rx a', 'id:1,ctl:ruleEngine=Maybe'), 'rule-bad-value 1:32+16'],
  [rule('ARGS', '@rx a', 'id:1,severity:9'), 'rule-bad-value 1:37+1'],
  [rule('ARGS', '@rx a', "id:1,msg:'open"), 'rule-syntax 1:32+1'],
  [rule('ARGS', '@rx a', 'id:1,redirect:'), 'rule-incomplete 1:28+9'],
  [rule('ARGS', '@rx a', 'id:1,status:9999'), 'rule-bad-value 1:35+4'],
  [rule('ARGS', '@rx a', 'id:1,expirevar:ip.a'), 'rule-bad-value 1:38+4'],
  ['SecAction "id:1,exec:/bin/x"', 'rule-not-supported 1:17+4'],
  // rules together
  [`${rule('ARGS', '@rx a', 'id:1')}\n${rule('ARGS', '@rx b', 'id:1')}`, 'rule-duplicate-id 2:23+4'],
  [rule('ARGS', '@rx a', 'id:1,chain'), 'rule-incomplete 1:1+7'],
  [`${rule('ARGS', '@rx a', 'id:1,chain')}\n${rule('ARGS', '@rx b', 'id:2')}`, 'rule-misplaced 2:23+4'],
  // settings
  ['SecRuleEngine Maybe', 'rule-bad-value 1:15+5'],
  ['SecRequestBodyLimit many', 'rule-bad-value 1:21+4'],
  ['SecArgumentSeparator ab', 'rule-bad-value 1:22+2'],
  ['SecDefaultAction "log"', 'rule-incomplete 1:1+16'],
  ['SecDefaultAction "phase:1,log"', 'rule-incomplete 1:1+16'],
  ['SecAuditLogRelevantStatus "("', 'rule-bad-value 1:27+3'],
  ['SecRuleRemoveById 9-1', 'rule-bad-value 1:19+3'],
  ['Include none.conf', 'rule-file-unusable 1:9+9'],
  ['SecUnicodeMapFile none.map 20127', 'rule-file-unusable 1:19+8'],
  ['SecRuleScript a.lua "id:1"', 'rule-not-supported 1:1+13'],
  ['SecRemoteRules key https://a', 'rule-not-supported 1:1+14'],
];

for (const [text, ...problems] of mistakes) {
  test(JSON.stringify(text), () => assert.deepEqual(told(text), problems));
}

test('all mistakes of a file are told in one run', () => {
  const text = mistakes
    .slice(0, 4)
    .map(([one]) => one)
    .join('\n');
  assert.deepEqual(
    told(text).map((one) => one.split(' ', 2).join(' ').replace(/:.*/, '')),
    ['rule-syntax 2', 'rule-syntax 3', 'rule-syntax 4', 'rule-unknown-word 1'], // what is no directive at all comes first
  );
});

const sample = `SecRuleEngine On
# a comment
SecDefaultAction "phase:2,log,pass"
SecRule REQUEST_HEADERS:User-Agent|!ARGS:/^_/|&TX:a "!@rx (?i)^a[b-d]+(?:e|f){2,3}\\x5c$" \\
    "id:10,phase:2,t:none,t:urlDecodeUni,multiMatch,capture,\\
    msg:'It is %{MATCHED_VAR} at %{TX.0}',severity:CRITICAL,\\
    setvar:'tx.score=+%{tx.critical}',ctl:ruleRemoveTargetById=1-9;ARGS:/x/,skipAfter:END,chain"
    SecRule XML:/*|XML://@* "@within %{tx.list}" "t:sha1,setenv:a=b"
SecMarker END
SecRuleUpdateTargetById 10 "!ARGS:z"
SecAction "id:11,phase:5,nolog,initcol:ip=%{REMOTE_ADDR},expirevar:ip.a=60"
`;

test('a file that is broken by chance is refused with places in it, or loads', () => {
  assert('ruleSet' in load(sample));
  const pieces = fc.oneof(
    fc.constantFrom(
      '"',
      "'",
      '\\',
      '\n',
      ',',
      ':',
      '|',
      '!',
      '&',
      '%{',
      '}',
      '/',
      '(',
      '[',
      '@',
      '#',
      '\0',
      '\xff',
      ' ',
    ),
    fc.string({ maxLength: 3 }),
  );
  const edits = fc.array(fc.tuple(fc.nat(sample.length), fc.nat(12), pieces), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, (all) => {
      const text = all.reduce((was, [at, gone, piece]) => was.slice(0, at) + piece + was.slice(at + gone), sample);
      const loaded = load(text);
      const problems: readonly RuleProblem[] = 'problems' in loaded ? loaded.problems : loaded.warnings;
      if ('problems' in loaded) assert(problems.length > 0);
      const lines = text.split('\n');
      for (const { place, what } of problems) {
        assert(place !== undefined, what);
        assert(place.line >= 1 && place.line <= lines.length, `${what} at line ${place.line}`);
        assert(
          place.column >= 1 && place.column <= (lines[place.line - 1]?.length ?? 0) + 1,
          `${what} at ${place.line}:${place.column}`,
        );
      }
    }),
    { numRuns: 300 },
  );
});
