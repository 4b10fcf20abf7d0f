// What runs in the namespaces: the life of the .deb, then that of the .rpm, then that of the .deb under a real systemd,
// each in a tree of its own. Writes lines for people, and at the end the figures into a file.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootedTree } from './booted.ts';
import { dpkgIn, rpmIn } from './installers.ts';
import { type Files, Life, type Upgraded } from './life.ts';
import { Manager } from './manager.ts';
import { copyMountedTree, copyTree } from './minimal-tree.ts';

export interface InsideOrder {
  readonly minimalTree: string;
  readonly systemdTree: string;
  readonly work: string;
  readonly standIn: string;
  readonly figures: string; // the file that they are written to
  readonly files: Readonly<Record<'deb' | 'rpm', Files>>;
}

/** Of each life; or why it could not be lived. */
export type LifeFigures = Readonly<Record<string, Upgraded | string>>;

const installers = { deb: dpkgIn, rpm: rpmIn } as const;

async function main(): Promise<void> {
  const order: InsideOrder = JSON.parse(process.argv[2] ?? '{}');
  const figures: Record<string, Upgraded | string> = {};
  for (const name of ['deb', 'rpm'] as const) figures[name] = await liveMinded(name, order);
  figures[underSystemd] = await liveBooted(order);
  await writeFile(order.figures, JSON.stringify(figures));
  process.exit(0); // the manager listens for ever
}

const underSystemd = 'deb under systemd';

/** With a stand-in for systemd. */
async function liveMinded(name: 'deb' | 'rpm', { minimalTree, work, standIn, files }: InsideOrder): Promise<Upgraded> {
  const tree = join(work, name);
  await copyMountedTree(minimalTree, tree);
  const manager = new Manager(tree);
  await manager.begin(standIn);
  const installer = installers[name](tree);
  return liveTelling(new Life(name, { installer, manager, files: files[name] }, say), name, async () => [
    ...manager.output.join('').split('\n'),
    ...manager.asked.map((words) => `systemctl was asked: ${words}`),
  ]);
}

async function liveBooted({ systemdTree, work, files }: InsideOrder): Promise<Upgraded | string> {
  const tree = join(work, 'booted');
  await copyTree(systemdTree, tree);
  const manager = await BootedTree.boot(tree).catch((error: Error) => error.message);
  if (typeof manager === 'string') return manager;
  try {
    const installer = dpkgIn(tree, manager.enter);
    return await liveTelling(new Life('systemd', { installer, manager, files: files.deb }, say), 'systemd', async () =>
      (await manager.journal()).split('\n'),
    );
  } finally {
    await manager.end();
  }
}

/** If it fails, with what the service wrote. */
async function liveTelling(life: Life, name: string, written: () => Promise<readonly string[]>): Promise<Upgraded> {
  try {
    return await life.live();
  } catch (error) {
    const lines = (await written()).filter((line) => !line.includes('"request_id"'));
    say(`${name}: the service wrote\n${lines.slice(-100).join('\n')}`);
    throw error;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (import.meta.main) await main();
