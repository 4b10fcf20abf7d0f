// `make faults`: the real stack under 500 requests a second while its processes are killed, stopped, replaced and
// reconfigured. Writes what was seen, and nothing else, into the generated part of docs/faults.md. It judges nothing: a
// figure that is not as promised stands there as it is. `node test/faults/run.ts 6 killEach` plays one scene and writes
// nothing.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { usageOf } from '../../stack/sample.ts';
import { launcher, startStack } from '../e2e/up-stack.ts';
import { eventually, isRunning } from '../stack/processes.ts';
import { acceptedBy } from './accepted.ts';
import { type Outcome, SteadyLoad } from './steady-load.ts';

type Stack = Awaited<ReturnType<typeof startStack>>;

const perSecond = 500;
const times = Number(process.argv[2] ?? 20);
const page = join(import.meta.dirname, '..', '..', 'docs', 'faults.md');
const rows: string[] = [];

interface Site {
  readonly status?: number;
  readonly paths?: string;
  readonly listener?: string;
  readonly address?: string;
  readonly bodyMax?: number;
  readonly failureMode?: 'open' | 'closed';
  readonly instances?: number;
}

function site({
  status = 301,
  paths = '/secret',
  listener = '',
  address = '127.0.0.1:0',
  bodyMax = 1000,
  failureMode = 'open',
  instances = 1,
}: Site = {}): string {
  return `limits { max-connections-per-client 10000; max-body-size ${bodyMax} }
listeners { listener "http" { address "${address}" }; ${listener} }
routes { route "r" { redirect { to "/there"; status ${status} }; filters "screen" } }
filters { filter "screen" { agent "screen" } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"
  timeout-ms 5000; failure-mode "${failureMode}"; instances ${instances}; liveness-interval-ms 500; config { paths "${paths}" } } }`;
}

const children = ['screen', 'proxy/1', 'proxy/2'];
const system = 'worker-threads 2';

/** `clients`: the ports of those that were on a process that was killed; what they lost was in flight there. */
function row(fault: string, outcome: Outcome, more = '', clients: ReadonlySet<number> = new Set()): void {
  const { asked, failed, failures, longestMs, failedOn } = outcome;
  const inFlight = failedOn.filter((port) => clients.has(port)).length;
  const why = Object.entries(failures).map(([what, count]) => `${what}: ${count}`);
  const otherwise = failed === inFlight ? '0' : `${failed - inFlight} (${why.join(', ')})`;
  tell(`| ${fault} | ${asked.toLocaleString('en')} | ${inFlight} | ${otherwise} | ${longestMs} ms | ${more} |`);
}

function tell(line: string): void {
  rows.push(line);
  process.stdout.write(`${line}\n`);
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0);
}

const pidOf = (stack: Stack, child: string) => stack.pidsOf(child).at(-1) ?? 0;

interface Hit {
  readonly tookMs: number; // until another one was ready
  readonly noticedMs: number; // until its end was known
  readonly delayMs: number; // of them, what the restart policy waits
  readonly clients: ReadonlySet<number>; // that it had when it was hit
}

/** Stops the newest process of the child, notes whom it serves, and kills it; or leaves that to the supervisor. */
async function hit(stack: Stack, child: string, kills: boolean): Promise<Hit> {
  const before = stack.count('child-ready', child);
  const began = performance.now();
  const pid = pidOf(stack, child);
  process.kill(pid, 'SIGSTOP');
  const clients = await acceptedBy(pid, Number(new URL(await stack.url()).port));
  const exits = stack.count('child-exited', child);
  if (kills) process.kill(pid, 'SIGKILL');
  await eventually(`the end of ${child}`, () => stack.count('child-exited', child) > exits);
  const noticedMs = performance.now() - began;
  await eventually(`${child} to be ready again`, () => stack.count('child-ready', child) > before);
  const tookMs = performance.now() - began;
  const exited = stack.lines.findLast((line) => line.event === 'child-exited' && line.child === child);
  return { tookMs, noticedMs, delayMs: Number(exited?.['next_ms'] ?? 0), clients };
}

