// From what the agent is told to a set of rules that it can run: the files in their order, between the texts that the
// configuration stands for, read, checked and compiled. A set is taken wholly or refused with everything that is wrong.

import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { problem } from '#config/errors';
import { countedApart } from './counted-apart.ts';
import {
  loadRulesInSlices,
  loadRulesUnplanned,
  type RuleFile,
  type RuleProblem,
  type RuleSet,
  readRules,
} from './engine.ts';
import { rulePaths } from './rule-places.ts';
import { setupTexts } from './setup-text.ts';
import type { Told } from './told.ts';

export interface LoadedSet {
  readonly ruleSet: RuleSet;
  readonly warnings: readonly RuleProblem[]; // words that do nothing here
  readonly sources: readonly RuleFile[]; // in the order in which they were read, ours included
}

export interface Loading {
  readonly added?: string; // SecLang behind the exclusions, for those who want to know what it would do
  readonly isPlanned?: boolean; // for many requests from the first on
}

export async function loadSet(
  told: Told,
  { added = '', isPlanned = true }: Loading = {},
): Promise<LoadedSet | { readonly problems: readonly RuleProblem[] }> {
  const paths = await rulePaths(told.rules);
  if (paths.length === 0)
    return { problems: [problem('rule-file-unusable', `there are no rules at ${told.rules.join(', ')}`)] };
  if (lacksSetup(paths))
    return {
      problems: [
        problem('rule-incomplete', 'the Core Rule Set has no setup, and refuses every request without it', {
          hint: 'copy its crs-setup.conf.example to crs-setup.conf beside the folder `rules`',
        }),
      ],
    };
  const { sources, files, problems } = await readRules([...(await exclusionsOf(told)), ...paths]);
  if (problems.length > 0) return { problems };
  const { before, after } = setupTexts(told);
  const tried = added === '' ? [] : [{ file: 'added.conf', text: added }];
  const all = [before, ...tried, ...sources, after];
  const loaded = await (isPlanned ? loadRulesInSlices : loadRulesUnplanned)(all, files);
  if ('problems' in loaded) return loaded;
  const apart = countedApart(loaded.ruleSet, all, told.processes);
  return { ...loaded, warnings: [...loaded.warnings, ...apart], sources: all };
}

/** Before all rules, so that what they change for a request is changed in time. */
function exclusionsOf({ exclusionsFile }: Told): Promise<readonly string[]> {
  return access(exclusionsFile).then(
    () => [exclusionsFile],
    () => [], // it need not be there
  );
}

function lacksSetup(paths: readonly string[]): boolean {
  const names = paths.map((path) => basename(path));
  return names.includes('REQUEST-901-INITIALIZATION.conf') && !names.some((name) => /setup/.test(name));
}

/** `214 rules, paranoia 1, blocking`, after the name that the set gives itself. */
export function describeSet({ ruleSet }: LoadedSet, { mode, paranoiaLevel }: Told): string {
  const rules = ruleCount(ruleSet);
  const acts = { prevention: 'blocking', detection: 'detection only', off: 'off' }[mode];
  const name = ruleSet.signatures[0];
  return `${name === undefined ? '' : `${name}, `}${rules} rules, paranoia ${paranoiaLevel}, ${acts}`;
}

export function ruleCount({ phases }: RuleSet): number {
  return phases.flat().filter(({ kind }) => kind === 'rule').length;
}
