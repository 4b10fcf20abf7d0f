// What the firewall's process holds with CRS, at levels 1 and 4: when its rules are loaded, after a tenth of the clean
// requests and after all, no two of which are alike, after a while of a few forms made of pieces of attacks, and after as
// long with such pieces put together anew for each request, which is the most that is known to grow it. Resident bytes of
// that process alone. `WAF_REQUESTS=1000000` for a long run.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { treeOf } from './machine.ts';
import type { AskedRequest } from './modsecurity/library.ts';
import { startUpstream } from './servers.ts';
import { attackPieces, requestKinds, requestsOf } from './waf-requests.ts';
import { type Firewall, startOurs } from './waf-servers.ts';
import { cleanGets, headOf } from './waf-stack.ts';

export const wafMemoryName = 'waf-memory';

const requestsMost = Number(process.env['WAF_REQUESTS'] ?? 200_000);
const connections = 32;
const hostileSeconds = 30;
const restMs = 3_000; // what garbage there is may go
const goalMegabytes = 250;

export async function measureWafMemory(folder: string): Promise<string> {
  if (crsFolder === undefined) return `not measured: ${withoutCrs}`;
  await using upstream = await startUpstream(folder);
  const lines: string[] = [];
  for (const level of [1, 4]) {
    await using firewall = await startOurs(
      { folder, upstreamPort: upstream.port, crs: crsFolder },
      { instances: 1, level, more: 'anomaly-threshold 100' },
    );
    lines.push(await lineFor(firewall, level, folder));
  }
  return [
    `Made by \`${process.env['WAF_REQUESTS'] === undefined ? '' : `WAF_REQUESTS=${requestsMost} `}node test/bench/run.ts ${wafMemoryName}\`: megabytes of the firewall's process with CRS 4.28; clean GETs with 12 headers on ${connections} connections, ${requestsMost} of them or a few more, no two alike, then pieces of attacks in forms of 20 KB for ${hostileSeconds} s, the same few, then for as long forms of 10 KB in 100 fields, put together anew for each request. The goal is ${goalMegabytes}.`,
    '',
    '| paranoia level | rules loaded | after a tenth | after all | at the most until then | after pieces of attacks | after pieces put together anew | the most of all |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

async function lineFor({ pid, port }: Firewall, level: number, folder: string): Promise<string> {
  const agent = agentOf(pid);
  const scriptFile = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, 'latin1');
    return join(folder, name);
  };
  const gets = await scriptFile('gets.lua', wrkScript(cleanGets(2000).map(unlikeOthers)));
  const soup = requestKinds.find(({ name }) => name === 'soup-20k');
  assert(soup !== undefined);
  const soups = await scriptFile('soups.lua', wrkScript(requestsOf(soup, 'distinct')));
  const loaded = residentOf(agent, 'VmRSS');
  await send(port, gets, requestsMost / 10);
  const tenth = await settled(agent);
  await send(port, gets, requestsMost - requestsMost / 10);
  const [all, most] = [await settled(agent), residentOf(agent, 'VmHWM')];
  await wrk(port, soups, hostileSeconds);
  const same = await settled(agent);
  await wrk(port, await scriptFile('anew.lua', newPieces), hostileSeconds);
  const figures = [loaded, tenth, all, most, same, await settled(agent), residentOf(agent, 'VmHWM')];
  const cells = [level, ...figures.map((bytes) => bytes.toFixed(0))];
  return `| ${cells.join(' | ')} |`;
}

function agentOf(pid: number): number {
  const found = treeOf(pid).find((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('agents/waf/main.ts'));
  assert(found !== undefined, 'there is no process of the firewall');
  return found;
}

/** In megabytes. */
function residentOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

async function settled(pid: number): Promise<number> {
  await sleep(restMs);
  return residentOf(pid, 'VmRSS');
}

/** wrk counts seconds: as many as it takes. */
async function send(port: number, script: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; ) sent += await wrk(port, script, 5);
}

async function wrk(port: number, script: string, seconds: number): Promise<number> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', '-s', script];
  const { stdout } = await execa('wrk', [...args, `http://127.0.0.1:${port}`]);
  return Number(/^\s*(\d+) requests in/m.exec(stdout)?.[1]);
}

/** A sign for what is new in each request: values, and the name of an argument. */
function unlikeOthers({ target, headers, ...one }: AskedRequest): AskedRequest {
  const isNew = /^(?:user-agent|referer|cookie|x-request-id)$/i;
  return {
    ...one,
    target: `${target}&n${newSign}=${newSign}`,
    headers: headers.map(([name, value]) => [name, isNew.test(name) ? `${value}${newSign}` : value] as const),
  };
}

const newSign = '~';

/** Numbers in its place go on from one run to the next. */
function wrkScript(requests: readonly AskedRequest[]): string {
  const texts = requests.map((one) => longText(headOf(one) + (one.body ?? '')));
  return `local requests = {
${texts.join(',\n')}
}
local sent = 0
local run = string.format('x%x', os.time())
function request()
  sent = sent + 1
  return (requests[sent % #requests + 1]:gsub('${newSign}', run .. sent))
end
`;
}

/** Fields of pieces, each in an order that hardly comes twice. */
const newPieces = `local pieces = {
${attackPieces.map((piece) => longText(encodeURIComponent(piece))).join(',\n')}
}
math.randomseed(os.time())
function request()
  local fields = {}
  for field = 1, 100 do
    local text = 'f' .. field .. '=' .. math.random(1000000)
    for piece = 1, 6 do text = text .. pieces[math.random(#pieces)] .. string.char(96 + math.random(26)) end
    fields[field] = text
  end
  return wrk.format('POST', '/', { ['Content-Type'] = 'application/x-www-form-urlencoded' }, table.concat(fields, '&'))
end
`;

/** Any bytes, as Lua reads them: signs and controls by their numbers. */
function longText(text: string): string {
  return `"${text.replace(/[^\w /&=%+.,:;-]/g, (sign) => `\\${String(sign.charCodeAt(0)).padStart(3, '0')}`)}"`;
}
