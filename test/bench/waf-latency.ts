// What long bodies do to short requests: how long clean GETs wait for their answers, sent at a steady rate, while nothing
// else passes and while bodies of a megabyte do, with one process of the firewall and with two. Bodies are prose in a form,
// one after the other on each of their connections. The client is in this process: its own delays are in the figures.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { startUpstream } from './servers.ts';
import { requestKinds, requestsOf } from './waf-requests.ts';
import { type Firewall, modSecurityIsHere, startModSecurity, startOurs, withoutModSecurity } from './waf-servers.ts';

export const wafLatencyName = 'waf-latency';

const everyMs = 10; // a hundred short requests a second
const seconds = 12;
const bodyBytes = 1024 * 1024 - 1024;
const prose = 'the order of a new account was shipped with great care and should arrive in three days after payment. ';

interface Timing {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly bodies: number;
  readonly bodyP50Ms: number;
}

export async function measureWafLatency(folder: string): Promise<string> {
  if (crsFolder === undefined) return `not measured: ${withoutCrs}`;
  await using running = new AsyncDisposableStack();
  const upstream = running.use(await startUpstream(folder));
  const around = { folder, upstreamPort: upstream.port, crs: crsFolder };
  const firewalls: Firewall[] = [];
  for (const instances of [1, 2]) firewalls.push(running.use(await startOurs(around, { instances, level: 1 })));
  if (modSecurityIsHere()) firewalls.push(running.use(await startModSecurity(around, 1)));
  const lines: string[] = [];
  for (const firewall of firewalls) {
    await timesOf(firewall, 1, 3); // warm-up
    for (const senders of [0, 1, 2]) lines.push(lineOf(firewall, senders, await timesOf(firewall, senders, seconds)));
  }
  return [
    `Made by \`node test/bench/run.ts ${wafLatencyName}\`: milliseconds until the answer of a clean GET, a hundred a second for ${seconds} s, while bodies of 1 MiB pass on so many connections; CRS 4.28 at paranoia level 1.${modSecurityIsHere() ? '' : ` ${withoutModSecurity}.`}`,
    '',
    '| firewall | connections with bodies | p50 | p99 | most | bodies passed | p50 of a body |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function lineOf({ name }: Firewall, senders: number, { p50Ms, p99Ms, mostMs, bodies, bodyP50Ms }: Timing): string {
  const body = bodies === 0 ? '' : bodyP50Ms.toFixed(0);
  return `| ${name} | ${senders} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${mostMs.toFixed(1)} | ${bodies} | ${body} |`;
}

async function timesOf({ port }: Firewall, senders: number, forSeconds: number): Promise<Timing> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const until = performance.now() + 1000 * forSeconds;
  const sending = Array.from({ length: senders }, async () => {
    const times: number[] = [];
    while (performance.now() < until) times.push(await ask(port, agent, form));
    return times;
  });
  const gets = requestsOf(requestKinds[0] ?? form0, 'realistic');
  const asked: Promise<number>[] = [];
  for (let due = performance.now(); due < until; due += everyMs) {
    await sleep(Math.max(0, due - performance.now()));
    const get = gets[asked.length % gets.length];
    asked.push(ask(port, agent, { target: get?.target ?? '/', body: undefined }));
  }
  const [times, bodyTimes] = [await Promise.all(asked), (await Promise.all(sending)).flat()];
  agent.destroy();
  return {
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    mostMs: Math.max(...times),
    bodies: bodyTimes.length,
    bodyP50Ms: quantile(bodyTimes, 0.5),
  };
}
