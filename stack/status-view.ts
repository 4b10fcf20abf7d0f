// The status of a stack as people read it: a headline, a row per child, a row per upstream. Pure: time comes in. Whether
// all is well is decided here too, since what is shown in red and the exit code must not disagree.

import type { ChildShape, StatusShape } from './api/shapes.ts';
import type { Output } from './command.ts';
import { paint, type Shade } from './paint.ts';
import { type Cell, type Row, tableLines } from './table.ts';
import { counted, endWords, timeWords, withoutItWords } from './words.ts';

type Color = Pick<Output, 'color'>;

/** Everything that is to run runs, and every target gets requests. */
export function isWell({ phase, children, rates }: StatusShape): boolean {
  const current = children.filter(({ role }) => role === 'current');
  return (
    phase === 'running' &&
    current.every(({ state }) => state === 'ready') &&
    rates.upstreams.every(({ out }) => out.length === 0) &&
    Object.values(rates.agents).every(({ breaker }) => breaker === 'closed')
  );
}

export function statusView(status: StatusShape, now: number, output: Color): string {
  const blocks = [[headline(status, now, output)], childLines(status, now, output), upstreamLines(status, output)];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

export function headline(
  { version, phase, startedAt, config, children, changing }: StatusShape,
  now: number,
  output: Color,
): string {
  const name = paint(output, 'bold', `sentinel-stack ${version}`);
  const up = phase === 'running' ? `up ${timeWords(now - startedAt)}` : paint(output, 'yellow', phase);
  const file = config.file ?? 'embedded default';
  const what = changing === undefined ? [] : [paint(output, 'yellow', `${changing} under way`)];
  const down = children.filter(({ role, state }) => role === 'current' && state !== 'ready').length;
  const well = down === 0 ? [] : [paint(output, 'red', `${down} of ${children.length} not ready`)];
  return [name, up, `config ${config.sha256.slice(0, 4)} (${file})`, ...what, ...well].join('   ');
}

const shades: Readonly<Record<string, Shade>> = { ready: 'green', failed: 'red', stopped: 'red', backoff: 'red' };

export function childLines(status: StatusShape, now: number, output: Color): string[] {
  const heads = ['NAME', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'CPU', 'MEM', 'HEALTH'];
  const rights = new Set(['PID', 'RESTARTS', 'CPU', 'MEM']);
  const head: Row = heads.map((text) => ({ text, shade: 'dim', right: rights.has(text) }));
  const rows = status.children.flatMap((child) => childRows(child, status, now));
  return tableLines([head, ...rows, ...status.external.map(externalRow)], output);
}

function childRows(child: ChildShape, status: StatusShape, now: number): Row[] {
  const { name, role, state, pid, since, restarts, cpuShare, memoryBytes } = child;
  const isUp = state === 'ready';
  const shown = role === 'current' ? (isUp ? 'up' : state) : role;
  const row: Row = [
    name,
    { text: shown, shade: role === 'current' ? (shades[state] ?? 'yellow') : 'dim' },
    right(pid === undefined ? '-' : String(pid)),
    isUp ? timeWords(now - since) : '-',
    right(String(restarts)),
    right(cpuShare === undefined ? '-' : `${Math.round(cpuShare * 100)}%`),
    right(memoryBytes === undefined ? '-' : `${Math.round(memoryBytes / 1024 / 1024)} MB`),
    healthCell(child, status, now),
  ];
  const means = !isUp && role === 'current' && child.failureMode !== undefined ? withoutItWords(child.failureMode) : '';
  return means === '' ? [row] : [row, ['', '', '', '', '', '', '', { text: means, shade: 'dim' }]];
}

function right(text: string): Cell {
  return { text, right: true };
}

function externalRow({ name, socketPath }: StatusShape['external'][number]): Row {
  return [
    name,
    { text: 'external', shade: 'dim' },
    right('-'),
    '-',
    right('-'),
    right('-'),
    right('-'),
    { text: socketPath, shade: 'dim' },
  ];
}

function healthCell(child: ChildShape, { rates }: StatusShape, now: number): Cell {
  if (child.state !== 'ready')
    return { text: troubleWords(child, now), shade: child.state === 'starting' ? 'yellow' : 'red' };
  const worker = child.role === 'current' ? rates.workers[child.name] : undefined;
  if (worker !== undefined) return { text: workerWords(worker) };
  const agent = rates.agents[child.name];
  if (agent === undefined) return { text: '' };
  const isWell = agent.breaker === 'closed';
  return { text: agentWords(agent), shade: isWell ? undefined : 'red' };
}

export function workerWords({ requestsPerSecond, p99Ms, inFlight }: StatusShape['rates']['workers'][string]): string {
  const rate = `${grouped(requestsPerSecond)} req/s`;
  const slow = p99Ms === undefined ? [] : [`p99 ${millis(p99Ms)}`];
  return [rate, ...slow, ...(inFlight === 0 ? [] : [`${inFlight} in flight`])].join(' · ');
}

export function agentWords({ timeouts, blocks, breaker }: StatusShape['rates']['agents'][string]): string {
  const words = [counted(timeouts, 'timeout'), `${grouped(blocks)} blocked`];
  return (breaker === 'closed' ? words : [`breaker ${breaker}`, ...words]).join(' · ');
}

export function troubleWords({ state, lastExit, nextTryAt }: ChildShape, now: number): string {
  if (state === 'stopped' && (lastExit === undefined || lastExit.code === 0))
    return 'stopped by hand; `start` brings it back';
  if (lastExit === undefined) return '';
  const exit = { ...lastExit, notStarted: lastExit.notStarted };
  const problem = lastExit.problem === undefined ? [] : [`"${lastExit.problem}"`];
  const end = [endWords(exit), ...problem].join(' ');
  if (state === 'stopped') return `${end}; stays down`;
  return nextTryAt === undefined ? end : `${end}; next try in ${timeWords(Math.max(0, nextTryAt - now))}`;
}

export function upstreamLines({ rates }: StatusShape, output: Color): string[] {
  if (rates.upstreams.length === 0) return [];
  const head: Row = ['UPSTREAM', 'TARGETS', 'HEALTH'].map((text) => ({ text, shade: 'dim' }));
  const rows = rates.upstreams.map(({ name, algorithm, targets, out }): Row => {
    const isGone = out.length >= targets;
    const shade: Shade | undefined = out.length === 0 ? undefined : isGone ? 'red' : 'yellow';
    const why = out.map((one) => `${one.name} ${one.why}`).join('; ');
    return [
      name,
      { text: `${targets - out.length} of ${targets}`, shade },
      { text: why === '' ? algorithm : why, shade: why === '' ? 'dim' : shade },
    ];
  });
  return tableLines([head, ...rows], output);
}

/** 1,204 · 0.4 · 0 */
export function grouped(value: number): string {
  if (value > 0 && value < 10) return String(Number(value.toFixed(1)));
  return Math.round(value).toLocaleString('en-US');
}

export function millis(ms: number): string {
  return ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : timeWords(ms);
}
