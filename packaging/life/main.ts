// `make package-test`: builds the packages twice, holds them against each other and against lintian, rpmlint and systemd,
// and lives their whole lives in a minimal Debian tree. Prints what it found; the figures go into docs/packaging.md. With
// the word `quick`: packages that are packed in seconds, and the lives alone. It needs root, and Debian's tools.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { FormatName } from '../tree/formats.ts';
import { findEdition, makePackages } from '../tree/main.ts';
import type { Edition } from '../tree/manual.ts';
import { home } from '../tree/placed.ts';
import { sha256 } from '../tree/sums.ts';
import type { InsideOrder, LifeFigures } from './inside.ts';
import type { Files } from './life.ts';
import { type Lint, lintian, rpmlint, unitExposure } from './lints.ts';
import { keepTree } from './minimal-tree.ts';
import { runInNamespace } from './namespace.ts';

const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs/packaging.md');
const say = (line: string) => process.stdout.write(`${line}\n`);

async function main([mode]: readonly string[]): Promise<void> {
  assert.equal(process.getuid?.(), 0, 'package-test makes namespaces and trees: it needs root');
  const isQuick = mode === 'quick';
  const trees = { minimalTree: await keepTree('minimal', say), systemdTree: await keepTree('systemd', say) };
  const work = await mkdtemp(join(tmpdir(), 'package-test-'));
  try {
    const edition = await findEdition(root, process.env);
    const first = await build(work, 'first', edition, isQuick);
    const facts = isQuick ? [] : [...(await looks(work, edition, first)), ...(await others(first))];
    const lives = await live(work, trees, edition, first);
    facts.push(...lifeFacts(lives));
    for (const [what, figure] of facts) say(`${what}: ${figure}`);
    if (!isQuick) writeFacts(facts);
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

function lifeFacts(lives: LifeFigures): Facts {
  return Object.entries(lives).map(([name, life]) => [
    `${name}: requests that failed while it was upgraded`,
    typeof life === 'string'
      ? `NOT TRIED: ${life.split('\n')[0]}`
      : `${life.failed} of ${life.asked}; the slowest took ${life.longestMs} ms`,
  ]);
}

type Built = Readonly<Partial<Record<FormatName, string>>>;
type Facts = Array<readonly [what: string, figure: string]>;

async function build(work: string, name: string, edition: Edition, isQuick: boolean): Promise<Built> {
  const only: readonly FormatName[] = isQuick ? ['deb', 'rpm'] : ['deb', 'rpm', 'tar', 'npm'];
  const files = await makePackages({ root, outdir: join(work, name), edition, arch: hostArch(), only, isQuick }, say);
  return Object.fromEntries(only.map((format, index) => [format, files[index]]));
}

function hostArch(): 'x64' | 'arm64' {
  return process.arch === 'arm64' ? 'arm64' : 'x64';
}

/** Sizes, the same bytes twice, and what the tools say. */
async function looks(work: string, edition: Edition, first: Built): Promise<Facts> {
  const facts: Facts = Object.values(first).map((file) => [basename(file), megabytes(statSync(file).size)]);
  const second = await build(work, 'again', edition, false);
  for (const [format, file] of Object.entries(first))
    assert.equal(
      await sha256(second[format as FormatName] ?? ''),
      await sha256(file),
      `${format} twice, the same bytes`,
    );
  facts.push(['built twice, in two folders', `the same bytes: ${Object.keys(first).join(', ')}`]);
  await rm(join(work, 'again'), { recursive: true });
  facts.push(
    ['lintian', good(await lintian(first.deb ?? ''))],
    ['rpmlint', good(await rpmlint(root, first.rpm ?? ''))],
  );
  facts.push([
    'systemd-analyze security',
    good(await unitExposure(join(root, 'packaging/files/sentinel-stack.service'))),
  ]);
  return facts;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function good({ figure, isGood, lines }: Lint): string {
  assert(isGood, lines.join('\n'));
  return figure;
}

/** The archive and the package for npm: unpacked, installed, asked for their version. */
async function others({ tar = '', npm = '' }: Built): Promise<Facts> {
  const folder = await mkdtemp(join(tmpdir(), 'package-others-'));
  try {
    await execa('tar', ['-xJf', tar, '-C', folder]);
    const unpacked = join(folder, basename(tar, '.tar.xz'), 'bin/sentinel-stack');
    await execa('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', npm], { cwd: folder });
    const installed = join(folder, 'node_modules/.bin/sentinel-stack');
    return await Promise.all(
      [unpacked, installed].map(async (program) => {
        const { stdout } = await execa(program, ['check', join(root, 'config/examples/basic.kdl')]);
        const version = await execa(program, ['version']);
        return [
          program === unpacked ? 'the archive, unpacked' : 'installed by npm',
          `${version.stdout}; ${stdout}`,
        ] as const;
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function live(
  work: string,
  trees: Pick<InsideOrder, 'minimalTree' | 'systemdTree'>,
  edition: Edition,
  first: Built,
): Promise<LifeFigures> {
  const next = following(edition.version, 1);
  const second = await build(work, 'second', { ...edition, version: next }, true);
  const broken = await buildBroken(work, { ...edition, version: following(edition.version, 2) });
  const filesOf = (format: 'deb' | 'rpm'): Files => ({
    first: first[format] ?? '',
    second: second[format] ?? '',
    secondVersion: next,
    broken: broken[format] ?? '',
  });
  const order: InsideOrder = {
    ...trees,
    work,
    standIn: join(root, 'packaging/files/systemctl-stand-in'),
    files: { deb: filesOf('deb'), rpm: filesOf('rpm') },
    figures: join(work, 'figures.json'),
  };
  const code = await runInNamespace(join(root, 'packaging/life/inside.ts'), order);
  assert.equal(code, 0, 'the lives of the packages');
  return JSON.parse(await readFile(order.figures, 'utf8'));
}

function following(version: string, by: number): string {
  const [major, minor, patch] = version.split('.');
  return [major, minor, Number(patch) + by].join('.');
}

async function buildBroken(work: string, edition: Edition): Promise<Built> {
  const alter = (staged: string) =>
    writeFile(
      join(staged, home, 'stack/main.js'),
      "process.stderr.write('this version is broken\\n'); process.exit(70);\n",
    );
  const only: readonly FormatName[] = ['deb', 'rpm'];
  const files = await makePackages(
    { root, outdir: join(work, 'broken'), edition, arch: hostArch(), only, isQuick: true, alter },
    say,
  );
  return Object.fromEntries(only.map((format, index) => [format, files[index]]));
}

const [begin, end] = ['<!-- figures: made by `make package-test` -->', '<!-- end of what is made -->'];

function writeFacts(facts: Facts): void {
  const text = readFileSync(page, 'utf8');
  const [head, rest = ''] = text.split(begin);
  const rows = facts.map(([what, figure]) => `| ${what} | ${figure} |`);
  const table = ['| what | figure |', '|---|---|', ...rows].join('\n');
  writeFileSync(page, `${head}${begin}\n${table}\n${end}${rest.split(end)[1] ?? ''}`);
  say(`wrote     ${page}`);
}

if (import.meta.main) await main(process.argv.slice(2));
