// The benchmarks of the proxy, beside its peers: `node test/bench/run.ts [name…] [--tiny]`. A whole run writes its tables
// to docs/performance.md; a run of some names prints them, and `routes`, `pick`, `agent-calls`, `agent-1k`,
// `figures` and those of the firewall (`waf-…`), which stand beside none of these peers, write their own. With `--tiny` nothing is measured: each work is done small, and the hash of its results is printed. It
// installs nothing and says what is missing.

import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { agentProxyName, measureAgentProxy, runTinyAgentProxy } from './agent-1k.ts';
import { agentCallsName, measureAgentCalls, runTinyAgentCalls } from './agent-calls.ts';
import { figuresName, measureFigures, runTinyFigures } from './figures.ts';
import { latencyName, latencyTable, measureLatency } from './latency.ts';
import { cores, describeMachine, versionOf } from './machine.ts';
import { connections, measuredSeconds, measureWork, rounds, type Samples } from './measure.ts';
import { type MemoryResult, measureMemory, memoryTask } from './memory.ts';
import { measurePicks, pickName, runTinyPicks } from './pick.ts';
import { aboutRun, markersOf, memoryTable, workTable, writePage } from './report.ts';
import { measureRoutes, routesName, runTinyRoutes } from './routes.ts';
import { type Found, findPeers, ours, type ServerName } from './servers.ts';
import { runTinyMemory, runTinyWork } from './tiny.ts';
import { isWholeRun, measureWafEngine, runTinyWafEngine, wafEngineName } from './waf-engine.ts';
import { measureWafLatency, wafLatencyName } from './waf-latency.ts';
import { measureWafMemory, wafMemoryName } from './waf-memory.ts';
import { measureWafStack, runTinyWafStack, wafStackName } from './waf-stack.ts';
import { type Work, works } from './work.ts';

const page = join(import.meta.dirname, '../../docs/performance.md');
const memoryName = 'memory';
const names = [
  ...works.map(({ name }) => name),
  memoryName,
  latencyName,
  routesName,
  pickName,
  agentCallsName,
  agentProxyName,
  figuresName,
  wafEngineName,
  wafStackName,
  wafLatencyName,
  wafMemoryName,
];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { tiny: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    return complain(`no benchmark is called ${unknown.join(', ')}; there are ${names.join(', ')}`, 2);
  const chosen = positionals.length === 0 ? names : positionals;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-bench-'));
  return await (values.tiny ? runTiny(chosen, folder.path) : runMeasured(chosen, folder.path));
}

async function runTiny(chosen: readonly string[], folder: string): Promise<number> {
  for (const work of works.filter(({ name }) => chosen.includes(name)))
    say(`${work.name} ${await runTinyWork(work, folder)}`);
  if (chosen.includes(memoryName)) say(`${memoryName} ${await runTinyMemory(folder)}`);
  if (chosen.includes(routesName)) say(`${routesName} ${runTinyRoutes()}`);
  if (chosen.includes(pickName)) say(`${pickName} ${runTinyPicks()}`);
  if (chosen.includes(agentCallsName)) say(`${agentCallsName} ${await runTinyAgentCalls(folder)}`);
  if (chosen.includes(agentProxyName)) say(`${agentProxyName} ${await runTinyAgentProxy(folder)}`);
  if (chosen.includes(figuresName)) say(`${figuresName} ${await runTinyFigures()}`);
  if (chosen.includes(wafEngineName)) say(`${wafEngineName} ${await runTinyWafEngine()}`);
  if (chosen.includes(wafStackName)) say(`${wafStackName} ${await runTinyWafStack(folder)}`);
  return 0;
}

async function runMeasured(chosen: readonly string[], folder: string): Promise<number> {
  if (chosen.includes(routesName)) {
    const { text } = measureRoutes();
    say(text);
    writePage(page, text, markersOf(routesName));
  }
  if (chosen.includes(pickName)) {
    const { text } = measurePicks();
    say(text);
    writePage(page, text, markersOf(pickName));
  }
  if (chosen.includes(agentCallsName)) {
    const text = await measureAgentCalls(folder);
    say(text);
    writePage(page, text, markersOf(agentCallsName));
  }
  if (chosen.includes(agentProxyName)) {
    const text = await measureAgentProxy(folder);
    say(text);
    writePage(page, text, markersOf(agentProxyName));
  }
  if (chosen.includes(figuresName)) {
    const text = await measureFigures();
    say(text);
    writePage(page, text, markersOf(figuresName));
  }
  if (chosen.includes(wafEngineName)) {
    const text = await measureWafEngine();
    say(text);
    if (isWholeRun()) writePage(page, text, markersOf(wafEngineName));
  }
  for (const [name, measure] of ofFirewalls) {
    if (!chosen.includes(name)) continue;
    const text = await measure(folder);
    say(text);
    if (isWholeRun()) writePage(page, text, markersOf(name));
  }
  const firewalls = [wafEngineName, ...ofFirewalls.map(([name]) => name)];
  const alone = [routesName, pickName, agentCallsName, agentProxyName, figuresName, ...firewalls];
  const others = chosen.filter((name) => !alone.includes(name));
  return others.length === 0 ? 0 : await runCompared(others, folder);
}

