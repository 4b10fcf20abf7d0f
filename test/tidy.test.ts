// The house rules, kept by a machine. Each rule reads the whole project and names every place that breaks it with what
// to do instead; this file runs them all. A rule lives in test/tidy/ beside the test that plants a breach of it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { bannedProblems } from './tidy/banned.ts';
import { counterpartProblems } from './tidy/counterparts.ts';
import { cycleProblems } from './tidy/cycles.ts';
import { doorProblems } from './tidy/doors.ts';
import { headerProblems } from './tidy/headers.ts';
import { layoutProblems } from './tidy/layout.ts';
import { linkProblems } from './tidy/links.ts';
import { packageProblems } from './tidy/packages.ts';
import { sizeProblems } from './tidy/sizes.ts';
import { readTree, type TextFile } from './tidy/tree.ts';
import { voiceProblems } from './tidy/voice.ts';

const tree = readTree(join(import.meta.dirname, '..'));

const rules: readonly [string, (tree: readonly TextFile[]) => readonly string[]][] = [
  ['rooms meet only through doors: the supervisor links no dataplane code, the proxy no engine code', doorProblems],
  ['no file imports itself by whatever way round', cycleProblems],
  ['every package is declared where it is used, and used where it is declared', packageProblems],
  ['the rooms are fixed and shallow', layoutProblems],
  ['every source file opens with a sentence about itself', headerProblems],
  ['every source file has its test', counterpartProblems],
  ['banned calls have a replacement', bannedProblems],
  ['functions and files are short', sizeProblems],
  ['every relative link leads somewhere', linkProblems],
  ['the project speaks of itself alone', voiceProblems],
];

test('the tree holds the files of the project, not a part of them', () => {
  const paths = new Set(tree.map((file) => file.path));
  for (const path of ['package.json', 'config/schema.ts', 'test/tidy.test.ts']) assert(paths.has(path), path);
});

for (const [rule, problemsOf] of rules) {
  test(`tidy: ${rule}`, () => {
    const problems = problemsOf(tree);
    assert(problems.length === 0, `${problems.length} to mend:\n${problems.join('\n')}`);
  });
}
