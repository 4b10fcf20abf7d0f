// From the disk: includes, bounds, kinds of files, text that is none, secrets. Real files in a folder of their own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { configurationLimits as limits } from '#config/limits';
import { embeddedDefault, type Loaded, loadConfig, loadText, type Refused } from '#config/load';
import { formatProblems } from '#config/report';
import { lineOf } from '../support/config.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';

const listener = 'listeners { listener "test" { address "127.0.0.1:0" } }\n';

const load = (folder: TempFolder, name = 'a.kdl', environment = {}): Loaded | Refused =>
  loadConfig(name, { cwd: folder.path, environment });

/** `file line:column code 'marked': message` */
function told({ problems }: Loaded | Refused): string[] {
  return problems.map((one) => `${one.place?.file ?? '-'} ${lineOf(one)}: ${one.what}`);
}

type Files = Readonly<Record<string, string | Uint8Array>>;

const files: ReadonlyArray<readonly [title: string, files: Files, told: readonly string[]]> = [
  ['a file that includes', { 'a.kdl': 'include "b.kdl"', 'b.kdl': listener }, []],
  [
    'by a pattern, in the order of names',
    { 'a.kdl': `include "d/*.kdl"\n${listener}`, 'd/2.kdl': 'include "x"', 'd/10.kdl': 'include "y"' },
    [
      'd/10.kdl 1:9 config-not-found \'"y"\': cannot read d/y, which is included here: there is no such file',
      'd/2.kdl 1:9 config-not-found \'"x"\': cannot read d/x, which is included here: there is no such file',
    ],
  ],
  [
    'a pattern that names nothing',
    { 'a.kdl': `${listener}include "none/*.kdl" "d/*.kdl"`, 'd/x.txt': '{', 'd/.b.kdl': '{' },
    [],
  ],
  ['one letter', { 'a.kdl': `${listener}include "d/?.kdl"`, 'd/ab.kdl': '{', 'd/b.kdl': '' }, []],
  ['letters that patterns of other tools have', { 'a.kdl': `${listener}include "[b]{c}.kdl"`, '[b]{c}.kdl': '' }, []],
  [
    'a pattern in a folder',
    { 'a.kdl': `${listener}include "**/*.kdl"` },
    [
      "a.kdl 2:9 config-bad-value '\"**/*.kdl\"': 'include' finds files in one folder: '*' and '?' stand behind the last '/'",
    ],
  ],
  ['a pattern in what is no folder', { 'a.kdl': `${listener}include "b.kdl/*"`, 'b.kdl': '' }, []],
  [
    'a plain file that is missing',
    { 'a.kdl': 'include "b.kdl"' },
    ['a.kdl 1:9 config-not-found \'"b.kdl"\': cannot read b.kdl, which is included here: there is no such file'],
  ],
  [
    'a folder',
    { 'a.kdl': 'include "d"', 'd/b.kdl': '' },
    ['a.kdl 1:9 config-unreadable \'"d"\': cannot read d, which is included here: it is a folder'],
  ],
  [
    'itself',
    { 'a.kdl': 'include "a.kdl"' },
    ['a.kdl 1:9 config-include-loop \'"a.kdl"\': these files include each other: a.kdl -> a.kdl'],
  ],
  [
    'itself through two',
    { 'a.kdl': 'include "b.kdl"', 'b.kdl': 'include "c.kdl"', 'c.kdl': 'include "a.kdl"' },
    ['c.kdl 1:9 config-include-loop \'"a.kdl"\': these files include each other: a.kdl -> b.kdl -> c.kdl -> a.kdl'],
  ],
  [
    'the same twice',
    { 'a.kdl': 'include "b.kdl" "./b.kdl"', 'b.kdl': '' },
    ['a.kdl 1:17 config-include-twice \'"./b.kdl"\': ./b.kdl is included a second time'],
  ],
  ['nothing', { 'a.kdl': 'include' }, ["a.kdl 1:1 config-missing-value 'include': 'include' stands without a path"]],
  [
    'a block',
    { 'a.kdl': 'include "b.kdl" { }', 'b.kdl': '' },
    ["a.kdl 1:1 config-extra-value 'include': 'include' takes paths and nothing else"],
  ],
  ['a number', { 'a.kdl': 'include 5' }, ["a.kdl 1:9 config-wrong-type '5': 'include' takes a text, not 5"]],
  [
    'a path with a NUL',
    { 'a.kdl': 'include "b\\u{0}"' },
    [
      'a.kdl 1:9 config-unreadable \'"b\\u{0}"\': cannot read b\0, which is included here: its path holds a character that no path has',
    ],
  ],
  ['by a variable', { 'a.kdl': `${listener}include "\${DIR}/b.kdl"`, 'd/b.kdl': '' }, []],
  [
    'a path that is too long',
    { 'a.kdl': `include "${'x'.repeat(300)}"` },
    [
      `a.kdl 1:9 config-unreadable '"${'x'.repeat(300)}"': cannot read ${'x'.repeat(300)}, which is included here: its path is too long`,
    ],
  ],
  [
    'not UTF-8 from the start',
    { 'a.kdl': Buffer.from([0xff, 0xfe, 0x61]) },
    ["a.kdl 1:1 config-not-text '\ufffd': the byte 0xff here is not UTF-8"],
  ],
  [
    'not UTF-8 in the middle',
    { 'a.kdl': Buffer.from('a\n\ufffdbc\x80d', 'latin1') },
    ["a.kdl 2:1 config-not-text '\ufffd': the byte 0xfd here is not UTF-8"],
  ],
  [
    'not UTF-8 behind good characters',
    { 'a.kdl': Buffer.concat([Buffer.from('é\ufffd\n日 x'), Buffer.from([0xc3, 0x28])]) },
    ["a.kdl 2:4 config-not-text '\ufffd': the byte 0xc3 here is not UTF-8"],
  ],
  [
    'a character cut off by the end',
    { 'a.kdl': Buffer.from('x 日').subarray(0, 4) },
    ["a.kdl 1:3 config-not-text '\ufffd': the byte 0xe6 here is not UTF-8"],
  ],
  [
    'a byte order mark and other line ends',
    { 'a.kdl': `\ufeff${listener.replace('\n', '\r\n')}limitz { }\r\n` },
    ["a.kdl 2:1 config-unknown-key 'limitz': unknown key 'limitz' at the top level"],
  ],
  [
    'an included file with a mistake hides no other mistake',
    { 'a.kdl': 'include "b.kdl"\nlimits { x 1 }', 'b.kdl': 'a {' },
    [
      "b.kdl 1:1 config-syntax 'a {': this block is never closed: a '}' is missing",
      "a.kdl 2:10 config-unknown-key 'x': unknown key 'x' in 'limits'",
    ],
  ],
];

