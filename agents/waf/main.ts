// The firewall agent: SecLang rules in front of a site, the OWASP Core Rule Set among them, asked by the proxy about every
// request. The shaping decision: it is ready when its rules are loaded, and another set of rules is another process that
// takes its place when it is ready, so nothing is ever decided by half of a set. `--check`, `--show` and `--explain` read
// the same configuration from standard input and serve nobody.

import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type HostStatus, serveAgent } from '#agent';
import { hasErrors, problem } from '#config/errors';
import { wafAgentLimits } from '#config/limits-waf-agent';
import { createLogger } from '#config/log';
import { formatProblem } from '#config/report';
import { recordedRequestsName } from '#config/waf';
import { Canary, type CanarySettings, type Comparison } from './canary.ts';
import { type KeptCollections, openCollections } from './collections-file.ts';
import { newStore, planRules, type RuleProblem } from './engine.ts';
import { explainAnswer } from './explain/explain.ts';
import { WafFigures } from './figures.ts';
import { Inspector } from './inspect.ts';
import { describeSet, type LoadedSet, type Loading, loadSet, ruleCount } from './load-set.ts';
import { RecordFile } from './record-files.ts';
import { RecordFolder } from './record-folder.ts';
import { type KeptRequests, RecordKeeper } from './records.ts';
import { setupTexts } from './setup-text.ts';
import { RequestStore } from './store/request-store.ts';
import { readTold, type Told } from './told.ts';

const log = createLogger('waf');
const figures = new WafFigures();
let serving: Serving | undefined;
let host: HostStatus | undefined;

interface Serving {
  readonly inspector: Inspector;
  readonly requests: KeptRequests | undefined;
  readonly words: string;
  close(): Promise<void>;
}

async function configure(config: unknown): Promise<readonly string[]> {
  const told = readTold(config);
  if ('length' in told) return told;
  const began = performance.now();
  const isFirst = serving === undefined && !process.argv.includes('--replace'); // nobody serves until we do
  const loaded = await loadSets(told, { isPlanned: !isFirst });
  if ('problems' in loaded)
    return loaded.problems.slice(0, wafAgentLimits.problemsShownMax).map((one) => formatProblem(one));
  const next = await serve(told, loaded).catch((error: unknown) => `its files cannot be opened: ${String(error)}`);
  if (typeof next === 'string') return [next];
  const before = serving;
  serving = next;
  figures.loaded(infoOf(loaded), ruleCount(loaded.ruleSet));
  log.info('waf-rules-loaded', {
    set: next.words,
    files: loaded.sources.length,
    ms: Math.round(performance.now() - began),
  });
  await before?.close();
  if (isFirst) void planSets(loaded);
  return [];
}

interface LoadedSets extends LoadedSet {
  readonly canary: CanarySettings | undefined;
}

/**
 * Behind the answer that it is ready: what comes meanwhile is judged by every rule in turn, at fifty times the price. Where
 * that is more than there is time for, proxies hold their requests back until it is done.
 */
async function planSets({ ruleSet, canary }: LoadedSets): Promise<void> {
  const began = performance.now();
  let isHeld = false;
  const onLoad = (): void => {
    if (!isHeld) host?.pause();
    isHeld = true;
  };
  try {
    await planRules(ruleSet, onLoad);
    if (canary !== undefined) await planRules(canary.ruleSet, onLoad);
  } finally {
    if (isHeld) host?.resume();
  }
  log.info('waf-rules-planned', { ms: Math.round(performance.now() - began), held: isHeld });
}

/** The set that decides, and the one on trial. */
async function loadSets(
  told: Told,
  loading: Loading,
): Promise<LoadedSets | { readonly problems: readonly RuleProblem[] }> {
  const live = await loadSet(told, loading);
  if ('problems' in live || told.canary === undefined)
    return 'problems' in live ? live : { ...live, canary: undefined };
  const trial = await loadSet({ ...told, rules: told.canary.rules }, loading);
  if ('problems' in trial) return trial;
  const isNew = ({ place, what }: RuleProblem): boolean =>
    !live.warnings.some(
      (one) => one.what === what && one.place?.file === place?.file && one.place?.line === place?.line,
    );
  return {
    ...live,
    warnings: [...live.warnings, ...trial.warnings.filter(isNew)], // both sets may have files in common
    canary: { ruleSet: trial.ruleSet, percent: told.canary.percent },
  };
}

function canaryOf({ canary }: LoadedSets): Canary | undefined {
  if (canary === undefined) return undefined;
  const count = (comparison: Comparison) => figures.compared(comparison);
  return new Canary(canary, { log, count, clock: Date.now, chance: Math.random });
}

