// What an agent on a route costs the proxy: the same requests through two of our own, with and without an agent that
// allows all (sentinel-binary), in turns. It counts the CPU time of the proxy alone; what the agent itself uses is in
// agent-calls. The ratio is of rounds next to each other, since the machine may be busy.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { startAgent, until } from '../agents/support.ts';
import { load } from './load.ts';
import { cpuUs } from './machine.ts';
import { median } from './report.ts';
import { ours, oursAsking, startServer, startUpstream } from './servers.ts';
import { type Work, works } from './work.ts';

export const agentProxyName = 'agent-1k';
const work = works[0] as Work; // get-1k
const program = 'test/fixtures/agent-allows.ts';
const connections = 32;
const rounds = 7;
const requestsMeasured = 40_000;
const requestsWarm = 20_000;

export async function measureAgentProxy(folder: string): Promise<string> {
  await using agent = await startAgent(program, resolve(folder, 'allows.sock'));
  await using upstream = await startUpstream(folder);
  await using without = await startServer(ours, resolve(folder, 'without'), upstream);
  await using asking = await startServer(
    oursAsking(resolve(folder, 'allows.sock')),
    resolve(folder, 'asking'),
    upstream,
  );
  const costs: [number, number][] = [];
  for (const server of [without, asking]) await load(server.port, work, requestsWarm, connections);
  for (let round = 0; round < rounds; round += 1) costs.push([await costOf(without), await costOf(asking)]);
  if (!agent.alive()) throw new Error('the agent ended');
  return table(costs);
}

async function costOf({ pid, port }: { readonly pid: number; readonly port: number }): Promise<number> {
  const before = cpuUs(pid);
  await load(port, work, requestsMeasured, connections);
  return (cpuUs(pid) - before) / requestsMeasured;
}

function table(costs: readonly (readonly [number, number])[]): string {
  const ratios = costs.map(([without, asking]) => asking / without);
  const cell = (list: readonly number[]) =>
    `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)})`;
  return `
Made by \`node test/bench/run.ts ${agentProxyName}\`: microseconds of CPU of the proxy per request (${work.title}, ${connections} connections), the median of ${rounds} rounds of ${requestsMeasured} requests and the least and most of them. The aim is a ratio of 1.25.

| without an agent | with one that allows all | ratio |
|---|---|---|
| ${cell(costs.map(([without]) => without))} | ${cell(costs.map(([, asking]) => asking))} | ${cell(ratios)} |
`;
}

/** Small: every reply through a proxy that asks is the right one. */
export async function runTinyAgentProxy(folder: string): Promise<string> {
  await using _agent = await startAgent(program, resolve(folder, 'allows.sock'));
  await using upstream = await startUpstream(folder);
  await using server = await startServer(oursAsking(resolve(folder, 'allows.sock')), folder, upstream);
  const { hash } = await load(server.port, work, work.tinyRequests, 4);
  await until('every access line tells of the agent', async () => {
    const lines = await readFile(resolve(folder, server.name, 'access.log'), 'utf8');
    return lines.split('"decision":"allow"').length - 1 === work.tinyRequests;
  });
  return hash;
}