for (const [title, content, expected] of files) {
  test(`include: ${title}`, () => {
    using folder = tempFolder(content);
    assert.deepEqual(told(load(folder, 'a.kdl', { DIR: 'd' })), expected);
  });
}

test('a name that a file may lack for want of another file is not said to be missing', () => {
  using folder = tempFolder({ 'a.kdl': `${listener}include "b.kdl"\nroutes { route "r" { upstream "u" } }` });
  assert.deepEqual(
    load(folder).problems.map(({ code }) => code),
    ['config-not-found'],
  );
});

test('symbolic links: to a file, in a circle, to the including file', () => {
  using folder = tempFolder({ 'a.kdl': 'include "link.kdl" "circle.kdl" "self.kdl"', 'b.kdl': listener });
  symlinkSync('b.kdl', folder.of('link.kdl'));
  symlinkSync('circle.kdl', folder.of('circle.kdl'));
  symlinkSync('a.kdl', folder.of('self.kdl'));
  assert.deepEqual(
    load(folder).problems.map(({ code, what }) => `${code}: ${what}`),
    [
      'config-unreadable: cannot read circle.kdl, which is included here: its symbolic links lead in a circle',
      'config-include-loop: these files include each other: a.kdl -> self.kdl',
    ],
  );
});

test('includes nest to the bound and no deeper', () => {
  const chain = (depth: number): Files =>
    Object.fromEntries(
      Array.from({ length: depth }, (_, index) => [
        `${index}.kdl`,
        index === depth - 1 ? listener : `include "${index + 1}.kdl"`,
      ]),
    );
  using good = tempFolder(chain(limits.includeDepthMax));
  assert.deepEqual(told(load(good, '0.kdl')), []);
  using bad = tempFolder(chain(limits.includeDepthMax + 1));
  assert.deepEqual(told(load(bad, '0.kdl')), [
    '7.kdl 1:9 config-too-deep \'"8.kdl"\': includes are nested deeper than 8',
  ]);
});

test('as many files as the bound, and no more', () => {
  const many = (count: number): Files =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`d/${index}.kdl`, '']));
  using folder = tempFolder({ ...many(limits.filesMax - 1), 'a.kdl': `${listener}include "d/*.kdl"` });
  assert.equal(load(folder).sources.length, limits.filesMax);
  folder.write('d/more.kdl', '');
  assert.deepEqual(told(load(folder)), ['a.kdl 2:9 config-too-large \'"d/*.kdl"\': more than 256 files']);
});