async function serve(told: Told, loaded: LoadedSets): Promise<Serving> {
  const { auditLog, alertLog } = told;
  const audit = auditLog === undefined ? undefined : await RecordFile.open(auditLog, log);
  const alerts = alertLog === undefined ? undefined : await RecordFile.open(alertLog, log);
  const dir = auditLog?.storageDir;
  const folder =
    dir === undefined ? undefined : await RecordFolder.open({ folder: dir, daysMax: auditLog?.maxFiles ?? 0 }, log);
  const requests = await requestsOf(told);
  const keeper = new RecordKeeper(log, figures, { audit, folder, alerts, requests, canary: canaryOf(loaded) });
  const kept = await collectionsOf(told);
  const inspector = new Inspector(loaded.ruleSet, kept?.store ?? newStore(), keeper);
  const sweeping = setInterval(() => {
    const lost = inspector.sweep(Date.now());
    if (lost > 0) log.warn('waf-transactions-lost', { transactions: lost });
  }, wafAgentLimits.sweepMs).unref();
  return {
    inspector,
    requests,
    words: describeSet(loaded, told),
    close: async () => {
      clearInterval(sweeping);
      requests?.store.close();
      await kept?.[Symbol.asyncDispose]();
      await folder?.close();
      await audit?.close();
      await alerts?.close();
    },
  };
}

function collectionsOf({ collectionsFile: path }: Told): Promise<KeptCollections> | undefined {
  if (path === undefined) return undefined;
  return openCollections({ path, warn: (problem) => log.warn('waf-collections-unusable', { problem }) });
}

/** Beside the socket unless a place is named: several processes, and those that follow, have one file. */
async function requestsOf({ recordedRequests }: Told): Promise<KeptRequests | undefined> {
  const { path = besideSocket(), maxRequests, maxSize, maxAgeMs, maxBodySize, passingSampleMs } = recordedRequests;
  if (maxRequests === 0 || path === undefined) return undefined;
  const warn = (problem: string) => log.warn('waf-requests-unusable', { problem });
  const store = await RequestStore.open({ path, maxRequests, maxSize, maxAgeMs, warn });
  return store === undefined ? undefined : { store, bodyBytesMax: maxBodySize, passingSampleMs };
}

function besideSocket(): string | undefined {
  const at = process.argv.indexOf('--socket');
  const socket = at === -1 ? undefined : process.argv[at + 1];
  return socket === undefined ? undefined : join(dirname(socket), recordedRequestsName);
}

/** By what the set says of itself, and by what is in it. */
function infoOf({ ruleSet, sources }: LoadedSet): { name: string; version: string; sha256: string } {
  const [name = '', version = ''] = (ruleSet.signatures[0] ?? '').split('/');
  const hash = createHash('sha256');
  for (const { text: content } of sources) hash.update(content, 'latin1');
  return { name, version, sha256: hash.digest('hex') };
}

function inspector(): Inspector {
  if (serving === undefined) throw new Error('there are no rules yet'); // the host asks nobody before `configure`
  return serving.inspector;
}

function run(): Promise<number> {
  return serveAgent({
    name: 'waf',
    describe: () => serving?.words,
    figures: () => figures.families(serving?.inspector.size ?? 0, serving?.requests?.store.counts),
    onStart: (status) => {
      host = status;
    },
    onConfigure: configure,
    onRequestHeaders: (event) => inspector().onRequestHeaders(event),
    onRequestBodyChunk: (event) => inspector().onRequestBodyChunk(event),
    onResponseHeaders: (event) => inspector().onResponseHeaders(event),
    onResponseBodyChunk: (event) => inspector().onResponseBodyChunk(event),
    onRequestComplete: (event) => inspector().onRequestComplete(event),
    onStop: () => serving?.close(),
  });
}

// ---- without serving

/** Problems as JSON on standard output; 0 if there are none that refuse the set. */
async function checkOnly(): Promise<number> {
  const told = await toldByInput();
  if ('length' in told) return print({ problems: told.map((what) => problem('agent-config', what)) }, 1);
  const loaded = await loadSets(told, { isPlanned: false });
  if (!('problems' in loaded)) return print({ problems: loaded.warnings, words: describeSet(loaded, told) }, 0);
  return print({ problems: loaded.problems }, hasErrors(loaded.problems) ? 1 : 0);
}

/** The SecLang that the configuration stands for, around the files that it names. */
async function showOnly(): Promise<number> {
  const told = await toldByInput();
  if ('length' in told) return print({ problems: told }, 1);
  const { before, after } = setupTexts(told);
  const loaded = await loadSet(told, { isPlanned: false });
  const files = 'problems' in loaded ? told.rules : loaded.sources.slice(1, -1).map(({ file }) => file);
  process.stdout.write(`${before.text}\n${files.map((file) => `Include ${file}`).join('\n')}\n\n${after.text}`);
  return 0;
}

/** What happens to one request, and why. */
async function explainOnly(): Promise<number> {
  const { stdout, stderr, code } = await explainAnswer(JSON.parse(await text(process.stdin)), Date.now());
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

async function toldByInput(): Promise<Told | readonly string[]> {
  return readTold(JSON.parse(await text(process.stdin)));
}

function print(what: unknown, code: number): number {
  process.stdout.write(`${JSON.stringify(what)}\n`);
  return code;
}

/** What is asked about recorded requests; whoever serves need not have it in memory. */
const desk = async (): Promise<number> => (await import('./desk.ts')).runDesk();

const modes: Readonly<Record<string, () => Promise<number>>> = {
  '--check': checkOnly,
  '--show': showOnly,
  '--desk': desk,
  '--explain': explainOnly,
};
process.exitCode = await (modes[process.argv[2] ?? ''] ?? run)();
