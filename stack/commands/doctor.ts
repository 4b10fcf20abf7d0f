// `sentinel-stack doctor`: looks at the machine before, or after, something goes wrong; each line with its cure.

import { loadConfig } from '#config/load';
import { attachOptions, folderInUse, foldersOf } from '../attach.ts';
import { defineCommand, exitCodes, type Output } from '../command.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { type Finding, findings } from '../doctor/findings.ts';
import { paint, type Shade } from '../paint.ts';
import { counted } from '../words.ts';

export const doctor = defineCommand({
  details: `Looks at Node, the native addon, the configuration, ports and who has them, the runtime folder, limits of the system and disks.
Changes nothing. Exit code 1 if something would keep a stack from running; warnings alone are 0.`,
  options: attachOptions,
  positionals: {},
  examples: [
    { line: 'sentinel-stack doctor', does: 'everything, for the configuration here' },
    { line: 'sentinel-stack doctor -c shop.kdl --json', does: 'for another one, as data' },
  ],
  async run(context, where) {
    const { stdout, env, cwd, json } = context;
    const loaded = loadConfig(where.config, { environment: env, cwd });
    const folder = await folderInUse(foldersOf(context, where));
    const found = findings(await gatherFacts(loaded, folder, cwd));
    stdout.write(json ? `${JSON.stringify({ findings: found }, undefined, 2)}\n` : findingsView(found, stdout));
    return found.some(({ level }) => level === 'fail') ? exitCodes.refused : exitCodes.done;
  },
});

const shades: Readonly<Record<Finding['level'], Shade>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function findingsView(found: readonly Finding[], output: Pick<Output, 'color'>): string {
  const width = Math.max(...found.map(({ about }) => about.length));
  const lines = found.flatMap(({ about, level, what, cure }) => {
    const head = `  ${paint(output, shades[level], level.padEnd(4))}  ${about.padEnd(width)}  ${what}`;
    return cure === undefined ? [head] : [head, `        ${' '.repeat(width)}  ${paint(output, 'dim', cure)}`];
  });
  const count = (level: Finding['level']) => found.filter((one) => one.level === level).length;
  const [fails, warns] = [count('fail'), count('warn')];
  const verdict = fails + warns === 0 ? 'all is well' : `${counted(fails, 'failure')}, ${counted(warns, 'warning')}`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
