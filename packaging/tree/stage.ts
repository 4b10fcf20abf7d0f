// The staged tree: what an installation is, as files below one folder, from which every format is made. The shaping
// decision: whatever differs between two builds of one source is removed here (times, owners, order), so that formats
// have nothing left to differ in. It refuses to know a format.

import { chmod, copyFile, cp, glob, lutimes, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { bundlePrograms } from './bundle.ts';
import { type Engine, elfMachine, machineOf } from './engine.ts';
import { commandsPage, configurationPage, type Edition, titleLine } from './manual.ts';
import { copyrightFile, type Part, readParts, vendoredParts } from './notices.ts';
import { doc, emptyFolders, home, type Placed, placed, share } from './placed.ts';
import { dataPatterns, findPrograms } from './programs.ts';
import { sbom } from './sbom.ts';

export interface Staging {
  readonly root: string; // the clone
  readonly to: string; // is removed first
  readonly edition: Edition;
  readonly engine: Engine;
}

export async function stage(staging: Staging): Promise<void> {
  await rm(staging.to, { recursive: true, force: true });
  const parts = await stagePrograms(staging);
  await stageEngine(staging);
  for (const one of placed) await place(staging, one);
  for (const folder of emptyFolders) await mkdir(join(staging.to, folder), { recursive: true });
  await stagePages(staging);
  await stageCompletions(staging);
  await stageNotices(staging, parts);
  await settle(staging.to, staging.edition.epochSecs);
}

async function stagePrograms({ root, to, edition }: Staging): Promise<readonly Part[]> {
  const installed = join(to, home);
  const names = await bundlePrograms(root, findPrograms(root), installed);
  for await (const path of glob([...dataPatterns], { cwd: root }))
    await cp(join(root, path), join(installed, path), { recursive: true });
  const { engines }: { readonly engines: unknown } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const manifest = { name: 'sentinel-stack', version: edition.version, license: 'Apache-2.0', type: 'module', engines };
  await write(join(installed, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return readParts(root, [...names, 're2', ...vendoredParts]);
}

async function stageEngine({ root, to, engine }: Staging): Promise<void> {
  const installed = join(to, home);
  await copyStripped(engine.node, join(installed, 'bin', 'node'), 0o755);
  const re2 = join(installed, 'node_modules', 're2');
  await copyStripped(engine.addon, join(re2, 'build', 'Release', 're2.node'), 0o644);
  const from = join(root, 'node_modules', 're2');
  await copyFile(join(from, 're2.js'), join(re2, 're2.js'));
  const { name, version, license, main } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8'));
  await write(join(re2, 'package.json'), `${JSON.stringify({ name, version, license, main }, undefined, 2)}\n`);
}

/** Without the tables of a debugger: 150 -> 116 MB of Node. What addons are linked by stays. */
async function copyStripped(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await execa(objcopyFor[machineOf(from)] ?? 'objcopy', ['--strip-unneeded', '--remove-section=.comment', from, to]);
  await chmod(to, mode);
}

const objcopyFor: Readonly<Record<number, string>> =
  process.arch === 'x64' ? { [elfMachine.arm64]: 'aarch64-linux-gnu-objcopy' } : {};

async function place({ root, to }: Staging, { from, to: target, mode, isPacked }: Placed): Promise<void> {
  const paths = (await Array.fromAsync(glob(from, { cwd: root }))).sort();
  if (paths.length === 0) throw new Error(`${from}, which is to be packaged, is not there`);
  for (const path of paths) {
    const file = join(to, target.endsWith('/') ? join(target, basename(path)) : target);
    const content = await readFile(join(root, path));
    await write(isPacked === true ? `${file}.gz` : file, isPacked === true ? packed(content) : content, mode);
  }
}

async function stagePages({ root, to, edition }: Staging): Promise<void> {
  const service = await readFile(join(root, 'packaging', 'files', 'sentinel-stack.8'), 'utf8');
  const pages = {
    'man1/sentinel-stack.1': await commandsPage(edition),
    'man5/sentinel.kdl.5': configurationPage(edition),
    'man8/sentinel-stack.8': `${titleLine('sentinel-stack', 8, 'System Administration', edition)}\n${service}`,
  };
  for (const [name, text] of Object.entries(pages)) await write(join(to, 'usr/share/man', `${name}.gz`), packed(text));
}

const completions = {
  bash: 'usr/share/bash-completion/completions/sentinel-stack',
  zsh: 'usr/share/zsh/site-functions/_sentinel-stack',
  fish: 'usr/share/fish/vendor_completions.d/sentinel-stack.fish',
} as const;

async function stageCompletions({ root, to }: Staging): Promise<void> {
  for (const [shell, path] of Object.entries(completions)) {
    const { stdout } = await execa(join(root, 'sentinel-stack'), ['completion', shell]);
    await write(join(to, path), `${stdout}\n`);
  }
}

async function stageNotices({ to, edition, engine, root }: Staging, parts: readonly Part[]): Promise<void> {
  const license = await readFile(join(engine.nodeFolder, 'LICENSE'), 'utf8');
  await write(join(to, doc, 'copyright'), copyrightFile(parts, license));
  const node = join(root, 'node_modules', '.bin', 'node'); // the same version for every architecture
  const { stdout } = await execa(node, ['-p', 'JSON.stringify(process.versions)']);
  await write(join(to, share, 'sbom.cdx.json'), sbom(edition, parts, JSON.parse(stdout)));
  await write(join(to, doc, 'changelog.gz'), packed(await readFile(join(root, 'CHANGELOG.md'))));
}

/** gzip writes neither name nor time here, so the same bytes make the same bytes. */
export function packed(content: string | Uint8Array): Buffer {
  return gzipSync(content, { level: 9 });
}

export async function write(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode); // whatever the umask is
}

/** One time and no surprising rights for everything. */
export async function settle(folder: string, epochSecs: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await settle(path, epochSecs);
    else if (entry.isFile() && !runs(path)) await chmod(path, 0o644);
    await lutimes(path, epochSecs, epochSecs);
  }
  await chmod(folder, 0o755);
  await lutimes(folder, epochSecs, epochSecs);
}

const runs = (path: string) => /\/(?:bin\/[^/]+|after-upgrade)$/.test(path);
