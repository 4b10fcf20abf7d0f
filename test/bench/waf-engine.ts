// The WAF engine alone beside libmodsecurity3: processor time per transaction with the same rules and the same requests,
// in turns, and whether both say the same. No socket and no server on either side. Ours is measured in this process after
// a warm-up, as it runs in the agent. `WAF_KINDS=get,form` and `WAF_MIXES=realistic` choose, `WAF_LEVELS=1` too.

import { createHash } from 'node:crypto';
import { beginTransaction, loadRules, type RuleSet, readRules } from '../../agents/waf/engine.ts';
import { engineSettings } from '../../crs-tests/rules.ts';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { corpusRuleFiles } from './modsecurity/corpus.ts';
import { type AskedRequest, type Judged, type Library, openLibrary } from './modsecurity/library.ts';
import { median } from './report.ts';
import { type Mix, mixes, type RequestKind, requestKinds, requestsOf } from './waf-requests.ts';

export const wafEngineName = 'waf-engine';

const rounds = 3;
const roundMs = 300;
const theirSampleMs = 400;

// Bodies of a megabyte are read too.
const settings = engineSettings.replace(/(?<=SecRequestBodyNoFilesLimit )\d+/, '13107200');

const levelText = (level: number): string =>
  `SecAction "id:900000,phase:1,pass,t:none,nolog,setvar:tx.blocking_paranoia_level=${level},setvar:tx.detection_paranoia_level=${level}"\n`;

const chosen = (name: string, all: readonly string[]): readonly string[] => process.env[name]?.split(',') ?? all;

const choices = ['WAF_KINDS', 'WAF_MIXES', 'WAF_LEVELS'] as const;
const chosenText = (): string =>
  choices.flatMap((name) => (process.env[name] === undefined ? [] : [`${name}=${process.env[name]} `])).join('');

/** Nothing was left out, so the table may be shown. */
export const isWholeRun = (): boolean => choices.every((name) => process.env[name] === undefined);

export interface Cell {
  readonly kind: RequestKind;
  readonly mix: Mix;
  readonly level: number;
  readonly ours: readonly number[]; // microseconds, a figure for each round
  readonly theirs: readonly number[];
  readonly agreeing: string; // of the sample
}

export async function measureWafEngine(): Promise<string> {
  if (crsFolder === undefined) return `not measured: ${withoutCrs}`;
  const library = await openLibrary();
  const opened = 'missing' in library ? undefined : library;
  const hash = createHash('sha256');
  const cells: Cell[] = [];
  for (const level of chosen('WAF_LEVELS', ['1', '4']).map(Number)) {
    const ruleSet = await rulesOf(crsFolder, level);
    for (const [kind, mix] of works()) {
      process.stderr.write(`${wafEngineName} ${kind.name} ${mix} level ${level} …\n`);
      const cell = await measureCell(kind, mix, level, ruleSet, opened, crsFolder);
      hash.update(verdictsOf(ruleSet, requestsOf(kind, mix)));
      process.stderr.write(`  ${lineOf(cell)}\n`);
      cells.push(cell);
    }
  }
  await opened?.[Symbol.asyncDispose]();
  return tableOf(cells, hash.digest('hex').slice(0, 16), 'missing' in library ? library.missing : undefined);
}

/** One of each kind, nothing measured: the hash of the verdicts. */
export async function runTinyWafEngine(): Promise<string> {
  if (crsFolder === undefined) return `- ${withoutCrs}`;
  const ruleSet = await rulesOf(crsFolder, 1);
  const all = requestKinds.filter(({ name }) => name !== 'soup-1m').map((kind) => requestsOf(kind, 'repeated'));
  return createHash('sha256').update(verdictsOf(ruleSet, all.flat())).digest('hex').slice(0, 16);
}

function works(): readonly (readonly [RequestKind, Mix])[] {
  const kinds = chosen(
    'WAF_KINDS',
    requestKinds.map(({ name }) => name),
  );
  const wanted = chosen('WAF_MIXES', mixes);
  return requestKinds
    .filter(({ name }) => kinds.includes(name))
    .flatMap((kind) =>
      mixes
        .filter((mix) => (kind.isHostile === true ? mix === 'distinct' : wanted.includes(mix)))
        .map((mix) => [kind, mix] as const),
    );
}

async function rulesOf(folder: string, level: number): Promise<RuleSet> {
  const { before, after } = corpusRuleFiles(folder);
  const { sources, files } = await readRules([...before, ...after]);
  const own = { file: 'settings.conf', text: settings + levelText(level) };
  const loaded = loadRules([own, ...sources], files);
  if ('problems' in loaded) throw new Error(loaded.problems[0]?.what);
  return loaded.ruleSet;
}

async function measureCell(
  kind: RequestKind,
  mix: Mix,
  level: number,
  ruleSet: RuleSet,
  library: Library | undefined,
  folder: string,
): Promise<Cell> {
  const requests = requestsOf(kind, mix);
  const sample = await sampleOf(requests, library, folder, level);
  const supply = new Supply(kind, mix);
  runFor(ruleSet, supply, 3 * roundMs); // warm-up
  const [ours, theirs]: [number[], number[]] = [[], []];
  let judged: readonly Judged[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(runFor(ruleSet, supply, roundMs));
    if (library === undefined) continue;
    judged = await askThem(library, folder, level, sample, 1);
    theirs.push(judged.reduce((sum, { cpuNs = 0 }) => sum + cpuNs, 0) / judged.length / 1e3);
  }
  return { kind, mix, level, ours, theirs, agreeing: agreement(ruleSet, sample, judged) };
}

