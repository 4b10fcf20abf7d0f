// A bundled agent that is confined, asked for what it must not do: a program in its place tries everything.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { loadText } from '#config/load';
import type { AgentConfig } from '#config/schema';
import { confinement } from '../../stack/confine.ts';
import { effect } from '../support/effect.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..');

function agentOf(more: string): AgentConfig {
  const text = `listeners { listener "a" { address "127.0.0.1:0" } }
    routes { route "r" { builtin-handler "status" } }
    agents { agent "screen" { transport { unix-socket "s.sock" }; events "request-headers"; failure-mode "open"; ${more} } }`;
  const loaded = loadText('test.kdl', text);
  assert(loaded.ok, JSON.stringify(loaded.problems));
  const [agent] = loaded.config.agents;
  assert(agent !== undefined);
  return agent;
}

/** What of all this a program may do that runs under the agent's permissions. */
async function allowed(agent: AgentConfig, folder: { path: string; of(name: string): string }): Promise<string[]> {
  const place = { root, socketPath: folder.of('s.sock'), folder: folder.path };
  const attempts = `
    const fs = require('node:fs'), net = require('node:net'), { spawnSync } = require('node:child_process');
    const done = [], attempt = (name, act) => { try { act(); done.push(name); } catch {} };
    attempt('read own code', () => fs.readFileSync(${JSON.stringify(join(root, 'agents/host.ts'))}));
    attempt('read a named list', () => fs.readFileSync(${JSON.stringify(folder.of('list.txt'))}));
    attempt('read what it may', () => fs.readFileSync(${JSON.stringify(folder.of('lists/b.txt'))}));
    attempt('read passwords', () => fs.readFileSync('/etc/passwd'));
    attempt('write beside its socket', () => fs.writeFileSync(${JSON.stringify(folder.of('other'))}, 'x'));
    attempt('write a list', () => fs.writeFileSync(${JSON.stringify(folder.of('list.txt'))}, 'x'));
    attempt('start a program', () => { if (spawnSync('/bin/true').error) throw new Error(); });
    attempt('a thread', () => new (require('node:worker_threads').Worker)('0', { eval: true }));
    attempt('a native library', () => require('node:ffi').dlopen(null, {}));
    net.createServer().listen(${JSON.stringify(folder.of('s.sock.1'))}, function () { done.push('listen'); this.close(); console.log(JSON.stringify(done)); process.exit(); })
      .on('error', () => console.log(JSON.stringify(done)));`;
  const { stdout } = await execa(process.execPath, [...confinement(agent, place), '-e', attempts]);
  return JSON.parse(stdout);
}

effect(['agents.agent.confined', 'agents.agent.may-read'], async () => {
  using folder = tempFolder({ 'list.txt': 'a', 'lists/b.txt': 'b' });
  const given = 'use "denylist"; config { paths-file "list.txt" }; may-read "lists/"';
  assert.deepEqual(await allowed(agentOf(given), folder), [
    'read own code',
    'read a named list',
    'read what it may',
    'listen',
  ]);
  const without = await allowed(agentOf('use "denylist"; config { paths-file "list.txt" }'), folder);
  assert.equal(without.includes('read what it may'), false);
  assert.equal(existsSync(folder.of('other')), false);
  const free = await allowed(agentOf(`${given}; confined #false`), folder);
  assert(free.includes('start a program') && free.includes('read passwords'));
});

test('only an agent that needs native code may load it', () => {
  const place = { root, socketPath: '/run/s.sock', folder: '/' };
  assert.equal(confinement(agentOf('use "echo"'), place).includes('--allow-addons'), false);
  assert.equal(confinement(agentOf('use "denylist"'), place).includes('--allow-addons'), true);
});