test('files over the bound, alone or together, are not read', () => {
  using folder = tempFolder({ 'a.kdl': 'include "d/*.kdl"', 'b.kdl': '' });
  truncateSync(folder.of('b.kdl'), limits.fileBytesMax + 1);
  assert.deepEqual(told(load(folder, 'b.kdl')), ['- - config-too-large: cannot read b.kdl: it is over 4096 KiB']);
  const full = `//${'x'.repeat(limits.fileBytesMax - 2)}`;
  for (const name of ['1', '2', '3', '4']) folder.write(`d/${name}.kdl`, full);
  assert.deepEqual(told(load(folder)), [
    'a.kdl 1:9 config-too-large \'"d/*.kdl"\': all files together are over 16 MiB',
  ]);
});

test('only regular files are opened, without waiting: pipes, sockets, devices', async () => {
  using folder = tempFolder({ 'a.kdl': `include "pipe" "socket" "/dev/zero" "/dev/null" "/proc"` });
  await execa('mkfifo', [folder.of('pipe')]);
  await using server = createServer();
  server.listen(folder.of('socket'));
  await once(server, 'listening');
  assert.deepEqual(
    load(folder).problems.map(({ what }) => what),
    [
      'cannot read pipe, which is included here: it is not a regular file',
      'cannot read socket, which is included here: it is not a regular file',
      'cannot read /dev/zero, which is included here: it is not a regular file',
      'cannot read /dev/null, which is included here: it is not a regular file',
      'cannot read /proc, which is included here: it is a folder',
    ],
  );
});

test('a file whose size the system does not tell is read to its end', () => {
  const { problems, sources } = loadConfig('/proc/self/status', { environment: {} });
  assert((sources[0]?.text.length ?? 0) > 100);
  assert(problems.length > 0);
});

test('a file that this user may not read', () => {
  using folder = tempFolder({ 'a.kdl': listener });
  chmodSync(folder.path, 0o755);
  chmodSync(folder.of('a.kdl'), 0);
  const reported = asOrdinaryUser(() => told(load(folder)));
  assert.deepEqual(reported, ['- - config-unreadable: cannot read a.kdl: this user may not read it']);
});

/** Root reads everything, so as root the rights are put aside meanwhile. */
function asOrdinaryUser<T>(run: () => T): T {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0 || seteuid === undefined) return run();
  seteuid.call(process, 65_534);
  try {
    return run();
  } finally {
    seteuid.call(process, 0);
  }
}

test('which file is read: the one named, else sentinel.kdl here, else the embedded default', () => {
  using folder = tempFolder({ 'sentinel.kdl': listener });
  const chosen = (path: string | undefined, cwd: string) => {
    const loaded = loadConfig(path, { cwd, environment: {} });
    return loaded.ok ? loaded.file : loaded.problems.map(({ what }) => what);
  };
  assert.equal(chosen(undefined, folder.path), 'sentinel.kdl');
  assert.deepEqual(chosen('none.kdl', folder.path), ['cannot read none.kdl: there is no such file']);
  mkdirSync(folder.of('empty'));
  const embedded = loadConfig(undefined, { cwd: folder.of('empty'), environment: {} });
  assert(embedded.ok);
  if (embedded.file === undefined) assert.equal(embedded.sources[0]?.path, embeddedDefault);
});

test('what an environment holds is a value, whatever it holds', () => {
  const text = `${listener}routes { route "r" { builtin-handler "status"; policies { response-headers { set { X "\${EVIL}" } } } } }`;
  const evil = '" } } route "x" { } // {';
  const loaded = loadText('a.kdl', text, { environment: { EVIL: evil } });
  assert(loaded.ok);
  assert.equal(loaded.config.routes.length, 1);
  assert.equal(loaded.config.routes[0]?.policies.responseHeaders.set['X'], evil);
});

const admin = `${listener}admin { address "127.0.0.1:0"; token-file "token" }\n`;
const secrets: ReadonlyArray<readonly [title: string, content: Files, told: readonly string[]]> = [
  ['good', { token: ' hush-hush\n' }, []],
  [
    'missing',
    {},
    ['a.kdl 2:43 config-secret-unreadable \'"token"\': cannot read the secret in token: there is no such file'],
  ],
  ['empty', { token: '\n' }, ['a.kdl 2:43 config-secret-unreadable \'"token"\': the file token is empty']],
  [
    'a folder',
    { 'token/x': '' },
    ['a.kdl 2:43 config-secret-unreadable \'"token"\': cannot read the secret in token: it is a folder'],
  ],
  [
    'no text',
    { token: Buffer.from([0xff, 0x61]) },
    ['a.kdl 2:43 config-secret-unreadable \'"token"\': the file token is not UTF-8 text'],
  ],
  [
    'too large',
    { token: 'x'.repeat(limits.secretBytesMax + 1) },
    ['a.kdl 2:43 config-secret-unreadable \'"token"\': cannot read the secret in token: it is over 64 KiB'],
  ],
];

