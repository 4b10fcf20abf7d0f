// Plants every banned call once where it is refused, and once where it is right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannedProblems } from './banned.ts';
import { treeOf } from './tree.ts';

const problemsOf = (path: string, text: string) => bannedProblems(treeOf({ [path]: text }));

/** Path, text, and the word that the complaint names. */
const refused: readonly [string, string, string][] = [
  ['stack/run.ts', 'process.exit(1);', 'process.exit('],
  ['proxy/handle.ts', "console.log('x');", 'console.log'],
  ['agents/denylist/match.ts', 'new RegExp(text).test(path);', 'new RegExp('],
  ['config/parse.ts', 'eval(text);', 'eval('],
  ['test/a.test.ts', "new Function('return 1')();", 'new Function('],
  ['stack/restart.ts', 'const delay = Math.random();', 'Math.random'],
  ['config/check.ts', 'const now = Date.now();', 'Date.now'],
  ['stack/supervisor.ts', 'const now = new Date();', 'new Date()'],
  ['stack/child.ts', "process.binding('fs');", 'process.binding'],
  ['proxy/a.ts', 'const a: any = b;', ': any'],
  ['proxy/a.ts', 'const a = b as any;', 'as any'],
  ['proxy/a.ts', 'const a = new Map<string, any>();', ', any'],
  ['proxy/a.ts', 'export default a;', 'export default'],
  ['proxy/a.ts', 'const enum Kind { a }', 'enum Kind {'],
  ['proxy/a.ts', '// @ts-expect-error later\nf();', '@ts-expect-error'],
  ['proxy/a.ts', '/* TODO: later */', 'TODO'],
  ['test/a.test.ts', "test.only('x', f);", 'test.only'],
  ['test/a.test.ts', "test('x', { skip: true }, f);", 'skip: true'],
  ['test/a.test.ts', "fc.string({ unit: 'binary' });", 'unit:'],
  ['test/a.test.ts', 'const url = fc.webUrl();', 'fc.webUrl'],
  ['stack/output.ts', 'const text = readFileSync(path);', 'readFileSync'],
  ['proxy/access-log.ts', 'writeSync(fd, line);', 'writeSync'],
  ['stack/child.ts', "import { spawn } from 'node:child_process';", 'child_process'],
  ['proxy/a.ts', "import { type Server, createServer } from 'node:http';", 'node:http'],
];

for (const [path, text, word] of refused) {
  test(`${word} in ${path} is refused, at its line`, () => {
    const problems = problemsOf(path, `\n${text}`);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert(problems.join().startsWith(`${path}:2: '${word}': `), problems.join());
  });
}

const kept: readonly [string, string][] = [
  ['stack/main.ts', 'process.exit(await main());'],
  [
    'packaging/setup.mjs',
    "import { spawn } from 'node:child_process';\nprocess.exit(1); console.log(readFileSync('x'));",
  ],
  ['config/load.ts', 'const text = readFileSync(path);'],
  ['config/suggest.ts', 'const pattern = new RegExp(word);'],
  ['stack/run.ts', 'const now = Date.now();'],
  ['proxy/a.ts', "// an enum or any other thing, eval(x) and console.log\nconst a = 'process.exit(1) any: any';"],
  ['proxy/a.ts', 'const many = all.any(one); const b = { any: 1 };'],
  ['proxy/a.ts', 'const text = `${a} process.exit(1)`;'],
  ['test/a.test.ts', "test('x', { skip: noPython }, f); console.log(readFileSync('x'));"],
  ['test/a.test.ts', 'fc.string({ unit: anyCharacter }); anyUrl;'],
  ['stack/child.ts', "import { execa } from 'execa';"],
  ['proxy/a.ts', "import type { Server } from 'node:http';\nimport { createServer } from '#config/node-http';"],
  ['proxy/upstream/pool.ts', 'evaluate(1); socket.closeSyncLater;'],
];

for (const [path, text] of kept) {
  test(`kept in ${path}: ${JSON.stringify(text)}`, () => assert.deepEqual(problemsOf(path, text), []));
}

test('a complaint says what to write instead', () => {
  assert.deepEqual(problemsOf('stack/child.ts', "import 'child_process';"), [
    "stack/child.ts:1: 'child_process': start processes with execa",
  ]);
});
