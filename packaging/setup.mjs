// Makes a clone ready to run: the pinned packages, Node 26 among them, and the one native addon (re2).
// Runs on whatever Node (>= 20) the machine has, before anything else exists, so it is plain JavaScript
// and imports nothing from the project. It refuses to guess: each step is skipped only if it can be shown done.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = join(root, 'node_modules');
const stampFile = join(packages, '.sentinel-lock-sha256');
const addon = join(packages, 're2', 'build', 'Release', 're2.node');
const compilerMemoryBytes = 1.5e9; // what one g++ process of re2's build was seen to need, with room

/** Everything, in order. */
async function setUp() {
  const isNew = await installPackages();
  await buildAddon();
  if (isNew) readCode();
}

/** Once, so that the first start is as quick as those that follow; it need not succeed. */
function readCode() {
  try {
    execFileSync(join(root, 'sentinel-stack'), ['check', 'config/default.kdl'], { cwd: root, stdio: 'ignore' });
  } catch {
    say('code      not read ahead: the first start takes a second longer');
  }
}

/** `npm ci`, unless node_modules was made from this very lockfile; true if it was not. */
async function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return false;
  const npmOptions = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  await showing('packages', 'npm', ['ci', ...npmOptions], { cwd: root, env: process.env });
  writeFileSync(stampFile, wanted);
  return true;
}

/** The re2 addon for Node 26: kept build if there is one, else compiled. Ends by loading it. */
async function buildAddon() {
  const node = bundledNode();
  if (loads(node)) return;
  const kept = keptBuild(node);
  if (existsSync(kept)) {
    mkdirSync(dirname(addon), { recursive: true });
    copyFileSync(kept, addon);
    if (loads(node)) return say('re2       taken from the kept build');
  }
  await compile(node);
  if (!loads(node))
    stop('the re2 addon was built but does not load', `see ${addon}; try: rm -rf node_modules && make setup`);
  keep(kept);
}

function bundledNode() {
  const folder = join(packages, `node-linux-${process.arch}`);
  const node = join(folder, 'bin', 'node');
  if (existsSync(node)) return { path: node, folder };
  return stop(
    `Node 26 for ${process.platform}-${process.arch} is not in node_modules`,
    'supported: Linux on x64 and arm64. If this is one of them: rm -rf node_modules && make setup',
  );
}

function loads(node) {
  if (!existsSync(addon)) return false;
  try {
    execFileSync(node.path, ['-e', "if (!new (require('re2'))('a+').test('caat')) process.exit(1)"], {
      cwd: root,
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

/** Where a build is kept: everything that decides whether a binary fits is in its name. */
function keptBuild(node) {
  const version = JSON.parse(readFileSync(join(packages, 're2', 'package.json'), 'utf8')).version;
  const print =
    "process.stdout.write([process.platform, process.arch, process.versions.modules, process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'].join('-'))";
  const platform = execFileSync(node.path, ['-e', print], { encoding: 'utf8' });
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'sentinel-stack', `re2-${version}-${platform}.node`);
}

async function compile(node) {
  const gyp = join(packages, 'node-gyp', 'bin', 'node-gyp.js');
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / compilerMemoryBytes)));
  const gypOptions = ['rebuild', '-j', String(jobs), `--nodedir=${node.folder}`];
  await showing(
    're2',
    node.path,
    [gyp, ...gypOptions],
    { cwd: join(packages, 're2'), env: cleanEnvironment() },
    countCompiled,
  );
  try {
    execFileSync('strip', ['--strip-unneeded', addon]); // 24 MB -> 1.6 MB
  } catch {
    say('re2       not stripped (no `strip` here): larger, otherwise the same');
  }
}

// A user's npmrc may name another Node's headers (npm_config_nodedir): the addon would be built for the wrong ABI.
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_(package_)?config_/i.test(name));
  return Object.fromEntries(kept);
}

function keep(kept) {
  try {
    mkdirSync(dirname(kept), { recursive: true });
    const partial = `${kept}.${process.pid}`;
    copyFileSync(addon, partial);
    renameSync(partial, kept);
  } catch (error) {
    say(`re2       build not kept for next time (${error.code ?? error.message})`);
  }
}

const countCompiled = (line) => (/^\s+(CXX|CC)\(target\)/.test(line) ? 1 : 0);

/**
 * Runs one long command and shows that it lives: one line that updates on a terminal, else a line per ten seconds.
 * Its output is kept and printed only if it fails.
 */
async function showing(title, command, commandArguments, options, countSteps = () => 0) {
  const started = Date.now();
  const lines = [];
  let steps = 0;
  const status = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    return `${title.padEnd(9)} ${steps > 0 ? `${steps} files compiled, ` : ''}${seconds} s`;
  };
  const terminal = process.stderr.isTTY;
  const timer = setInterval(
    () => (terminal ? process.stderr.write(`\r\x1b[K${status()}`) : say(status())),
    terminal ? 250 : 10_000,
  );
  say(`${title.padEnd(9)} ${title === 're2' ? 'building (about a minute, once)' : 'installing'} …`);
  const child = spawn(command, commandArguments, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = (chunk) => {
    for (const line of String(chunk).split('\n')) {
      steps += countSteps(line);
      if (line.trim() !== '') lines.push(line);
    }
    lines.splice(0, Math.max(0, lines.length - 200));
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      lines.push(error.message);
      resolve(127);
    });
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (terminal) process.stderr.write('\r\x1b[K');
  if (code === 0) return say(`${status()}, done`);
  say(lines.slice(-40).join('\n'));
  return stop(
    `${command} ${commandArguments.join(' ')} failed (exit ${code})`,
    'its last lines are above; needed: npm, make, python3, g++ and the npm registry',
  );
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function stop(what, cure) {
  say(`error: ${what} [setup-failed]\n  ${cure}`);
  process.exit(1);
}

await setUp();
