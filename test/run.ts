// Runs the tests and tells what happened, calmly: nothing of what passed, everything of what failed.
//
//   node test/run.ts unit [words]   the unit tests, in two processes side by side (a process per file costs 0.1 s each)
//   node test/run.ts all [words]    those, then every other test, each file in a process of its own, two at a time
//
// With words, only files whose path holds one of them. The last line is `N passed, N failed`, and `, N skipped` if any.
// Tests run in children of this process, so one that ends its process, hangs or leaves a timer or a server behind is a
// failure with a name, never a run that passes by accident or never ends. A run of no tests is a failure.

import { AssertionError } from 'node:assert/strict';
import { appendFileSync, globSync, readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

const testTimeoutMs = 120_000; // one test; the slowest waits for a start-up deadline of 30 s
const childTimeoutMs = 600_000; // one process of tests, whatever it does
const leftoverGraceMs = 3_000; // from the last test's end to the process's: sockets closing, children reaped
const processesMax = 2;

/** One line of a child's report. */
type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly name: string; readonly place: string; readonly error: string }
  | { readonly kind: 'finished' };

async function main([mode, ...rest]: readonly string[]): Promise<number> {
  if (mode === 'here') return runHere(rest[0] ?? '', rest.slice(1));
  if (mode !== 'unit' && mode !== 'all') {
    process.stderr.write('usage: node test/run.ts unit|all [words that a path holds]\n');
    return 2;
  }
  const startedAtMs = performance.now();
  const { units, others } = chooseFiles(rest);
  const groups = inGroups(units, processesMax);
  const outcomes = await runEach(mode === 'all' ? [...groups, ...others.map((file) => [file])] : groups);
  return summarise(outcomes, performance.now() - startedAtMs);
}

/** Units run together; what starts processes, injects faults or measures runs alone. */
function chooseFiles(words: readonly string[]): { units: readonly string[]; others: readonly string[] } {
  const files = globSync('test/**/*.test.ts')
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort();
  const alone = /^test\/(?:e2e|faults|bench)\/|\.process\.test\.ts$/;
  return { units: files.filter((path) => !alone.test(path)), others: files.filter((path) => alone.test(path)) };
}

/** Cut from the sorted list, so that what a room links is read by one process and not by each. */
function inGroups(files: readonly string[], count: number): string[][] {
  const size = Math.ceil(files.length / count);
  return Array.from({ length: count }, (_, index) => files.slice(index * size, (index + 1) * size)).filter(
    (group) => group.length > 0,
  );
}

async function runEach(groups: readonly (readonly string[])[]): Promise<Outcome[]> {
  const waiting = [...groups];
  const outcomes: Outcome[] = [];
  const takeNext = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      outcomes.push(...(await runInChild(files)));
      showProgress(groups.length - waiting.length, groups.length);
    }
  };
  await Promise.all(Array.from({ length: processesMax }, takeNext));
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return outcomes;
}

let toldAtMs = performance.now();

/** One line that updates on a terminal, a line per ten seconds elsewhere. */
function showProgress(begun: number, total: number): void {
  const line = `tests  ${begun} of ${total} processes`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (performance.now() - toldAtMs > 10_000) {
    toldAtMs = performance.now();
    process.stderr.write(`${line}\n`);
  }
}

/** One process of tests. What it printed is shown only if something in it failed. */
async function runInChild(files: readonly string[]): Promise<Outcome[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-tests-'));
  const reportPath = join(folder.path, 'report');
  appendFileSync(reportPath, '');
  const { execa } = await import('execa'); // 90 ms that a child can do without
  const child = await execa(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', import.meta.filename, 'here', reportPath, ...files],
    { all: true, reject: false, stdin: 'ignore', timeout: childTimeoutMs, forceKillAfterDelay: 5_000 },
  );
  const outcomes = readReport(reportPath);
  if (outcomes.at(-1)?.kind === 'finished') outcomes.pop();
  else outcomes.push(cutShort(files, child));
  const failed = outcomes.some((outcome) => outcome.kind === 'failed');
  if (failed && child.all !== '') process.stdout.write(`\n── printed by ${nameOf(files)}\n${child.all}\n`);
  return outcomes;
}

