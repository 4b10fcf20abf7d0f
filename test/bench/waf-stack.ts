// A whole stack with its firewall beside nginx with ModSecurity: the same rules (CRS 4.28), the same requests, both cores of
// the machine for either, wrk and the upstream on them, too. Requests a second, processor time per request of all its
// processes, p99. In turns, since the machine may be busy. `WAF_LEVELS=4` chooses another paranoia level.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { cpuUs } from './machine.ts';
import { readWrk } from './measure.ts';
import type { AskedRequest } from './modsecurity/library.ts';
import { median } from './report.ts';
import { startUpstream } from './servers.ts';
import { requestKinds, requestsOf } from './waf-requests.ts';
import {
  type Around,
  type Firewall,
  modSecurityIsHere,
  startModSecurity,
  startOurs,
  withoutModSecurity,
} from './waf-servers.ts';

export const wafStackName = 'waf-stack';

const rounds = 5;
const seconds = 4;
const connections = 32;
const requestCount = 2000; // different ones, over and over
const replyBytes = 1024;
const goal = 15;

interface Sample {
  readonly perSecond: number;
  readonly cpuUsPerRequest: number;
  readonly p99Ms: number;
}

export async function measureWafStack(folder: string): Promise<string> {
  if (crsFolder === undefined) return `not measured: ${withoutCrs}`;
  const level = Number(process.env['WAF_LEVELS'] ?? 1);
  const script = join(folder, 'waf-stack.lua');
  await writeFile(script, wrkScript(cleanGets(requestCount)), 'latin1');
  await using running = new AsyncDisposableStack();
  const upstream = running.use(await startUpstream(folder));
  const around = { folder, upstreamPort: upstream.port, crs: crsFolder };
  const firewalls: Firewall[] = [];
  for (const instances of [1, 2]) firewalls.push(running.use(await startOurs(around, { instances, level })));
  if (modSecurityIsHere()) firewalls.push(running.use(await startModSecurity(around, level)));
  for (const one of firewalls) await wrk(one, script);
  const samples = new Map(firewalls.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const one of firewalls) samples.get(one.name)?.push(await wrk(one, script));
  }
  return tableOf(samples, level);
}

async function wrk({ pid, port }: Firewall, script: string): Promise<Sample> {
  const before = cpuUs(pid);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '20s', '-s', script];
  const { stdout } = await execa('wrk', [...args, `http://127.0.0.1:${port}`]);
  const { requests, p99Ms } = readWrk(stdout);
  return { perSecond: requests / seconds, cpuUsPerRequest: (cpuUs(pid) - before) / requests, p99Ms };
}

/** As the engine is measured with, at the place where the upstream answers. */
export function cleanGets(count: number): readonly AskedRequest[] {
  const [get] = requestKinds;
  assert(get?.name === 'get');
  const requests: AskedRequest[] = [];
  while (requests.length < count) requests.push(...requestsOf(get, 'realistic', requests.length));
  return requests
    .slice(0, count)
    .map((one) => ({ ...one, target: one.target.replace(/^[^?]*/, `/bytes/${replyBytes}`) }));
}

export const headOf = ({ method, target, headers }: AskedRequest): string =>
  `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

function wrkScript(requests: readonly AskedRequest[]): string {
  const texts = requests.map((one) => JSON.stringify(headOf(one)));
  return `local requests = {\n${texts.join(',\n')}\n}\nlocal at = 0\nfunction request()\n  at = at % #requests + 1\n  return requests[at]\nend\n`;
}

function tableOf(samples: ReadonlyMap<string, readonly Sample[]>, level: number): string {
  const theirs = samples.get('nginx + ModSecurity');
  const lines = [...samples].map(([name, list]) => {
    const ratio = theirs === undefined || list === theirs ? '' : ratioOf(list, theirs);
    const cells = [
      name,
      spread(
        list.map(({ perSecond }) => perSecond),
        0,
      ),
      spread(
        list.map(({ cpuUsPerRequest }) => cpuUsPerRequest),
        0,
      ),
      spread(
        list.map(({ p99Ms }) => p99Ms),
        1,
      ),
      ratio,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `Made by \`node test/bench/run.ts ${wafStackName}\`: CRS 4.28 at paranoia level ${level}, clean GETs with 12 headers and 5 arguments (the realistic mix), 1 KB replies, ${connections} connections, all on the same two cores with wrk and the upstream; the median of ${rounds} rounds of ${seconds} s in turns with the least and most. CPU is of all processes of a firewall, the system's part included.${theirs === undefined ? ` ${withoutModSecurity}.` : ''}`,
    '',
    '| firewall | requests/s | CPU per request, us | p99, ms | requests/s: this / ModSecurity |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

/** Round by round. */
function ratioOf(list: readonly Sample[], theirs: readonly Sample[]): string {
  const ratios = list.map(({ perSecond }, round) => perSecond / (theirs[round] as Sample).perSecond);
  const ratio = median(ratios);
  return `${spread(ratios, 1)}${ratio >= goal ? ', goal met' : `; the goal is ${goal}`}`;
}

const spread = (figures: readonly number[], digits: number): string =>
  `${median(figures).toFixed(digits)} [${Math.min(...figures).toFixed(digits)}-${Math.max(...figures).toFixed(digits)}]`;

/** Small: every clean request passes each firewall, an attack passes none. Returns what was asked of whom. */
export async function runTinyWafStack(folder: string): Promise<string> {
  if (crsFolder === undefined) return `- ${withoutCrs}`;
  await using upstream = await startUpstream(folder);
  const around: Around = { folder, upstreamPort: upstream.port, crs: crsFolder };
  await using ours = await startOurs(around, { instances: 1, level: 1 });
  const answers = [await answersOf(ours)];
  if (modSecurityIsHere()) {
    await using theirs = await startModSecurity(around, 1);
    answers.push(await answersOf(theirs));
  }
  return answers.join('; ');
}

async function answersOf({ name, port }: Firewall): Promise<string> {
  const statuses = new Set<number>();
  for (const { target, headers } of cleanGets(20)) {
    const sent = headers.filter(([header]) => !/^(?:host|connection|accept-encoding|sec-)/i.test(header));
    const reply = await fetch(`http://127.0.0.1:${port}${target}`, { headers: sent.map(([key, text]) => [key, text]) });
    assert.equal((await reply.arrayBuffer()).byteLength, replyBytes, name);
    statuses.add(reply.status);
  }
  const attack = await fetch(`http://127.0.0.1:${port}/bytes/${replyBytes}?id=1%27+OR+1%3D1--+-`);
  return `${name}: clean ${[...statuses].join()}, attack ${attack.status}`;
}
