// The Node and the addon that are packaged are for the architecture that the package says.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { elfMachine, findEngine, machineOf } from '../../../packaging/tree/engine.ts';

const root = join(import.meta.dirname, '..', '..', '..');

test('what runs here is for this machine, and is found', () => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  assert.equal(machineOf(process.execPath), elfMachine[arch]);
  const { node, addon } = findEngine(root, arch, undefined);
  assert.equal(machineOf(node), machineOf(addon));
});

test('what is not there, or for another machine, is refused', () => {
  const other = process.arch === 'arm64' ? 'x64' : 'arm64';
  assert.throws(() => findEngine(root, other, undefined), /is there|is for/);
  assert.throws(() => findEngine(root, 'arm64', '/nowhere'), /\/nowhere\/node\/bin\/node is there/);
});
