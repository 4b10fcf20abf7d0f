// A program in namespaces of its own sees its own processes and its own network, gets its order, and its code comes back.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNamespace } from '../../../packaging/life/namespace.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const skip = process.getuid?.() === 0 ? false : 'it needs root: NOT TESTED';

test('nothing of it reaches the machine', { skip }, async () => {
  const program = `
    import { writeFileSync, readdirSync, readFileSync } from 'node:fs';
    const { file } = JSON.parse(process.argv[2]);
    const processes = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length;
    const networks = readFileSync('/proc/net/dev', 'utf8').match(/^ *\\w+:/gm).map((word) => word.trim());
    writeFileSync(file, JSON.stringify({ processes, networks }));
    process.exit(7);`;
  using folder = tempFolder({ 'p.mjs': program });
  assert.equal(await runInNamespace(folder.of('p.mjs'), { file: folder.of('seen') }), 7);
  const seen = JSON.parse(readFileSync(folder.of('seen'), 'utf8'));
  assert.deepEqual([seen.processes <= 3, seen.networks], [true, ['lo:']]);
});
