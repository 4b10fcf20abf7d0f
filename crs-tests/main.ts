// The program behind `sentinel-stack crs`: go-ftw's work without Go. `run` runs a corpus of regression tests, `check`
// says what is wrong with its files, `report` writes a page about a run, `quantitative` counts clean requests that are
// refused. Exit code 0: all is as expected; 1: it is not; 2: wrong usage; 3: the rules or the tests could not be read.

import { glob, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crsLimits } from '#config/limits-crs';
import { formatProblems } from '#config/report';
import type { Case, CaseProblem } from './case.ts';
import { readCases } from './cases.ts';
import { type FtwConfig, fateOf, noConfig, readFtwConfig } from './ftw-config.ts';
import { runJobs, type Work } from './jobs.ts';
import { emptyLedger, type Ledger, readLedger, updatedLedger } from './ledger.ts';
import { detection, qualityOptions, quantitative } from './quality.ts';
import { type OutputName, outputNames, reports } from './report.ts';
import { idsOf, isGoodRun, type Result, type Summary } from './result.ts';
import { type LoadedRules, loadRuleFolder } from './rules.ts';
import { runOverWire } from './run-wire.ts';
import { isForced, isSelected, type Override, readOverrides } from './select.ts';
import { Stop } from './stop.ts';
import type { WireTarget } from './target.ts';
import { StackTarget } from './target-stack.ts';
import { UrlTarget } from './target-url.ts';
import { startBackend } from './wire/backend-server.ts';
import { refuseOptions, type TargetChoice, targetOf, timeouts, urlTargetOptions, wireOptions } from './wire-options.ts';

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
  config: { type: 'string' },
  port: { type: 'string' },
  ...wireOptions,
  ...qualityOptions,
} as const;

const testsPerJob = 500;

/** What fails on a foreign firewall is known to whoever runs it. */
const ledgerFiles = {
  engine: join(import.meta.dirname, 'ledger.json'),
  stack: join(import.meta.dirname, 'ledger-stack.json'),
  url: undefined,
} as const;

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
  if (command === 'backend') return serveBackend(values.port);
  if (command === 'quantitative') return countRefused(values);
  if (command === 'report' && values.levels === true) return reportLevels(folder, values);
  if (command === 'report') return run(folder, values, outputOf(values.output ?? 'markdown'));
  throw new Stop(2, `'${command ?? ''}' is not known; there are run, check, report, quantitative and backend`);
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

/** Serves until it is told to end. */
async function serveBackend(word = '0'): Promise<number> {
  if (!/^\d{1,5}$/.test(word) || Number(word) > 65_535) throw new Stop(2, `--port ${word} is no port`);
  await using backend = await startBackend(Number(word)).catch((error: Error) => {
    throw new Stop(3, `the backend cannot listen: ${error.message}`);
  });
  process.stdout.write(`http://${backend.address}\n`);
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  return 0;
}

async function reportLevels(folder: string, values: Values): Promise<number> {
  const { cases } = await readFolder(folder);
  await write(values.file, await detection(cases, rulesFolderOf(values)));
  return 0;
}

async function countRefused(values: Values): Promise<number> {
  const { page, exitCode } = await quantitative(values, rulesFolderOf(values));
  await write(values.file, page);
  return exitCode;
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

async function run(folder: string, given: Values, output: OutputName): Promise<number> {
  const config = await configFrom(given.config);
  const target = targetOf(given.target ?? config.target ?? 'engine');
  const values = { ...(target.kind === 'url' ? config.values : withoutLog(config.values)), ...given };
  const selection = {
    include: expression(values.include),
    exclude: expression(values.exclude),
    includeTags: expression(values['include-tags']),
  };
  const { cases, problems } = await readFolder(folder);
  const [first] = problems;
  if (first !== undefined) throw new Stop(3, `${first.file}:${first.line}: ${first.what} (crs check tells all)`);
  const ledgerFile = values.ledger ?? ledgerFiles[target.kind];
  if (values['update-ledger'] === true && ledgerFile === undefined)
    throw new Stop(2, 'which ledger is meant? name one with --ledger');
  const ledger = ledgerFile === undefined ? emptyLedger : await ledgerFrom(ledgerFile, values.ledger !== undefined);
  const selected = cases.filter((test) => isSelected(selection, test));
  const chosen = selected.filter((test) => fateOf(config, test) === 'run');
  const skipped = cases.filter((test) => !isSelected(selection, test)).map(({ id }) => id);
  const summary = withFates(await runAll(target, chosen, skipped, values, ledger), selected, config);
  await write(values.file, reports[output](summary, values['show-failures-only'] === true));
  if (values['update-ledger'] === true && ledgerFile !== undefined) {
    await updateLedger(ledgerFile, ledger, summary);
  }
  return isGoodRun(summary) ? 0 : 1;
}

function withFates(summary: Summary, selected: readonly Case[], config: FtwConfig): Summary {
  const idsWith = (fate: ReturnType<typeof fateOf>): readonly string[] =>
    selected.filter((test) => fateOf(config, test) === fate).map(({ id }) => id);
  return {
    ...summary,
    forcedPass: [...summary.forcedPass, ...idsWith('passed')],
    forcedFail: idsWith('failed'),
    ignored: idsWith('ignored'),
  };
}

async function configFrom(file: string | undefined): Promise<FtwConfig> {
  if (file === undefined) return noConfig;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Stop(3, `there is no configuration ${file}`);
  const config = readFtwConfig(text);
  if ('problem' in config) throw new Stop(3, `${file}: ${config.problem}`);
  return config;
}

/** What is said there of the firewall's log concerns no other target. */
function withoutLog(values: FtwConfig['values']): FtwConfig['values'] {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !(name in wireOptions)));
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
  target: TargetChoice,
  cases: readonly Case[],
  skipped: readonly string[],
  values: Values,
  ledger: Ledger,
): Promise<Summary> {
  const startedAtMs = Date.now();
  const overrides = await overridesFrom(values.overrides);
  const work = { cases, ledger, overrides, failFast: values['fail-fast'] === true };
  const results = target.kind === 'engine' ? await runInEngine(work, values) : await runOnWire(target, work, values);
  const forcedPass = cases.filter((test) => isForced(overrides, test)).map(({ id }) => id);
  return { results, skipped, forcedPass, forcedFail: [], ignored: [], totalMs: Date.now() - startedAtMs };
}

