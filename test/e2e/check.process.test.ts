// The launcher and `check`, run as a person runs them: the report that every mistake is found at once, and input that is
// no configuration at all. Each gets a clear problem, an exit code, and never a stack trace.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { launcher } from './up-stack.ts';

interface Folder extends AsyncDisposable {
  readonly path: string;
  check(file: string, ...words: string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>;
}

async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sentinel-check-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return {
    path,
    check: async (file, ...words) => {
      const { exitCode, stdout, stderr } = await execa(launcher, ['check', file, ...words], {
        cwd: path,
        reject: false,
        stdin: 'ignore',
        timeout: 30_000,
      });
      return { exitCode, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const mistakes = {
  'sentinel.kdl': `include "conf.d/*.kdl"
routs { }
listeners { listener "http" { address "127.0.0.1:8080" } }
routes {
    route "api" {
        upstream "shpo"
    }
}
agents {
    agent "screen" {
        use "denylist"
        transport { unix-socket "screen.sock" }
        events "request-headers"
        timeout-ms "5 parsecs"
        failure-mode "open"
    }
}
filters { filter "screen" { agent "screen" } }
`,
  'conf.d/a.kdl':
    'upstreams {\n    upstream "shop" {\n        target "127.0.0.1:81"\n        load-balancing "least-conections"\n    }\n}\n',
  'conf.d/b.kdl': 'upstreams {\n    upstream "shop" {\n        target "127.0.0.1:82"\n    }\n}\n',
};

test('every mistake in one run, each with its place, the line, a caret and a suggestion', async () => {
  await using folder = await folderWith(mistakes);
  const { exitCode, stdout, stderr } = await folder.check('sentinel.kdl');
  assert.deepEqual([exitCode, stderr], [1, '']);
  for (const wanted of [
    "sentinel.kdl:2:1: error: unknown key 'routs' at the top level [config-unknown-key]\n    2 | routs { }\n      | ^^^^^ did you mean 'routes'?\n",
    'sentinel.kdl:6:18: error: route "api" names upstream "shpo", which does not exist [config-unknown-name]\n    6 |         upstream "shpo"\n      |                  ^^^^^^ did you mean "shop" (conf.d/a.kdl:2)?\n',
    `sentinel.kdl:14:20: error: 'timeout-ms' takes a duration, not "5 parsecs" [config-wrong-type]\n   14 |         timeout-ms "5 parsecs"\n      |                    ^^^^^^^^^^^ `,
    'conf.d/a.kdl:4:24: error: \'load-balancing\' takes one of "round-robin", "weighted", "least-connections", "weighted-least-connections", "random", "power-of-two-choices", "ip-hash", "consistent-hash", "maglev", "peak-ewma", "adaptive", "locality-aware", "deterministic-subset", "least-tokens-queued", "sticky", not "least-conections" [config-bad-value]\n    4 |         load-balancing "least-conections"\n      |                        ^^^^^^^^^^^^^^^^^^ did you mean "least-connections"?\n',
    'conf.d/b.kdl:2:14: error: there are two upstreams of the name "shop" [config-duplicate-name]\n    2 |     upstream "shop" {\n      |              ^^^^^^ rename one of them\n  conf.d/a.kdl:2:14: the other one is here\n',
  ]) {
    assert(stdout.includes(wanted), `${wanted}\nis not in\n${stdout}`);
  }
  assert.match(stdout, /\n5 errors, 1 warning in 3 files$/);
});

test('--json gives the same as data', async () => {
  await using folder = await folderWith(mistakes);
  const { exitCode, stdout } = await folder.check('sentinel.kdl', '--json');
  const { ok, files, problems } = JSON.parse(stdout);
  assert.deepEqual([exitCode, ok, files], [1, false, ['sentinel.kdl', 'conf.d/a.kdl', 'conf.d/b.kdl']]);
  const told = problems.map(
    (one: { code: string; file: string; line: number; column: number }) =>
      `${one.file}:${one.line}:${one.column} ${one.code}`,
  );
  for (const wanted of [
    'sentinel.kdl:2:1 config-unknown-key',
    'sentinel.kdl:6:18 config-unknown-name',
    'sentinel.kdl:14:20 config-wrong-type',
    'conf.d/a.kdl:4:24 config-bad-value',
    'conf.d/b.kdl:2:14 config-duplicate-name',
  ]) {
    assert(told.includes(wanted), `${wanted} is not in ${told.join(', ')}`);
  }
});

const junk: ReadonlyArray<readonly [title: string, content: string | Buffer, wanted: RegExp]> = [
  ['a megabyte of braces', '{'.repeat(1_000_000), /error: '\{' has no key before it \[config-syntax\]/],
  ['a megabyte on one line', 'x=1 '.repeat(250_000), /\[config-syntax\]/],
  ['ten thousand levels', `${'a{'.repeat(10_000)}${'}'.repeat(10_000)}`, /nested deeper than 64 \[config-too-deep\]/],
  ['a quarter of a million keys', 'a 1\n'.repeat(250_000), /more than 400000 words \[config-too-large\]/],
  ['NUL bytes', 'limits { \0 }', /sentinel\.kdl:1:10: error: .*U\+0000.* \[config-not-text\]/],
  [
    'invalid UTF-8',
    Buffer.from([0x61, 0x20, 0xff, 0x0a]),
    /sentinel\.kdl:1:3: error: the byte 0xff here is not UTF-8 \[config-not-text\]/,
  ],
  ['more than the bound', Buffer.alloc(5 * 1024 * 1024, 0x20), /it is over 4096 KiB \[config-too-large\]/],
  ['nothing', '', /there is no listener, so nothing would be served/],
];

for (const [title, content, wanted] of junk) {
  test(`not a configuration: ${title}`, async () => {
    await using folder = await folderWith({ 'sentinel.kdl': content });
    assertRefused(await folder.check('sentinel.kdl'), wanted);
  });
}

test('not a file: a folder, a device that never ends, a loop of links, nothing', async () => {
  await using folder = await folderWith({ 'inside/a.kdl': '' });
  await symlink('b.kdl', join(folder.path, 'a.kdl'));
  await symlink('a.kdl', join(folder.path, 'b.kdl'));
  assertRefused(await folder.check('inside'), /it is a folder \[config-unreadable\]/);
  assertRefused(await folder.check('/dev/zero'), /it is not a regular file \[config-unreadable\]/);
  assertRefused(await folder.check('a.kdl'), /its symbolic links lead in a circle \[config-unreadable\]/);
  assertRefused(await folder.check('c.kdl'), /there is no such file \[config-not-found\]/);
});

test('files that include each other', async () => {
  await using folder = await folderWith({ 'a.kdl': 'include "b.kdl"', 'b.kdl': '\ninclude "a.kdl"' });
  assertRefused(
    await folder.check('a.kdl'),
    /b\.kdl:2:9: error: these files include each other: a\.kdl -> b\.kdl -> a\.kdl \[config-include-loop\]/,
  );
});

function assertRefused({ exitCode, stdout, stderr }: Awaited<ReturnType<Folder['check']>>, wanted: RegExp): void {
  assert.match(stdout, wanted);
  assert.deepEqual([exitCode, stderr], [1, '']);
  assert(!/\n\s+at .*\.ts:\d+/.test(stdout), 'a stack trace');
  assert(stdout.length < 100_000, `${stdout.length} characters of problems`);
}
