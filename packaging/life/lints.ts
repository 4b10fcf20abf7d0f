// What others' tools say of our packages: lintian, rpmlint, systemd's score of the unit. Each gives a figure for the
// report and the lines behind it.

import { join } from 'node:path';
import { execa } from 'execa';

export interface Lint {
  readonly figure: string;
  readonly isGood: boolean;
  readonly lines: readonly string[];
}

export async function lintian(deb: string): Promise<Lint> {
  const { stdout } = await execa('lintian', ['--no-cfg', '--display-level', '>=pedantic', '--show-overrides', deb], {
    reject: false,
  });
  return readLintian(stdout);
}

/** Errors, warnings, infos and pedantry that no override explains. */
export function readLintian(said: string): Lint {
  const lines = said.split('\n').filter((line) => /^[EWIP]: /.test(line));
  const count = (letter: string) => lines.filter((line) => line.startsWith(`${letter}: `)).length;
  const overridden = new Set([...said.matchAll(/^O: \S+: (\S+)/gm)].map(([, tag]) => tag)).size;
  const figure = `${count('E')} errors, ${count('W')} warnings, ${count('I')} infos, ${count('P')} pedantic; ${overridden} tags overridden`;
  return { figure, isGood: lines.length === 0, lines };
}

export async function rpmlint(root: string, rpm: string): Promise<Lint> {
  const config = join(root, 'packaging/files/rpmlint.toml');
  const { all } = await execa('rpmlint', ['--config', config, rpm], { reject: false, all: true });
  return readRpmlint(all);
}

/** Bad, too, if it came to no sum. */
export function readRpmlint(said: string): Lint {
  const [, errors = '?', warnings = '?'] = /(\d+) errors?, (\d+) warnings?/.exec(said) ?? [];
  const lines = said.split('\n').filter((line) => /: [EW]: /.test(line));
  return { figure: `${errors} errors, ${warnings} warnings`, isGood: errors === '0' && warnings === '0', lines };
}

export const exposureMax = 1.6;

/** `systemd-analyze security`: 0 is nothing at all, 10 is everything. */
export async function unitExposure(unit: string): Promise<Lint> {
  const { stdout } = await execa('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
  const [, score = '10'] = /exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
  return { figure: score, isGood: Number(score) <= exposureMax, lines: stdout.split('\n') };
}