/** As many requests as they can judge in half a second: they are slow. */
async function sampleOf(
  requests: readonly AskedRequest[],
  library: Library | undefined,
  folder: string,
  level: number,
): Promise<readonly AskedRequest[]> {
  if (library === undefined) return requests.slice(0, 20);
  const [first] = await askThem(library, folder, level, requests.slice(0, 1), 1);
  const count = Math.max(1, Math.ceil((theirSampleMs * 1e6) / (first?.cpuNs ?? 1e6)));
  const step = Math.max(1, Math.floor(requests.length / count));
  return requests.length === 1
    ? Array.from({ length: Math.min(count, 50) }, () => requests[0] as AskedRequest)
    : requests.filter((_, index) => index % step === 0);
}

async function askThem(
  library: Library,
  folder: string,
  level: number,
  requests: readonly AskedRequest[],
  repeats: number,
): Promise<readonly Judged[]> {
  using own = tempFolder({ 'level.conf': levelText(level) });
  const { before, after } = corpusRuleFiles(folder);
  const rules = [own.of('level.conf'), ...before, ...after];
  return (await library.ask({ settings: [settings], rules, requests, repeats })).judged;
}

const connection = { clientAddress: '127.0.0.1', clientPort: 50_000, serverAddress: '127.0.0.1', serverPort: 80 };

function judge(ruleSet: RuleSet, request: AskedRequest) {
  const transaction = beginTransaction(ruleSet, { connection, uniqueId: 'bench', startedAtMs: 0 });
  if (transaction.requestHead(request, 0).kind === 'pass') {
    if (request.body !== undefined) transaction.addRequestBody(request.body);
    transaction.requestBody(0);
  }
  return transaction.end(0);
}

/** Requests of a mix, none of which was judged before (but for `repeated`); made while no time is taken. */
class Supply {
  readonly #kind: RequestKind;
  readonly #mix: Mix;
  #made = 0;

  constructor(kind: RequestKind, mix: Mix) {
    this.#kind = kind;
    this.#mix = mix;
  }

  some(): readonly AskedRequest[] {
    const requests = requestsOf(this.#kind, this.#mix, this.#made);
    this.#made += requests.length;
    return this.#mix === 'repeated' ? Array.from({ length: 200 }, () => requests[0] as AskedRequest) : requests;
  }
}

/** Microseconds of this thread per transaction. */
function runFor(ruleSet: RuleSet, supply: Supply, durationMs: number): number {
  let [count, spentUs] = [0, 0];
  while (spentUs < 1000 * durationMs) {
    const requests = supply.some();
    const start = process.threadCpuUsage();
    for (const request of requests) judge(ruleSet, request);
    const { user, system } = process.threadCpuUsage(start);
    spentUs += user + system;
    count += requests.length;
  }
  return spentUs / count;
}

const verdictsOf = (ruleSet: RuleSet, requests: readonly AskedRequest[]): string =>
  requests
    .slice(0, 200)
    .map((request) => {
      const { kind, status, ruleIds, score } = judge(ruleSet, request);
      return [request.name, kind, status, score, ruleIds.join('.')].join(' ');
    })
    .join('\n');

const reportRule = 980170; // tells the score at the end, which libmodsecurity3 does not put into its log

function agreement(ruleSet: RuleSet, sample: readonly AskedRequest[], judged: readonly Judged[]): string {
  const same = judged.filter(({ ids, isStopped }, index) => {
    const ours = judge(ruleSet, sample[index] as AskedRequest);
    const mine = ours.ruleIds
      .filter((id) => id !== reportRule)
      .sort()
      .join();
    const other = ids
      .filter((id) => id !== reportRule)
      .sort()
      .join();
    return (ours.kind !== 'pass') === isStopped && mine === other;
  });
  return judged.length === 0 ? '-' : `${same.length}/${judged.length}`;
}

const spread = (figures: readonly number[]): string =>
  figures.length === 0
    ? '-'
    : `${rounded(median(figures))} [${rounded(Math.min(...figures))}-${rounded(Math.max(...figures))}]`;

const rounded = (figure: number): string => (figure < 100 ? figure.toFixed(1) : figure.toFixed(0));

function lineOf({ kind, mix, level, ours, theirs, agreeing }: Cell): string {
  const ratio = theirs.length === 0 ? '-' : `1/${rounded(median(theirs) / median(ours))}`;
  return `| ${kind.what} | ${mix} | ${level} | ${spread(ours)} | ${spread(theirs)} | ${ratio} | ${agreeing} |`;
}

function tableOf(cells: readonly Cell[], hash: string, missing: string | undefined): string {
  return [
    `Made by \`${chosenText()}node test/bench/run.ts ${wafEngineName}\`: microseconds of processor time per transaction (head, body and logging; no response), the median of ${rounds} rounds in turns with the least and most; CRS 4.28; hash of our verdicts ${hash}.${missing === undefined ? '' : ` libmodsecurity3 is not compared with: ${missing}.`}`,
    '',
    '| request | mix | paranoia level | ours | libmodsecurity3 | ratio | same rules and verdict |',
    '|---|---|---|---|---|---|---|',
    ...cells.map(lineOf),
    '',
  ].join('\n');
}