/** Whole stacks, each with a block of its own on the page. */
const ofFirewalls = [
  [wafStackName, measureWafStack],
  [wafLatencyName, measureWafLatency],
  [wafMemoryName, measureWafMemory],
] as const;

async function runCompared(chosen: readonly string[], folder: string): Promise<number> {
  const found = await findPeers();
  const wrk = await versionOf('wrk', '-v');
  if (wrk === undefined) return complain(`wrk makes the load, and is not here: ${howToGet(['wrk'])}`, 1);
  if (found.missing.length > 0)
    process.stderr.write(`not compared, because not here: ${found.missing.join(', ')} (${howToGet(found.missing)})\n`);
  await execa('taskset', ['-a', '-c', '-p', String(cores.others), String(process.pid)]); // off the core of the proxies
  const about = await describeRun(found, wrk);
  const work = await measureWorks(chosen, found, folder);
  const memory = chosen.includes(memoryName)
    ? await measureMemories(found, folder)
    : new Map<ServerName, MemoryResult>();
  const text = [
    about,
    ...(work.size === 0 ? [] : [workTable(work)]),
    ...(memory.size === 0 ? [] : [memoryTable(memory, memoryTask)]),
    ...(chosen.includes(latencyName) ? await latencies(found, folder) : []),
  ].join('\n');
  say(text);
  if (chosen.length === works.length + 2) writePage(page, text); // all but those that have their own places
  return 0;
}

const howToGet = (missing: readonly string[]): string => `on Debian: apt-get install ${missing.join(' ')}`;

async function describeRun({ versions }: Found, wrk: string): Promise<string> {
  return aboutRun({
    command: ['node test/bench/run.ts', ...process.argv.slice(2)].join(' '),
    day: new Date().toISOString().slice(0, 10),
    loadBefore: loadavg()[0] ?? 0,
    machine: await describeMachine(),
    versions: { node: process.versions.node, ...versions, wrk },
    rounds,
    measuredSeconds,
    connections,
  });
}

async function measureWorks(
  chosen: readonly string[],
  found: Found,
  folder: string,
): Promise<ReadonlyMap<Work, Samples>> {
  const results = new Map<Work, Samples>();
  for (const work of works.filter(({ name }) => chosen.includes(name))) {
    process.stderr.write(`${work.name} …\n`);
    await using own = await mkdtempDisposable(join(folder, `${work.name}-`)); // access logs grow to gigabytes
    const peers = found.kinds.filter(
      ({ servesFiles, speaksTls }) =>
        (servesFiles || !work.isFile) && (speaksTls || !(work.isSecure || work.isUpstreamSecure === true)),
    );
    results.set(work, await measureWork(work, [ours, ...peers], own.path));
  }
  return results;
}

async function latencies(found: Found, folder: string): Promise<string[]> {
  if ((await versionOf('h2load', '--version')) === undefined) {
    process.stderr.write(`${latencyName} is left out: h2load is not here (${howToGet(['nghttp2-client'])})\n`);
    return [];
  }
  process.stderr.write(`${latencyName} …\n`);
  await using own = await mkdtempDisposable(join(folder, `${latencyName}-`));
  return [latencyTable(await measureLatency(works[0] as Work, [ours, ...found.kinds], own.path), ours.name)];
}

async function measureMemories(found: Found, folder: string): Promise<ReadonlyMap<ServerName, MemoryResult>> {
  const results = new Map<ServerName, MemoryResult>();
  for (const kind of [ours, ...found.kinds]) {
    process.stderr.write(`${memoryName} of ${kind.name} …\n`);
    results.set(kind.name, await measureMemory(kind, works[0] as Work, memoryTask, folder, cores));
  }
  return results;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string, exitCode: number): number {
  process.stderr.write(`${text}\n`);
  return exitCode;
}

process.exitCode = await main();
