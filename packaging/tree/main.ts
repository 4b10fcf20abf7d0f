// `make package`: from a clone to everything that is published, in dist/. Reproducible: the same commit and the same tools
// give the same bytes. The version is that of package.json, the date that of the commit, unless VERSION and
// SOURCE_DATE_EPOCH say otherwise.

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { type Arch, findEngine } from './engine.ts';
import { type FormatName, formatNames, formats } from './formats.ts';
import type { Edition } from './manual.ts';
import { stage } from './stage.ts';
import { writeSums } from './sums.ts';

export interface Order {
  readonly root: string;
  readonly outdir: string;
  readonly edition: Edition;
  readonly arch: Arch;
  readonly crossFolder?: string | undefined;
  readonly only?: readonly FormatName[];
  readonly isQuick?: boolean;
  /** For trials: changes the staged tree before it is packed. */
  readonly alter?: (staged: string) => Promise<void>;
}

/** Makes the formats that are asked for; their paths come back. */
export async function makePackages(order: Order, say: (line: string) => void): Promise<readonly string[]> {
  const { root, outdir, edition, arch, crossFolder, only = formatNames, isQuick = false } = order;
  const work = join(outdir, `work-${arch}`);
  const staged = join(work, 'staged');
  say(`tree      sentinel-stack ${edition.version} for linux-${arch}`);
  await stage({ root, to: staged, edition, engine: findEngine(root, arch, crossFolder) });
  await order.alter?.(staged);
  const files: string[] = [];
  for (const name of only) {
    const file = await formats[name]({ root, staged, work, outdir, edition, arch, isQuick });
    say(`${name.padEnd(9)} ${file}`);
    files.push(file);
  }
  await rm(work, { recursive: true });
  return files;
}

export async function findEdition(root: string, env: NodeJS.ProcessEnv): Promise<Edition> {
  const manifest: { readonly version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const version = env['VERSION'] || manifest.version;
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`'${version}' is no version such as 1.2.3`);
  const dated = env['SOURCE_DATE_EPOCH'] || (await execa('git', ['log', '-1', '--format=%ct'], { cwd: root })).stdout;
  if (!/^\d+$/.test(dated))
    throw new Error('SOURCE_DATE_EPOCH is a number of seconds; a clone has its commit, else set it');
  return { version, epochSecs: Number(dated) };
}

const root = join(import.meta.dirname, '..', '..');
const usage = 'usage: node packaging/tree/main.ts [--arch x64|arm64] [--cross FOLDER] [--out FOLDER] [FORMAT…]\n';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { arch: { type: 'string' }, cross: { type: 'string' }, out: { type: 'string' } },
    allowPositionals: true,
  });
  const arch = values.arch ?? process.arch;
  const wanted = positionals.map((word) => formatNames.find((name) => name === word));
  if ((arch !== 'x64' && arch !== 'arm64') || wanted.includes(undefined)) {
    process.stderr.write(`${usage}  formats: ${formatNames.join(', ')}\n`);
    process.exit(2);
  }
  const only = wanted.length === 0 ? formatNames : wanted.filter((name) => name !== undefined);
  const outdir = values.out ?? join(root, 'dist');
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const edition = await findEdition(root, process.env);
  await makePackages({ root, outdir, edition, arch, crossFolder: values.cross, only }, say);
  say(`sums      ${await writeSums(outdir, process.env['SIGNING_KEY'])}`);
}

if (import.meta.main) await main();