for (const [title, content, expected] of secrets) {
  test(`a secret file: ${title}`, () => {
    using folder = tempFolder({ ...content, 'a.kdl': admin });
    const loaded = load(folder);
    assert.deepEqual(told(loaded), expected);
    if (loaded.ok) assert.equal(loaded.config.admin.token?.reveal(), 'hush-hush');
  });
}

test('a secret that every user can read is warned of, once, and read', () => {
  using folder = tempFolder({ token: 'hush', 'a.kdl': admin });
  chmodSync(folder.of('token'), 0o644);
  const loaded = load(folder);
  assert.deepEqual(told(loaded), [
    'a.kdl warning 2:43 config-secret-exposed \'"token"\': every user of this machine can read the secret in token',
  ]);
  assert(loaded.ok);
  chmodSync(folder.of('token'), 0o640);
  assert.deepEqual(told(load(folder)), []);
});

test('a secret is named relative to the file that names it', () => {
  using folder = tempFolder({ 'd/token': 'hush', 'd/b.kdl': admin, 'a.kdl': 'include "d/b.kdl"' });
  assert.deepEqual(told(load(folder)), []);
});

test('no problem shows what a secret holds', () => {
  const text = `${listener}agents { agent "a" { use "echo"; transport { unix-socket "a" }; events "request-headers"; failure-mode "open"; env { "bad name" "\${KEY}"; N 5 } } }`;
  const { problems } = loadText('a.kdl', text, { environment: { KEY: 'hush' } });
  assert(problems.length > 1);
  assert(!formatProblems(problems).includes('hush'));
});

test('nothing stays open', () => {
  using folder = tempFolder({ 'a.kdl': 'include "nowhere" "d"', 'd/x': '' });
  const next = () => {
    const descriptor = openSync(embeddedDefault, 'r');
    closeSync(descriptor);
    return descriptor;
  };
  const before = next();
  for (let times = 0; times < 20; times += 1) load(folder);
  assert.equal(next(), before);
  assert.equal(basename(embeddedDefault), 'default.kdl');
});

test('texts named by values are read with the configuration, relative to its file, and bounded', () => {
  using folder = tempFolder({
    'ok.html': 'fine é',
    'large.html': 'x'.repeat(64 * 1024 + 1),
    'bytes.html': new Uint8Array([0xff]),
  });
  const text = (page: string) =>
    `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "a" { builtin-handler "status"; error-pages { "404" "${page}" } } }`;
  const load = (page: string) => {
    folder.write('main.kdl', text(page));
    return loadConfig(folder.of('main.kdl'));
  };
  const good = load('ok.html');
  assert(good.ok);
  assert.deepEqual(good.config.routes[0]?.errorPages, { 404: { path: 'ok.html', text: 'fine é' } });
  for (const [page, code] of [
    ['missing.html', 'config-not-found'],
    ['large.html', 'config-too-large'],
    ['bytes.html', 'config-not-text'],
    ['.', 'config-unreadable'],
  ] as const) {
    const found = load(page);
    assert.deepEqual(found.problems.map(lineOf), [`2:68 ${code} '"${page}"'`]);
  }
  assert.deepEqual(
    load('ok.html" ; "404" "ok.html').problems.map(({ code }) => code),
    ['config-duplicate-key'],
  );
  assert.deepEqual(
    load('ok.html"; "200" "ok.html').problems.map(({ code }) => code),
    ['config-bad-value'],
  );
});

test('all texts together are bounded, counted by use', () => {
  using folder = tempFolder({ 'page.html': 'x'.repeat(64 * 1024) });
  const routes = Array.from(
    { length: 65 },
    (_, index) =>
      `route "r${index}" { matches { path "/${index}" }; builtin-handler "status"; error-pages { "404" "page.html" } }`,
  );
  folder.write('main.kdl', `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes {\n${routes.join('\n')}\n}`);
  assert.deepEqual(
    loadConfig(folder.of('main.kdl')).problems.map(({ code, place }) => `${place?.line} ${code}`),
    ['67 config-too-large'],
  );
});
