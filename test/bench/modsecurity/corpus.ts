// The requests of CRS's regression tests, as both engines are asked about them: read by the strict front, with the answer
// of the built-in backend. What the front refuses reaches no engine and is no request here.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRules, type RuleFile, type RuleSet, readRules } from '../../../agents/waf/engine.ts';
import { answer } from '../../../crs-tests/backend.ts';
import type { Stage } from '../../../crs-tests/case.ts';
import { readCases } from '../../../crs-tests/cases.ts';
import { readRequest } from '../../../crs-tests/front.ts';
import { loggedIds } from '../../../crs-tests/judge.ts';
import { requestBytes } from '../../../crs-tests/request-bytes.ts';
import { engineSettings, testSettings } from '../../../crs-tests/rules.ts';
import { runStage } from '../../../crs-tests/target-engine.ts';
import type { AskedRequest } from './library.ts';

export interface CorpusRequest {
  readonly asked: AskedRequest;
  readonly stage: Stage;
}

export function corpusRequests(folder: string): readonly CorpusRequest[] {
  return globSync(join(folder, 'tests/**/*.yaml'))
    .sort()
    .flatMap((file) => readCases(file, readFileSync(file, 'utf8')).cases)
    .flatMap(({ id, stages }) => stages.flatMap((stage, index) => corpusRequest(`${id}.${index}`, stage)));
}

function corpusRequest(name: string, stage: Stage): readonly CorpusRequest[] {
  const parsed = readRequest(requestBytes(stage.input));
  if (parsed.kind === 'refusal') return [];
  const { method, target, protocol, headers, body } = parsed;
  const response = answer({ method, path: target.split('?', 1)[0] ?? '', body });
  const asked = { name, method, target, protocol, headers, body: parsed.hasBody ? body : undefined, response };
  return [{ asked, stage }];
}

/** The rule files of the corpus, in the order in which both engines load them. */
export function corpusRuleFiles(folder: string): { readonly before: string[]; readonly after: string[] } {
  return { before: [join(folder, 'crs-setup.conf.example')], after: globSync(join(folder, 'rules/*.conf')).sort() };
}

/** Our rule set of the corpus, from texts that may be rewritten first. */
export async function corpusRuleSet(folder: string, rewrite = (text: string): string => text): Promise<RuleSet> {
  const { before, after } = corpusRuleFiles(folder);
  const { sources, files } = await readRules([...before, ...after]);
  const all: RuleFile[] = [
    { file: 'engine-settings.conf', text: engineSettings },
    ...sources.slice(0, before.length),
    { file: 'test-settings.conf', text: testSettings },
    ...sources.slice(before.length),
  ];
  const loaded = loadRules(
    all.map(({ file, text }) => ({ file, text: rewrite(text) })),
    files,
  );
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems.slice(0, 3)));
  return loaded.ruleSet;
}

/** Ids of the rules that we log. */
export const ourIds = (ruleSet: RuleSet, { stage }: CorpusRequest): ReadonlySet<number> =>
  loggedIds(runStage(ruleSet, stage, 0, false).outcome.log);
