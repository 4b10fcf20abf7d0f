// The two commands that say how good rules are: `report --levels`, attacks that they refuse, and `quantitative`, clean
// requests that they refuse. Options in, a page and an exit code out; what is counted and how it is told is elsewhere.

import { readFile, writeFile } from 'node:fs/promises';
import { formatProblems } from '#config/report';
import type { Case } from './case.ts';
import { detect, detectionPage, isAttack } from './detection.ts';
import {
  baselineOf,
  type Counted,
  countClean,
  quantitativePage,
  readBaseline,
  textRequests,
  worseThan,
} from './quantitative.ts';
import { type LoadedRules, loadRuleFolder, type Purpose } from './rules.ts';
import { Stop } from './stop.ts';
import { cleanTraffic, corpusSeed, corpusSize } from './traffic/corpus.ts';

export const qualityOptions = {
  levels: { type: 'boolean' },
  count: { type: 'string' },
  seed: { type: 'string' },
  texts: { type: 'string' },
  baseline: { type: 'string' },
  'update-baseline': { type: 'boolean' },
} as const;

export interface QualityValues {
  readonly output?: string | undefined;
  readonly count?: string | undefined;
  readonly seed?: string | undefined;
  readonly texts?: string | undefined;
  readonly baseline?: string | undefined;
  readonly 'update-baseline'?: boolean | undefined;
}

/** How many attacks are refused at which level, whatever the ids of the rules. */
export async function detection(cases: readonly Case[], rulesFolder: string): Promise<string> {
  const attacks = cases.filter(isAttack);
  if (attacks.length === 0) throw new Stop(3, 'no test expects a detection');
  const { ruleSet } = await rulesFrom(rulesFolder, 'tests');
  const found = attacks.map((test) => detect(ruleSet, test, performance.now()));
  return detectionPage(found, rulesFolder);
}

export async function quantitative(
  values: QualityValues,
  rulesFolder: string,
): Promise<{ readonly page: string; readonly exitCode: number }> {
  const count = wholeNumber('--count', values.count, corpusSize);
  const seed = wholeNumber('--seed', values.seed, corpusSeed);
  const requests = values.texts === undefined ? cleanTraffic(count, seed) : textRequests(await textOf(values.texts));
  const { ruleSet } = await rulesFrom(rulesFolder, 'judging');
  const counted = countClean(ruleSet, requests, performance.now());
  const data = { ...counted, byKind: Object.fromEntries(counted.byKind) };
  const page = values.output === 'json' ? `${JSON.stringify(data)}\n` : quantitativePage(counted, rulesFolder);
  return { page, exitCode: values.baseline === undefined ? 0 : await compare(values, values.baseline, counted) };
}

async function compare(values: QualityValues, file: string, counted: Counted): Promise<number> {
  if (values['update-baseline'] === true) {
    await writeFile(file, `${JSON.stringify(baselineOf(counted), undefined, 2)}\n`);
    return 0;
  }
  const baseline = readBaseline(await textOf(file));
  if ('problem' in baseline) throw new Stop(3, `${file}: ${baseline['problem']}`);
  const worse = worseThan(baseline, counted);
  for (const line of worse) process.stderr.write(`${line}\n`);
  return worse.length === 0 ? 0 : 1;
}

async function rulesFrom(folder: string, purpose: Purpose): Promise<LoadedRules> {
  const loaded = await loadRuleFolder(folder, purpose).catch((error: Error) => {
    throw new Stop(3, `the rules in ${folder} cannot be read: ${error.message}`);
  });
  if ('problems' in loaded) throw new Stop(3, `these rules cannot be used\n${formatProblems(loaded.problems)}`);
  return loaded;
}

function wholeNumber(name: string, word: string | undefined, fallback: number): number {
  if (word === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new Stop(2, `${name} ${word} is no number from 1 to 999999999`);
  return Number(word);
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new Stop(3, `${file} cannot be read: ${error.message}`);
  });
}
