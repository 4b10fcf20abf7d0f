// The page of the language says of every word what the engine does with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules } from '../../agents/waf/compile/compile.ts';
import { seclangPage } from '../../packaging/seclang-page.ts';

/** Name and state of each row below a title. */
function rowsUnder(title: string): Array<readonly [name: string, state: string]> {
  const section = seclangPage().split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \| (works|no effect|refused) \|/gm)].map(
    ([, name = '', state = '']) => [name, state] as const,
  );
}

/** What the engine makes of a text: it works, warns that something has no effect, or refuses it by code. */
function verdictOn(text: string): string {
  const compiled = compileRules([{ file: 'a.conf', text }], { read: () => '1\n00e9:65', include: () => [] });
  const problems = 'problems' in compiled ? compiled.problems : compiled.warnings;
  if (problems.some(({ code }) => code === 'rule-not-supported')) return 'refused';
  if (problems.some(({ code }) => code === 'rule-unknown-word')) return 'unknown';
  return problems.some(({ code, what }) => code === 'rule-no-effect' && !what.startsWith('no rule'))
    ? 'no effect'
    : 'works';
}

/** Words that cannot be tried with the argument `x`. */
const examples: Readonly<Record<string, string>> = {
  SecAction: 'SecAction id:1',
  SecDefaultAction: 'SecDefaultAction phase:1,pass',
  SecRule: 'SecRule ARGS a id:1',
  SecRuleUpdateActionById: 'SecRuleUpdateActionById 1 pass',
  SecRuleUpdateTargetById: 'SecRuleUpdateTargetById 1 ARGS',
  SecRuleUpdateTargetByMsg: 'SecRuleUpdateTargetByMsg 1 ARGS',
  SecRuleUpdateTargetByTag: 'SecRuleUpdateTargetByTag 1 ARGS',
  SecRuleRemoveById: 'SecRuleRemoveById 1',
  SecUnicodeMapFile: 'SecUnicodeMapFile unicode.mapping 1',
  ctl: 'SecAction id:1,ctl:ruleEngine=On',
  skipAfter: 'SecAction id:1,skipAfter:x\nSecMarker x',
  t: 'SecAction id:1,t:none',
};

const texts: Readonly<Record<string, (name: string) => string>> = {
  Directives: (name) => `${name} x`,
  Variables: (name) => `SecRule ${name} "@rx a" "id:1"`,
  Operators: (name) => `SecRule ARGS "${name} 1" "id:1"`,
  Transformations: (name) => `SecAction "id:1,t:${name}"`,
  Actions: (name) => `SecAction "id:1,${name}:x"`,
  ctl: (name) => `SecAction "id:1,ctl:${name}=x"`,
};

for (const [title, textOf] of Object.entries(texts)) {
  test(`${title}: each row is what happens`, () => {
    const rows = rowsUnder(title);
    assert(rows.length > 10, `${rows.length} rows`);
    for (const [name, state] of rows) {
      assert.equal(verdictOn(examples[name] ?? textOf(name)), state, name);
    }
  });
}

test('each word stands once', () => {
  for (const title of Object.keys(texts)) {
    const names = rowsUnder(title).map(([name]) => name.toLowerCase());
    assert.equal(new Set(names).size, names.length, title);
  }
});
