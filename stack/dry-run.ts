// What `up` would start, without starting it. It refuses to open an address: whether a port is free is known only by
// taking it, and `up` says so at once.

import { availableParallelism } from 'node:os';
import type { Config } from '#config/schema';
import type { Context } from './command.ts';
import { paint } from './paint.ts';
import { type ChildSpec, makePlan, type Surroundings } from './plan.ts';
import { type Row, tableLines } from './table.ts';

type Around = Omit<Surroundings, 'sockets' | 'listening' | 'before' | 'cpus'>;

export function dryRun({ stdout, json }: Context, config: Config, around: Around, file: string | undefined): void {
  const nothing = { sockets: [], listening: {}, before: undefined, cpus: availableParallelism() };
  const { children, external } = makePlan(config, { ...around, ...nothing });
  const listeners = config.listeners.map(({ name, address, protocol }) => ({ name, address, protocol }));
  if (json) {
    const started = children.map(({ name, kind, program, args }) => ({ name, kind, program, args }));
    stdout.write(
      `${JSON.stringify({ file, runtimeDir: around.runtimeDir, listeners, children: started, external })}\n`,
    );
    return;
  }
  const rows = [
    ...listeners.map(({ name, address, protocol }): Row => [`listener ${name}`, `${protocol} on ${address.join(' ')}`]),
    ...(config.admin.address === undefined ? [] : [['admin', `on ${config.admin.address}`] as Row]),
    ...children.map((child): Row => [`${child.kind} ${child.name}`, { text: programWords(child), shade: 'dim' }]),
    ...external.map(({ name, socketPath }): Row => [`agent ${name}`, `runs already, at ${socketPath}`]),
  ];
  const head = `${file ?? 'the embedded default'} is in order; up would start in ${around.runtimeDir}:`;
  stdout.write(`${head}\n\n${tableLines(rows, stdout).join('\n')}\n\n${paint(stdout, 'dim', 'nothing was started')}\n`);
}

/** Without the flags of Node that confine it, which would fill a screen. */
function programWords({ program, args }: ChildSpec): string {
  const main = args.findIndex((word) => !word.startsWith('-'));
  return [program, ...args.slice(Math.max(0, main))].join(' ');
}
