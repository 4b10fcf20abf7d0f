// What goes into packages is found, not listed: each agent's folder is a program.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPrograms } from '../../../packaging/tree/programs.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..', '..');

test('every room that is a program, and every agent, is in', () => {
  const sources = findPrograms(root).map(({ source }) => source);
  for (const room of ['stack', 'proxy', 'crs-tests']) assert(sources.includes(`${room}/main.ts`), room);
  const folders = readdirSync(join(root, 'agents'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const agents = folders.filter(({ name }) => readdirSync(join(root, 'agents', name)).includes('main.ts'));
  assert(agents.length >= 3);
  for (const { name } of agents) assert(sources.includes(`agents/${name}/main.ts`), name);
});

test('an agent is in on the day it is in its folder, a library is not', () => {
  using folder = tempFolder({ 'agents/new/main.ts': '', 'agents/protocol/frame.ts': '', 'stack/main.ts': '' });
  assert.deepEqual(findPrograms(folder.path), [
    { source: 'stack/main.ts', target: 'stack/main.js' },
    { source: 'agents/new/main.ts', target: 'agents/new/main.js' },
  ]);
});