/** What came of several stretches of time, as of one. */
function together(outcomes: readonly Outcome[]): Outcome {
  const failures: Record<string, number> = {};
  for (const outcome of outcomes)
    for (const [what, count] of Object.entries(outcome.failures)) failures[what] = (failures[what] ?? 0) + count;
  const sum = (key: 'asked' | 'failed') => outcomes.reduce((total, one) => total + one[key], 0);
  const longestMs = Math.max(...outcomes.map((one) => one.longestMs));
  return { asked: sum('asked'), failed: sum('failed'), failures, longestMs, failedOn: [] };
}

async function killEach(): Promise<void> {
  await using stack = await startStack({ wholeConfig: site(), system });
  await using load = new SteadyLoad(`${await stack.url()}/`, perSecond, '301');
  await load.outcome();
  await killInTurn(stack, load, children, '');
  for (const child of children) {
    const { tookMs, noticedMs, clients } = await hit(stack, child, false);
    const back = `noticed and killed after ${Math.round(noticedMs)} ms, another one ready after ${Math.round(tookMs)} ms`;
    row(`SIGSTOP of ${child}`, await load.outcome(), back, clients);
  }
}

/** Of an agent that must answer. */
async function killInstances(): Promise<void> {
  await using stack = await startStack({ wholeConfig: site({ failureMode: 'closed', instances: 2 }), system });
  await using load = new SteadyLoad(`${await stack.url()}/`, perSecond, '301');
  await load.outcome();
  await killInTurn(stack, load, ['screen/1', 'screen/2'], ', a fail-closed agent of two processes');
}

async function killInTurn(stack: Stack, load: SteadyLoad, names: readonly string[], whose: string): Promise<void> {
  const seen = names.map((name) => ({ name, outcomes: [] as Outcome[], hits: [] as Hit[], inFlight: 0 }));
  const url = `${await stack.url()}/`;
  const kills = Math.min(times, killsOfOneMost * names.length);
  for (let time = 0; time < kills; time += 1) {
    const of = seen[time % seen.length];
    assert(of !== undefined);
    await sleep(500); // until all workers have reached what is ready again
    await eventually('requests to pass', async () => (await fetch(url, { redirect: 'manual' })).status === 301);
    const struck = await hit(stack, of.name, true);
    const outcome = await load.outcome();
    of.hits.push(struck);
    of.outcomes.push({ ...outcome, failedOn: outcome.failedOn.filter((port) => !struck.clients.has(port)) });
    of.inFlight += outcome.failedOn.filter((port) => struck.clients.has(port)).length;
  }
  for (const { name, outcomes, hits, inFlight } of seen) {
    const took = hits.map(({ tookMs }) => tookMs);
    const delay = median(hits.map(({ delayMs }) => delayMs));
    const back = `ready again after ${median(took)} ms (median), of which the growing delay of the restart policy ${delay} ms; at least ${Math.round(Math.min(...took))} ms`;
    const lost = Array.from({ length: inFlight }, () => inFlightMark);
    const failedOn = [...lost, ...outcomes.flatMap((one) => one.failedOn)];
    const clients = new Set([inFlightMark]);
    row(`\`kill -9\` of ${name}${whose}, ${hits.length} times`, { ...together(outcomes), failedOn }, back, clients);
  }
}

const killsOfOneMost = 7; // the restart after the eighth, one soon after the other, waits for over ten seconds
const inFlightMark = -1; // in place of a client's port, which another kill may have seen again

async function reload(stack: Stack, text: string): Promise<string> {
  const file = join(stack.folder, 'sentinel.kdl');
  const [first = ''] = (await readFile(file, 'utf8')).split('\n');
  const ends = () => stack.lines.filter(({ event }) => event?.startsWith('reload-'));
  const before = ends().length;
  await writeFile(file, `${first}\n${text}\n`);
  stack.kill('SIGHUP');
  return String((await eventually('the reload to end', () => ends()[before])).event);
}

async function reloads(): Promise<void> {
  await using stack = await startStack({ wholeConfig: site(), system });
  await using load = new SteadyLoad(`${await stack.url()}/`, perSecond, '301');
  const kinds: Array<[string, (time: number) => string]> = [
    ['a changed value (a rolling replacement of all workers)', (time) => site({ bodyMax: time + 1 })],
    ['a changed agent', (time) => site({ paths: `/secret-${time}` })],
    [
      'a listener opened or closed',
      (time) => site({ listener: time % 2 === 0 ? 'listener "b" { address "127.0.0.1:0" }' : '' }),
    ],
    ['a broken file', (time) => `${site()}\nnonsense ${time}`],
  ];
  for (const [what, textOf] of kinds) {
    await load.outcome();
    const events: Record<string, number> = {};
    for (let time = 0; time < times; time += 1) {
      const event = await reload(stack, textOf(time));
      events[event] = (events[event] ?? 0) + 1;
    }
    const told = Object.entries(events).map(([event, count]) => `${event}: ${count}`);
    row(`reload with ${what}, ${times} times`, await load.outcome(), told.join(', '));
  }
}

