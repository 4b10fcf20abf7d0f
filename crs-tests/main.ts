// The program behind `sentinel-stack crs`: go-ftw's work without Go. `run` runs a corpus of regression tests, `check`
// says what is wrong with its files, `report` writes a page about a run, `quantitative` counts clean requests that rules
// refuse. Exit code 0: all is as expected; 1: it is not; 2: wrong usage; 3: the rules or the tests could not be read.

import { glob, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatProblems } from '#config/report';
import type { Case, CaseProblem } from './case.ts';
import { readCases } from './cases.ts';
import { detect, detectionPage, isAttack } from './detection.ts';
import { runJobs } from './jobs.ts';
import { emptyLedger, type Ledger, readLedger, updatedLedger } from './ledger.ts';
import {
  baselineOf,
  type Counted,
  countClean,
  quantitativePage,
  readBaseline,
  textRequests,
  worseThan,
} from './quantitative.ts';
import { type OutputName, outputNames, reports } from './report.ts';
import { idsOf, isGoodRun, type Summary } from './result.ts';
import { type LoadedRules, loadRuleFolder, type Purpose } from './rules.ts';
import { isSelected, type Override, readOverrides } from './select.ts';
import { cleanTraffic, corpusSeed, corpusSize } from './traffic/corpus.ts';

const options = {
  dir: { type: 'string', short: 'd' },
  rules: { type: 'string' },
  include: { type: 'string', short: 'i' },
  exclude: { type: 'string', short: 'e' },
  'include-tags': { type: 'string', short: 'T' },
  target: { type: 'string' },
  output: { type: 'string', short: 'o' },
  file: { type: 'string', short: 'f' },
  overrides: { type: 'string' },
  ledger: { type: 'string' },
  'update-ledger': { type: 'boolean' },
  'fail-fast': { type: 'boolean' },
  jobs: { type: 'string', short: 'j' },
  'show-failures-only': { type: 'boolean' },
  levels: { type: 'boolean' },
  count: { type: 'string' },
  seed: { type: 'string' },
  texts: { type: 'string' },
  baseline: { type: 'string' },
  'update-baseline': { type: 'boolean' },
} as const;

const testsPerJob = 500;

/** Ends the program with a sentence: the person who called it has to change something. */
class Stop extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, what: string) {
    super(what);
    this.exitCode = exitCode;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = error.exitCode;
}

async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parse(words);
  const [command, ...rest] = positionals;
  if (rest.length > 0) throw new Stop(2, `there is no place for '${rest[0]}'`);
  const folder = values.dir ?? 'tests';
  if (command === 'check') return check(folder);
  if (command === 'run') return run(folder, values, outputOf(values.output ?? 'normal'));
  if (command === 'quantitative') return quantitative(values);
  if (command === 'report' && values.levels === true) return detection(folder, values);
  if (command === 'report') return run(folder, values, outputOf(values.output ?? 'markdown'));
  throw new Stop(2, `'${command ?? ''}' is not known; there are run, check, report and quantitative`);
}

type Values = ReturnType<typeof parse>['values'];

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw new Stop(2, (error as Error).message);
  }
}

function outputOf(word: string): OutputName {
  const name = outputNames.find((known) => known === word);
  if (name === undefined) throw new Stop(2, `'${word}' is no output; there are ${outputNames.join(', ')}`);
  return name;
}

async function check(folder: string): Promise<number> {
  const { cases, problems } = await readFolder(folder);
  for (const { file, line, what } of problems) process.stdout.write(`${file}:${line}: ${what}\n`);
  process.stdout.write(`${cases.length} tests, ${problems.length} problems\n`);
  return problems.length === 0 ? 0 : 1;
}

async function readFolder(folder: string): Promise<{ cases: Case[]; problems: CaseProblem[] }> {
  const cases: Case[] = [];
  const problems: CaseProblem[] = [];
  const names = (await Array.fromAsync(glob('**/*.{yaml,yml}', { cwd: folder }))).sort();
  if (names.length === 0) throw new Stop(3, `there are no tests (*.yaml) under ${folder}`);
  for (const name of names) {
    const read = readCases(join(folder, name), await readFile(join(folder, name), 'utf8'));
    cases.push(...read.cases);
    problems.push(...read.problems);
  }
  return { cases, problems };
}

async function run(folder: string, values: Values, output: OutputName): Promise<number> {
  if ((values.target ?? 'engine') !== 'engine') throw new Stop(2, `'${values.target}' is no target; there is engine`);
  const selection = {
    include: expression(values.include),
    exclude: expression(values.exclude),
    includeTags: expression(values['include-tags']),
  };
  const { cases, problems } = await readFolder(folder);
  const [first] = problems;
  if (first !== undefined) throw new Stop(3, `${first.file}:${first.line}: ${first.what} (crs check tells all)`);
  const ledgerFile = values.ledger ?? join(import.meta.dirname, 'ledger.json');
  const ledger = await ledgerFrom(ledgerFile, values.ledger !== undefined);
  const chosen = cases.filter((test) => isSelected(selection, test));
  const skipped = cases.filter((test) => !isSelected(selection, test)).map(({ id }) => id);
  const summary = await runAll(chosen, skipped, values, ledger);
  await write(values.file, reports[output](summary, values['show-failures-only'] === true));
  if (values['update-ledger'] === true) await updateLedger(ledgerFile, ledger, summary);
  return isGoodRun(summary) ? 0 : 1;
}

