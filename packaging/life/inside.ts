// What runs in the namespaces: the life of the .deb, then that of the .rpm, each in a tree of its own. Writes lines for
// people, and at the end the figures into a file.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dpkgIn, rpmIn } from './installers.ts';
import { type Files, Life, type Upgraded } from './life.ts';
import { Manager } from './manager.ts';
import { copyTree } from './minimal-tree.ts';

export interface InsideOrder {
  readonly minimalTree: string;
  readonly work: string;
  readonly standIn: string;
  readonly figures: string; // the file that they are written to
  readonly files: Readonly<Partial<Record<'deb' | 'rpm', Files>>>;
}

const installers = { deb: dpkgIn, rpm: rpmIn } as const;

async function main(): Promise<void> {
  const { minimalTree, work, standIn, files, figures: figuresFile }: InsideOrder = JSON.parse(process.argv[2] ?? '{}');
  const figures: Record<string, Upgraded> = {};
  for (const name of ['deb', 'rpm'] as const) {
    const ours = files[name];
    if (ours === undefined) continue;
    const tree = join(work, name);
    await copyTree(minimalTree, tree);
    const manager = new Manager(tree);
    await manager.begin(standIn);
    try {
      figures[name] = await new Life(installers[name](tree), manager, ours, say).live();
    } catch (error) {
      say(
        `${name}: the service wrote\n${manager.output
          .join('')
          .split('\n')
          .filter((line) => !line.includes('"request_id"'))
          .slice(-100)
          .join('\n')}`,
      );
      say(`${name}: systemctl was asked\n${manager.asked.join('\n')}`);
      throw error;
    }
  }
  await writeFile(figuresFile, JSON.stringify(figures));
  process.exit(0); // the manager listens for ever
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (import.meta.main) await main();
