// The firewall agent: SecLang rules in front of a site, the OWASP Core Rule Set among them, asked by the proxy about every
// request. The shaping decision: it is ready when its rules are loaded, and another set of rules is another process that
// takes its place when it is ready, so nothing is ever decided by half of a set. `--check`, `--show` and `--explain` read
// the same configuration from standard input and serve nobody.

import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { serveAgent } from '#agent';
import { hasErrors, problem } from '#config/errors';
import { wafAgentLimits } from '#config/limits-waf-agent';
import { createLogger } from '#config/log';
import { formatProblem } from '#config/report';
import { type KeptCollections, openCollections } from './collections-file.ts';
import { newStore } from './engine.ts';
import { explainAnswer } from './explain/explain.ts';
import { WafFigures } from './figures.ts';
import { Inspector } from './inspect.ts';
import { describeSet, type LoadedSet, loadSet, ruleCount } from './load-set.ts';
import { RecordFile } from './record-files.ts';
import { RecordFolder } from './record-folder.ts';
import { RecordKeeper } from './records.ts';
import { setupTexts } from './setup-text.ts';
import { readTold, type Told } from './told.ts';

const log = createLogger('waf');
const figures = new WafFigures();
let serving: Serving | undefined;

interface Serving {
  readonly inspector: Inspector;
  readonly words: string;
  close(): Promise<void>;
}

async function configure(config: unknown): Promise<readonly string[]> {
  const told = readTold(config);
  if ('length' in told) return told;
  const began = performance.now();
  const loaded = await loadSet(told);
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
  return [];
}

async function serve(told: Told, loaded: LoadedSet): Promise<Serving> {
  const { auditLog, alertLog } = told;
  const audit = auditLog === undefined ? undefined : await RecordFile.open(auditLog, log);
  const alerts = alertLog === undefined ? undefined : await RecordFile.open(alertLog, log);
  const dir = auditLog?.storageDir;
  const folder =
    dir === undefined ? undefined : await RecordFolder.open({ folder: dir, daysMax: auditLog?.maxFiles ?? 0 }, log);
  const keeper = new RecordKeeper(log, figures, { audit, folder, alerts });
  const kept = await collectionsOf(told);
  const inspector = new Inspector(loaded.ruleSet, kept?.store ?? newStore(), keeper);
  const sweeping = setInterval(() => {
    const lost = inspector.sweep(Date.now());
    if (lost > 0) log.warn('waf-transactions-lost', { transactions: lost });
  }, wafAgentLimits.sweepMs).unref();
  return {
    inspector,
    words: describeSet(loaded, told),
    close: async () => {
      clearInterval(sweeping);
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
    figures: () => figures.families(serving?.inspector.size ?? 0),
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
  const loaded = await loadSet(told);
  if (!('problems' in loaded)) return print({ problems: loaded.warnings, words: describeSet(loaded, told) }, 0);
  return print({ problems: loaded.problems }, hasErrors(loaded.problems) ? 1 : 0);
}

/** The SecLang that the configuration stands for, around the files that it names. */
async function showOnly(): Promise<number> {
  const told = await toldByInput();
  if ('length' in told) return print({ problems: told }, 1);
  const { before, after } = setupTexts(told);
  const loaded = await loadSet(told);
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

const modes: Readonly<Record<string, () => Promise<number>>> = {
  '--check': checkOnly,
  '--show': showOnly,
  '--explain': explainOnly,
};
process.exitCode = await (modes[process.argv[2] ?? ''] ?? run)();