const firewallPerSecond = 100; // each request runs all rules

function firewall(instances: number, level = 1): string {
  return `listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "r" { redirect { to "/there"; status 301 } } }
waf { instances ${instances}; paranoia-level ${level}; timeout-ms 5000 }`;
}

/** With the rules of the program itself, which must answer. */
async function killFirewall(): Promise<void> {
  for (const instances of [1, 2]) {
    await using stack = await startStack({ wholeConfig: firewall(instances), system });
    await using load = new SteadyLoad(`${await stack.url()}/`, firewallPerSecond, '301');
    await load.outcome();
    const names = instances === 1 ? ['waf'] : ['waf/1', 'waf/2'];
    await killInTurn(
      stack,
      load,
      names,
      `, the firewall, fail-closed, ${instances} process${instances === 1 ? '' : 'es'}`,
    );
  }
}

async function reloadFirewall(): Promise<void> {
  await using stack = await startStack({ wholeConfig: firewall(1), system });
  await using load = new SteadyLoad(`${await stack.url()}/`, firewallPerSecond, '301');
  await load.outcome();
  const events: Record<string, number> = {};
  for (let time = 0; time < times; time += 1) {
    const event = await reload(stack, firewall(1, (time % 2) + 1));
    events[event] = (events[event] ?? 0) + 1;
  }
  const told = Object.entries(events).map(([event, count]) => `${event}: ${count}`);
  row(`reload with other rules of the firewall, ${times} times`, await load.outcome(), told.join(', '));
}

async function restarts(): Promise<void> {
  await using stack = await startStack({ wholeConfig: site(), system });
  await using load = new SteadyLoad(`${await stack.url()}/`, perSecond, '301');
  await load.outcome();
  const codes: Record<string, number> = {};
  for (let time = 0; time < times; time += 1) {
    const { exitCode } = await execa(launcher, ['restart'], { cwd: stack.folder, reject: false });
    const key = `exit code ${exitCode}`;
    codes[key] = (codes[key] ?? 0) + 1;
  }
  const told = Object.entries(codes).map(([code, count]) => `${code}: ${count}`);
  row(`\`sentinel-stack restart\` of everything, ${times} times`, await load.outcome(), told.join(', '));
}

async function killSupervisor(): Promise<void> {
  await takeOvers(1, 'four of five requests on kept connections');
  await takeOvers(5, 'a connection for each request');
}

async function takeOvers(anewOfFive: number, how: string): Promise<void> {
  let port = '';
  {
    await using probe = await startStack({ wholeConfig: site(), system });
    port = new URL(await probe.url()).host;
  }
  await using first = await startStack({ wholeConfig: site({ address: port }), system });
  await using load = new SteadyLoad(`${await first.url()}/`, perSecond, '301', anewOfFive);
  await load.outcome();
  first.kill('SIGKILL');
  await first.exited;
  const again = Math.min(times, 10);
  const tookMs: number[] = [];
  for (let time = 0; time < again; time += 1) {
    const began = performance.now();
    const next = execa(launcher, ['up', '--log-format', 'json'], { cwd: first.folder, reject: false, buffer: false });
    let output = '';
    next.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    next.stdout.resume();
    await eventually('the next one to be ready', () => output.includes('"event":"stack-ready"'));
    tookMs.push(performance.now() - began);
    await sleep(3000); // until what was left is gone
    next.kill(time === again - 1 ? 'SIGCONT' : 'SIGKILL');
    if (time < again - 1) await next;
    else {
      row(
        `\`kill -9\` of the supervisor, started again at once, ${again} times; ${how}`,
        await load.outcome(),
        `ready after ${median(tookMs)} ms (median)`,
      );
      next.kill('SIGTERM');
      await next;
    }
  }
}