function expression(source: string | undefined): RegExp | undefined {
  try {
    return source === undefined ? undefined : new RegExp(source);
  } catch (error) {
    throw new Stop(2, (error as Error).message);
  }
}

async function ledgerFrom(file: string, isAsked: boolean): Promise<Ledger> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined && isAsked) throw new Stop(3, `there is no ledger ${file}`);
  const ledger = text === undefined ? emptyLedger : readLedger(text);
  if ('problem' in ledger) throw new Stop(3, `${file}: ${ledger.problem}`);
  return ledger;
}

async function runAll(
  chosen: readonly Case[],
  skipped: readonly string[],
  values: Values,
  ledger: Ledger,
): Promise<Summary> {
  const startedAtMs = Date.now();
  const rulesFolder = folderOfRules(values);
  const loaded = await rulesFrom(rulesFolder, 'tests');
  const overrides = await overridesFrom(values.overrides);
  const results = await runJobs(
    { cases: chosen, rulesFolder, ledger, overrides, failFast: values['fail-fast'] === true },
    loaded,
    jobsOf(values.jobs, chosen.length),
  );
  const forcedPass = chosen.map(({ id }) => id).filter((id) => isForced(overrides, id));
  return { results, skipped, forcedPass, ruleFiles: rulesFolder, totalMs: Date.now() - startedAtMs };
}

function folderOfRules({ rules }: Values): string {
  return rules ?? '/usr/share/modsecurity-crs';
}

async function rulesFrom(folder: string, purpose: Purpose): Promise<LoadedRules> {
  const loaded = await loadRuleFolder(folder, purpose).catch((error: Error) => {
    throw new Stop(3, `the rules in ${folder} cannot be read: ${error.message}`);
  });
  if ('problems' in loaded) throw new Stop(3, `these rules cannot be used\n${formatProblems(loaded.problems)}`);
  return loaded;
}

/** How many attacks are refused at which level, whatever the ids of the rules. */
async function detection(folder: string, values: Values): Promise<number> {
  const { cases } = await readFolder(folder);
  const attacks = cases.filter(isAttack);
  if (attacks.length === 0) throw new Stop(3, `no test under ${folder} expects a detection`);
  const { ruleSet } = await rulesFrom(folderOfRules(values), 'tests');
  const found = attacks.map((test) => detect(ruleSet, test, performance.now()));
  await write(values.file, detectionPage(found, folderOfRules(values)));
  return 0;
}

async function quantitative(values: Values): Promise<number> {
  const { ruleSet } = await rulesFrom(folderOfRules(values), 'judging');
  const requests =
    values.texts === undefined
      ? cleanTraffic(wholeNumber('--count', values.count, corpusSize), wholeNumber('--seed', values.seed, corpusSeed))
      : textRequests(await textOf(values.texts));
  const counted = countClean(ruleSet, requests, performance.now());
  const isData = values.output === 'json';
  await write(
    values.file,
    isData
      ? `${JSON.stringify({ ...counted, byKind: Object.fromEntries(counted.byKind) })}\n`
      : quantitativePage(counted, folderOfRules(values)),
  );
  return values.baseline === undefined ? 0 : compare(values.baseline, values['update-baseline'] === true, counted);
}

async function compare(file: string, updates: boolean, counted: Counted): Promise<number> {
  if (updates) {
    await writeFile(file, `${JSON.stringify(baselineOf(counted), undefined, 2)}\n`);
    return 0;
  }
  const baseline = readBaseline(await textOf(file));
  if ('problem' in baseline) throw new Stop(3, `${file}: ${baseline['problem']}`);
  const worse = worseThan(baseline, counted);
  for (const line of worse) process.stderr.write(`${line}\n`);
  return worse.length === 0 ? 0 : 1;
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

/** A thread costs seconds of loading rules, so a few tests get none. */
function jobsOf(word: string | undefined, count: number): number {
  if (word === undefined)
    return count < testsPerJob ? 1 : Math.min(availableParallelism(), Math.ceil(count / testsPerJob));
  if (!/^[1-9]\d?$/.test(word)) throw new Stop(2, `--jobs ${word} is no number from 1 to 99`);
  return Number(word);
}

function isForced(overrides: readonly Override[], id: string): boolean {
  return overrides.some(
    ({ ruleId, testIds, output }) => output === undefined && testIds.some((testId) => `${ruleId}-${testId}` === id),
  );
}

async function overridesFrom(file: string | undefined): Promise<readonly Override[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Stop(3, `there is no file of overrides ${file}`);
  const overrides = readOverrides(text);
  if ('problem' in overrides) throw new Stop(3, `${file}: ${overrides.problem}`);
  return overrides;
}

async function write(file: string | undefined, text: string): Promise<void> {
  if (file === undefined) process.stdout.write(text);
  else await writeFile(file, text);
}

async function updateLedger(file: string, ledger: Ledger, summary: Summary): Promise<void> {
  const failed = [...idsOf(summary, 'failed'), ...idsOf(summary, 'known-failure')];
  await writeFile(
    file,
    updatedLedger(
      ledger,
      failed,
      summary.results.map(({ id }) => id),
    ),
  );
}
