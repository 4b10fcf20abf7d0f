// Which programs an installation has, found in the folders of a clone: so a new agent is in the packages on the day it is
// in its folder. It refuses to know one by name but those that are not agents.

import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

export interface Program {
  readonly source: string; // from the root: `agents/denylist/main.ts`
  readonly target: string; // below the folder of the installation: `agents/denylist/main.js`
}

const notAgents = ['stack/main.ts', 'proxy/main.ts', 'crs-tests/main.ts', 'crs-tests/job.ts'];

export function findPrograms(root: string): readonly Program[] {
  const agents = globSync('agents/*/main.ts', { cwd: root }).sort();
  return [...notAgents.filter((path) => existsSync(join(root, path))), ...agents].map((source) => ({
    source,
    target: source.replace(/\.ts$/, '.js'),
  }));
}

/** What programs read from beside themselves, as patterns: left out where there is none. */
export const dataPatterns: readonly string[] = [
  'config/default.kdl',
  'proxy/page/*',
  'crs-tests/ledger.json',
  'waf-rules/*',
  'waf-rules/*/*',
];
