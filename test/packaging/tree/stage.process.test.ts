// The staged tree, run: its launcher, its programs, its configuration; and that nothing in it tells of this machine.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { findEngine } from '../../../packaging/tree/engine.ts';
import { stage } from '../../../packaging/tree/stage.ts';
import { eventually } from '../../stack/processes.ts';
import { type TempFolder, tempFolder } from '../../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
let folder: TempFolder;
let tree = '';
let program = '';

before(async () => {
  folder = tempFolder();
  tree = folder.of('tree');
  await stage({
    root,
    to: tree,
    edition: { version: '9.8.7', epochSecs: 1_000_000_000 },
    engine: findEngine(root, arch, undefined),
  });
  program = join(tree, 'usr/bin/sentinel-stack');
});

after(() => folder[Symbol.dispose]());

test('the launcher finds its own Node and version, also by a link', async () => {
  symlinkSync(program, folder.of('linked'));
  const { stdout } = await execa(folder.of('linked'), ['version', '--json'], {
    env: { PATH: '/usr/bin:/bin' },
    extendEnv: false,
  });
  assert.deepEqual([JSON.parse(stdout).version, JSON.parse(stdout).node], ['9.8.7', process.version]);
});

test('the configuration that is installed is right, laid out, and has an attack refused', async () => {
  const config = join(tree, 'etc/sentinel-stack/sentinel.kdl');
  await execa(program, ['check', config]);
  await execa(program, ['fmt', '--check', config]);
  folder.write('exclusions.d/local.conf', readFileSync(join(tree, 'etc/sentinel-stack/exclusions.d/local.conf')));
  const moved = readFileSync(config, 'utf8').replaceAll(/127\.0\.0\.1:(?:8080|9090)/g, '127.0.0.1:0');
  folder.write('sentinel.kdl', moved.replaceAll('/var/lib/sentinel-stack/', `${folder.of('.')}/`));
  const ours = ['--runtime-dir', folder.of('run')];
  const { stdout } = await execa(program, ['up', '--detach', '--json', '-c', folder.of('sentinel.kdl'), ...ours]);
  try {
    const [address] = JSON.parse(stdout).listening.http;
    assert.equal(await statusOf(`http://${address}/`), 200);
    assert.equal(await statusOf(`http://${address}/?id=1'%20OR%201=1--`), 403);
    const page = JSON.parse(stdout).listening.admin[0];
    assert.equal(await statusOf(`http://${page}/page.mjs`), 200);
    await execa(program, ['status', ...ours]);
    await questionsAreAnswered(`http://${address}/editor`, ours);
  } finally {
    await execa(program, ['down', ...ours]);
  }
});

/** By the firewall's program as it is bundled, about what was recorded. */
async function questionsAreAnswered(url: string, ours: readonly string[]): Promise<void> {
  const body = new URLSearchParams({ text: '<script>alert(1)</script>' });
  assert.equal((await fetch(url, { method: 'POST', body })).status, 403);
  const ask = async (...words: readonly string[]) => (await execa(program, ['waf', ...words, ...ours])).stdout;
  await eventually('both are recorded', async () => /2 recorded requests/.test(await ask('top')));
  const { stdout } = await execa(program, ['waf', 'tail', '--once', '--json', ...ours]);
  const refused = stdout.split('\n').map((line) => JSON.parse(line));
  const id = refused.find(({ target }) => target === '/editor')?.request_id;
  assert.match(await ask('explain', id), /ARGS:text[\s\S]*exclude/);
  assert.match(await ask('exclude', id), /ctl:ruleRemoveTargetById=/);
  assert.match(await ask('replay'), /of 2 recorded requests \(2 refused\): 0 would pass now/);
  assert.match(await ask('explain', `curl ${url}?id=1 -d a=b`), /POST/);
  assert.match(await ask('show'), /SecRule/);
}

test('programs of other rooms are found: tests of rules, in threads', async () => {
  folder.write('tests/a.yaml', 'meta: {author: a}\nrule_id: 1\ntests: []\n');
  const { stdout } = await execa(program, ['crs', 'check', '-d', folder.of('tests')], { reject: false });
  assert.match(stdout, /^\S+: |tests, /m);
});

test('nothing tells of the clone, of now, or of a test', () => {
  for (const path of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const file = join(path.parentPath, path.name);
    if (!path.isFile() || file.endsWith('/bin/node')) continue;
    const text = readFileSync(file, 'latin1');
    assert(!text.includes(root), `${file} names the clone`);
    assert(!file.includes('/test/'), file);
  }
});

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
}