type ChosenWork = Omit<Work, 'rulesFolder'>;

async function runInEngine(work: ChosenWork, values: Values): Promise<readonly Result[]> {
  refuseOptions(values, [], 'engine');
  const rulesFolder = rulesFolderOf(values);
  return runJobs({ ...work, rulesFolder }, await rulesFrom(rulesFolder), jobsOf(values.jobs, work.cases.length));
}

async function runOnWire(target: TargetChoice, work: ChosenWork, values: Values): Promise<readonly Result[]> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt); // for all of the run: execa ends a process that listens no more
  try {
    await using open = await openTarget(target, values);
    const rules = async () =>
      open.rulesFolder === undefined ? undefined : (await rulesFrom(open.rulesFolder)).ruleSet;
    const results = await runOverWire({ ...work, target: open.target, rules: once(rules), signal: interrupted.signal });
    if (interrupted.signal.aborted) throw new Stop(1, `interrupted after ${results.length} tests`);
    return results;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

interface OpenTarget extends AsyncDisposable {
  readonly target: WireTarget;
  readonly rulesFolder: string | undefined; // what a failure can be explained with
}

async function openTarget(choice: TargetChoice, values: Values): Promise<OpenTarget> {
  if (choice.kind !== 'url') return openStack(values);
  const { url } = choice;
  if (values.jobs !== undefined)
    throw new Stop(2, 'a firewall by its address takes one test at a time; leave out --jobs');
  const target = await UrlTarget.open(url, urlTargetOptions(values));
  return { target, rulesFolder: values.rules, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
}

async function openStack(values: Values): Promise<OpenTarget> {
  refuseOptions(values, ['connect-timeout', 'read-timeout'], 'stack');
  const rulesFolder = rulesFolderOf(values);
  const connections = jobsOf(values.jobs ?? String(crsLimits.stackConnections), 0);
  const target = await StackTarget.start({
    rulesFolder,
    connections,
    sending: timeouts(values, crsLimits.stackReadTimeoutMs),
  });
  return { target, rulesFolder, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function rulesFolderOf(values: Values): string {
  return values.rules ?? '/usr/share/modsecurity-crs';
}

async function rulesFrom(folder: string): Promise<LoadedRules> {
  const loaded = await loadRuleFolder(folder).catch((error: Error) => {
    throw new Stop(3, `the rules in ${folder} cannot be read: ${error.message}`);
  });
  if ('problems' in loaded) throw new Stop(3, `these rules cannot be used\n${formatProblems(loaded.problems)}`);
  return loaded;
}

/** A thread costs seconds of loading rules, so a few tests get none. */
function jobsOf(word: string | undefined, count: number): number {
  if (word === undefined)
    return count < testsPerJob ? 1 : Math.min(availableParallelism(), Math.ceil(count / testsPerJob));
  if (!/^[1-9]\d?$/.test(word)) throw new Stop(2, `--jobs ${word} is no number from 1 to 99`);
  return Number(word);
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
  else
    await writeFile(file, text).catch((error: Error) => {
      throw new Stop(3, `${file} cannot be written: ${error.message}`);
    });
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