const readReport = (path: string): Outcome[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

interface Ending {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
}

function cutShort(files: readonly string[], { exitCode, signal, timedOut }: Ending): Outcome {
  const ending = signal === undefined ? `with exit code ${exitCode}` : `by ${signal}`;
  const error = timedOut
    ? `the process of this test was still busy after ${childTimeoutMs / 1000} s and was ended`
    : `the process of this test ended ${ending} before its tests did`;
  return { kind: 'failed', name: 'the run itself', place: nameOf(files), error };
}

const nameOf = (files: readonly string[]): string =>
  files.length === 1 ? `${files[0]}` : `${files.length} test files`;

function summarise(outcomes: readonly Outcome[], elapsedMs: number): number {
  const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
  const skips = outcomes.filter((outcome) => outcome.kind === 'skipped');
  const passes = outcomes.filter((outcome) => outcome.kind === 'passed');
  for (const { name, place, error } of failures) process.stdout.write(`\n✖ ${name}\n  ${place}\n${indent(error)}\n`);
  for (const { name, reason } of skips)
    process.stdout.write(`- skipped: ${name}${reason === '' ? '' : ` (${reason})`}\n`);
  const ran = passes.length + failures.length > 0;
  if (!ran) process.stdout.write('no test ran; a run of no tests proves nothing\n');
  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : '';
  process.stdout.write(
    `\n${(elapsedMs / 1000).toFixed(1)} s\n${passes.length} passed, ${failures.length} failed${skipped}\n`,
  );
  return failures.length > 0 || !ran ? 1 : 0;
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

const hasItsOwnCache = 'test/stack/code-cache.process.test.ts'; // a process may ask for one folder, once

/** The child: runs the files in this very process and writes an outcome per line. */
async function runHere(reportPath: string, files: readonly string[]): Promise<number> {
  // Types are taken out of some 1,200 files once and not at each run. By a call and not by the environment, which the
  // processes that tests start would read, too.
  if (!files.includes(hasItsOwnCache)) enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'));
  const report = (outcome: Outcome) => appendFileSync(reportPath, `${JSON.stringify(outcome)}\n`);
  const names: string[] = []; // of the tests around the one being told, by nesting
  let waitingCount = 0;
  let leftoverTimer: NodeJS.Timeout | undefined;
  for await (const event of run({ files: [...files], isolation: 'none', timeout: testTimeoutMs })) {
    if (event.type === 'test:enqueue') {
      waitingCount += 1;
      clearTimeout(leftoverTimer);
    }
    if (event.type === 'test:start') names[event.data.nesting] = event.data.name;
    if (event.type === 'test:diagnostic') reportLateError(event.data.message, report);
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    waitingCount -= 1;
    const outcome = outcomeOf(event, names.slice(0, event.data.nesting + 1).join(' › '));
    if (outcome !== undefined) report(outcome);
    // The stream ends when nothing keeps this process alive; if that does not come by itself, something was left open.
    if (waitingCount === 0) leftoverTimer = setTimeout(() => endWithLeftovers(files, report), leftoverGraceMs).unref();
  }
  clearTimeout(leftoverTimer);
  report({ kind: 'finished' });
  return 0;
}

/** An error thrown after its test ended is a mere remark to Node's runner; here it is a failure. */
function reportLateError(remark: string, report: (outcome: Outcome) => void): void {
  const [, name, place] =
    /Test "(.*)" at (\S+) generated asynchronous activity after the test ended/.exec(remark) ?? [];
  if (name !== undefined && place !== undefined) report({ kind: 'failed', name, place, error: remark });
}

type Told = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

/** Suites and tests around other tests are told by what is in them, unless they fail of themselves. */
function outcomeOf({ type, data }: Told, name: string): Outcome | undefined {
  if (data.skip !== undefined || data.todo !== undefined) {
    const reason = [data.skip, data.todo].find((why) => typeof why === 'string') ?? '';
    return { kind: 'skipped', name, reason };
  }
  if (type === 'test:pass') return data.details.type === 'suite' ? undefined : { kind: 'passed' };
  const { error } = data.details;
  if ('failureType' in error && error.failureType === 'subtestsFailed') return undefined;
  const place = `${relative('.', data.file ?? '')}:${data.line}`;
  return { kind: 'failed', name, place, error: errorText(error.cause ?? error) };
}

// An assertion's message already shows what was and what should be; its fields would say it a second time.
function errorText(error: unknown): string {
  const text = error instanceof AssertionError ? (error.stack ?? error.message) : inspect(error, { depth: 6 });
  return text.replace(/\n\s+at [^\n]*\(?node:[^\n]*?( \{)?(?=\n|$)/g, '$1');
}

function endWithLeftovers(files: readonly string[], report: (outcome: Outcome) => void): void {
  const left = [...new Set(process.getActiveResourcesInfo())].join(', ');
  const error = `all tests are done, but something they opened is still open: ${left}\nclose it in the test (\`await using\`, \`t.after\`)`;
  report({ kind: 'failed', name: 'left open', place: nameOf(files), error });
  report({ kind: 'finished' });
  process.exit(1);
}

process.exitCode = await main(process.argv.slice(2));
