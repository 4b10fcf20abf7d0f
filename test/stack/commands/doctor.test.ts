// `doctor`: a line per thing with its cure, an exit code that counts failures alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsView } from '../../../stack/commands/doctor.ts';
import { folderWith, type } from '../../support/terminal.ts';

test('the view', () => {
  const found = [
    { about: 'node', level: 'ok', what: 'v26' },
    { about: 'open files', level: 'warn', what: '20000', cure: 'ulimit -n 30000' },
  ] as const;
  assert.equal(
    findingsView(found, { color: false }),
    `  ok    node        v26
  warn  open files  20000
                    ulimit -n 30000

0 failures, 1 warning
`,
  );
});

test('a broken configuration is a failure; as data', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'ruotes { }' });
  const { code, stdout } = await type('doctor --json', { cwd: folder.path });
  const { findings } = JSON.parse(stdout);
  assert.equal(code, 1);
  assert.partialDeepStrictEqual(
    findings.find(({ about }: { about: string }) => about === 'configuration'),
    { level: 'fail' },
  );
});