async function leaveAlone(): Promise<void> {
  await using stack = await startStack({ wholeConfig: site(), system: `${system}; orphan-grace-secs 10` });
  const load = new SteadyLoad(`${await stack.url()}/`, perSecond, '301');
  stack.kill('SIGKILL');
  await stack.exited;
  await sleep(5000);
  const outcome = await load.outcome();
  await load[Symbol.asyncDispose]();
  await sleep(15_000);
  const left = (await Promise.all(stack.pidsOf().map(isRunning))).filter(Boolean).length;
  row('`kill -9` of the supervisor, not started again: the first 5 s', outcome, `processes left after 20 s: ${left}`);
}

async function crashLoop(): Promise<void> {
  const loop = `agents { agent "bad" { command "/bin/false"; transport { unix-socket "b.sock" }; events "request-headers"; failure-mode "open" } }`;
  const config = `routes { route "r" { builtin-handler "status" } }; ${loop}`;
  await using stack = await startStack({ config, system: 'worker-threads 1' });
  await stack.url();
  const [before, began] = [await cpuSeconds(stack.pid), performance.now()];
  await sleep(30_000);
  const share = ((await cpuSeconds(stack.pid)) - before) / ((performance.now() - began) / 1000);
  tell(
    `| an agent that ends at once, for ever: the first 30 s | - | - | - | - | ${(share * 100).toFixed(2)} % of a core for the supervisor and the ended processes |`,
  );
}

/** Its own time and that of the children that it has seen end. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [14, 15, 16, 17].reduce((sum, field) => sum + Number(fields[field - 3]), 0) / 100;
}

async function longLine(): Promise<void> {
  const program = 'head -c 10485760 /dev/zero | tr "\\\\0" x; exec sleep 100';
  const loud = `agents { agent "loud" { command "/bin/sh" "-c" "${program.replaceAll('"', '\\"')}"; transport { unix-socket "l.sock" }; events "request-headers"; failure-mode "open"; startup-timeout-secs 1 } }`;
  const config = `routes { route "r" { builtin-handler "status" } }; ${loud}`;
  await using stack = await startStack({ config, system: 'worker-threads 1' });
  await stack.url();
  const before = (await usageOf(stack.pid))?.memoryBytes ?? 0;
  await sleep(5000);
  const grown = ((await usageOf(stack.pid))?.memoryBytes ?? 0) - before;
  tell(
    `| an agent that writes 10 MiB without a newline, again and again | - | - | - | - | the supervisor grew by ${(grown / 2 ** 20).toFixed(1)} MiB |`,
  );
}

const scenes = {
  killEach,
  killInstances,
  killFirewall,
  reloads,
  reloadFirewall,
  restarts,
  killSupervisor,
  leaveAlone,
  crashLoop,
  longLine,
};
const wanted = process.argv.slice(3);
for (const [name, scene] of Object.entries(scenes)) {
  if (wanted.length === 0 || wanted.includes(name)) await scene().catch((error: Error) => notPlayed(name, error));
}
if (wanted.length === 0) writePage();

/** What the others have shown in ten minutes is not thrown away for one. */
function notPlayed(name: string, error: Error): void {
  process.exitCode = 1;
  tell(`| the scene \`${name}\` | - | - | - | - | ended early: ${error.message} |`);
  process.stdout.write(`${error.stack}\n`);
}

function writePage(): void {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, load ${loadavg()[2]?.toFixed(1)} over the last quarter of an hour`;
  const table = [
    `Made by \`make faults\` on ${machine}: ${perSecond} requests a second, four of five on kept connections, with two workers and a fail-open agent. A request is lost if it did not get the status that the route gives: in flight, if it was sent on a connection that the killed process had accepted; each is stopped for the moment in which its connections are noted. The firewall, with the rules of this program, is fail-closed and asked 100 times a second: while its only process is away, every request is refused with 503, as it must be; of two processes one is always there.`,
    '',
    '| fault | requests | lost in flight | failed otherwise | longest wait | seen |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  const [begin, end] = ['<!-- faults of the stack: made by `make faults` -->', '<!-- end of what is made -->'];
  const text = readFileSync(page, 'utf8');
  const [head = '', rest = ''] = text.split(begin);
  const tail = rest.split(end)[1] ?? '\n';
  const kept = text.includes(begin) ? head : `${text.trimEnd()}\n\n## Processes of the stack\n\n`;
  writeFileSync(page, `${kept}${begin}\n\n${table}\n\n${end}${tail}`);
}
