// The examples of docs/agents.md are programs: both are run as they are printed, and asked by the proxy's own link.

import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { loadText } from '#config/load';
import { readLists } from '../../agents/denylist/lists.ts';
import { startAgent, temporaryFolder } from '../agents/support.ts';
import { agentsOf, oneAgent, requestTo } from '../proxy/agents/support.ts';

const root = resolve(import.meta.dirname, '../..');
const page = await readFile(resolve(root, 'docs/agents.md'), 'utf8');
const hasPython =
  (await execa('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'], { reject: false })).exitCode ===
  0;

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code = '']) => code);
}

/** Asks the agent that listens there as a robot and as a browser. */
async function askBoth(path: string) {
  using asking = agentsOf(oneAgent(path, 'failure-mode "closed"; timeout-ms 10000'));
  const robot = await asking.agents.ask('asked', requestTo('/', [['User-Agent', 'My-ROBOT/1.0']]));
  const browser = await asking.agents.ask('asked', requestTo('/', [['User-Agent', 'Mozilla/5.0']]));
  return { robot, browser };
}

test('the agent in TypeScript', async () => {
  await using folder = await temporaryFolder();
  const [code = ''] = blocks('ts');
  await symlink(root, folder.file('stack'));
  await mkdir(folder.file('robots'));
  await writeFile(
    folder.file('package.json'),
    JSON.stringify({ type: 'module', imports: { '#agent': './stack/agents/host.ts' } }),
  );
  await writeFile(folder.file('robots/main.ts'), code);
  await using _agent = await startAgent(relative(root, folder.file('robots/main.ts')), folder.file('s'));
  const { robot, browser } = await askBoth(folder.file('s'));
  assert(robot.decision === 'block');
  assert.deepEqual([robot.status, robot.body, robot.reason], [403, 'no robots\n', 'a robot (robot)']);
  assert(browser.decision === 'allow');
  assert.deepEqual(browser.requestHeaders, [{ op: 'set', name: 'X-Robot', value: 'no' }]);
});

test('the agent in Python', { skip: hasPython ? false : 'needs python3, 3.11 or newer' }, async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent('docs/agent.py', folder.file('s'));
  const { robot, browser } = await askBoth(folder.file('s'));
  assert(robot.decision === 'block');
  assert.deepEqual([robot.status, robot.body, robot.reason], [403, 'no robots\n', 'a robot (robot)']);
  assert.equal(browser.decision, 'allow');
});

test('the page prints the Python file as it is', async () => {
  assert.deepEqual(blocks('python'), [await readFile(resolve(root, 'docs/agent.py'), 'utf8')]);
});

test('the configuration examples are accepted', () => {
  const [stack = '', ...others] = blocks('kdl');
  const denylist = others.find((one) => one.startsWith('config {')) ?? '';
  const rest = `listeners { listener "l" { address "127.0.0.1:0" } }
    upstreams { upstream "backend" { target "127.0.0.1:1" } }`;
  const loaded = loadText('example.kdl', `${stack}\n${rest}`);
  assert(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.problems.map(({ what }) => what)));
  const agent = `agent "d" { transport { unix-socket "s" }; events "request-headers"; failure-mode "open"\n${denylist} }`;
  const filters = 'filters { filter "f" { agent "d" } }\nroutes { route "r" { upstream "backend"; filters "f" } }';
  const withLists = loadText('lists.kdl', `agents { ${agent} }\n${filters}\n${rest}`);
  assert(withLists.ok, withLists.ok ? '' : JSON.stringify(withLists.problems.map(({ what }) => what)));
  assert.equal(readLists(withLists.config.agents[0]?.config).ok, true);
});
