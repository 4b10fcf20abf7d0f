// What long bodies do to short requests: how long clean GETs wait for their answers, sent at a steady rate, while nothing
// else passes and while bodies of a megabyte do, with one process of the firewall and with two. Bodies are prose in a form,
// one after the other on each of their connections. The client is in this process: its own delays are in the figures.

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { startUpstream } from './servers.ts';
import { requestKinds, requestsOf } from './waf-requests.ts';
import { type Firewall, modSecurityIsHere, startModSecurity, startOurs, withoutModSecurity } from './waf-servers.ts';

export const wafLatencyName = 'waf-latency';

const everyMs = 10; // a hundred short requests a second
const seconds = 12;
const bodyBytes = 1024 * 1024 - 1024;
const prose = 'the order of a new account was shipped with great care and should arrive in three days after payment. ';
const form = `text=${prose
  .repeat(Math.ceil(bodyBytes / prose.length))
  .slice(0, bodyBytes)
  .replaceAll(' ', '+')}`;
const [get] = requestKinds;
assert(get?.name === 'get');
const gets = requestsOf(get, 'realistic').map(({ target }) => target.replace(/^[^?]*/, '/bytes/1024'));

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
    while (performance.now() < until) times.push(await ask(port, agent, '/bytes/1024', form));
    return times;
  });
  const asked: Promise<number>[] = [];
  for (let due = performance.now(); due < until; due += everyMs) {
    await sleep(Math.max(0, due - performance.now()));
    asked.push(ask(port, agent, gets[asked.length % gets.length] ?? '/', undefined));
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

/** Milliseconds until the answer is whole. */
async function ask(port: number, agent: Agent, path: string, body: string | undefined): Promise<number> {
  const begun = performance.now();
  const headers = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-language': 'en-GB,en;q=0.7,de;q=0.3',
    host: 'www.example.com',
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request({ host: '127.0.0.1', port, agent, path, headers, method: body === undefined ? 'GET' : 'POST' });
  sent.on('error', reject);
  sent.on('response', (reply) => {
    reply.resume();
    reply.on('end', () => resolve(reply.statusCode ?? 0));
  });
  sent.end(body);
  assert.equal(await promise, 200, `${path} was not let pass`);
  return performance.now() - begun;
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
