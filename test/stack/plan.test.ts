// From a configuration to what is started.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpackConfig } from '#config/channel';
import { loadText } from '#config/load';
import type { Config } from '#config/schema';
import { asWeAre } from '../../stack/accounts.ts';
import { type AgentSpec, makePlan, type Plan, type WorkerSpec } from '../../stack/plan.ts';
import { effect } from '../support/effect.ts';

const around = {
  root: '/opt/s',
  node: '/opt/node',
  runtimeDir: '/run/s',
  cpus: 4,
  path: '/bin',
  folder: '/srv',
  startupMs: undefined,
  before: undefined,
  accounts: asWeAre,
  generation: 1,
  sockets: [],
  ticketSecret: 'secret',
  listening: { a: ['127.0.0.1:8080'] },
};

function configOf(text: string): Config {
  const loaded = loadText(
    'test.kdl',
    `listeners { listener "a" { address "127.0.0.1:0" } }
    routes { route "r" { builtin-handler "status" } }
    ${text}`,
  );
  assert(loaded.ok, JSON.stringify(loaded.problems));
  return loaded.config;
}

function agentConfig(name: string, more: string): string {
  return `agents { agent "${name}" { transport { unix-socket "${name}.sock" }; events "request-headers"; failure-mode "open"; ${more} } }`;
}

function agentsOf(plan: Plan): AgentSpec[] {
  return plan.children.filter((spec) => spec.kind === 'agent');
}

function workersOf(plan: Plan): WorkerSpec[] {
  return plan.children.filter((spec) => spec.kind === 'worker');
}

test('agents come first, then the workers', () => {
  const plan = makePlan(configOf(`${agentConfig('waf', 'use "echo"')}; system { worker-threads 2 }`), around);
  assert.deepEqual(
    plan.children.map(({ name }) => name),
    ['waf', 'proxy/1', 'proxy/2'],
  );
});

effect('system.worker-threads', () => {
  const count = (text: string) => workersOf(makePlan(configOf(text), around)).length;
  assert.equal(count('system { worker-threads 3 }'), 3);
  assert.equal(count('system { worker-threads 0 }'), 4); // one per core
  assert.equal(count(''), 4);
});

effect('agents.agent.use', () => {
  const [spec] = agentsOf(makePlan(configOf(agentConfig('screen', 'use "denylist"; confined #false')), around));
  assert.deepEqual(
    [spec?.program, ...(spec?.args ?? [])],
    [
      '/opt/node',
      '--disable-sigusr1',
      '--max-semi-space-size=4',
      '--heap-growing-percent=30',
      '--no-allocation-site-pretenuring',
      '/opt/s/agents/denylist/main.ts',
      '--socket',
      '/run/s/screen.sock',
      '--log-level',
      'info',
      '--orphan-grace-ms',
      '30000',
      '--worker-drain-ms',
      '30000',
    ],
  );
  assert.deepEqual([spec?.env['MALLOC_ARENA_MAX'], spec?.env['MALLOC_TRIM_THRESHOLD_']], ['1', '65536']);
  assert.equal(spec?.isStranger, false);
});

effect('agents.agent.command', () => {
  const [spec] = agentsOf(makePlan(configOf(agentConfig('mine', 'command "/usr/bin/my-agent" "--verbose"')), around));
  assert.deepEqual(
    [spec?.program, ...(spec?.args ?? [])],
    ['/usr/bin/my-agent', '--verbose', '--socket', '/run/s/mine.sock'],
  );
  assert.equal(spec?.isStranger, true);
});

test('an agent with neither is expected elsewhere, and not started', () => {
  const plan = makePlan(configOf(agentConfig('far', '').replace('"far.sock"', '"/run/far.sock"')), around);
  assert.deepEqual(plan.external, [{ name: 'far', socketPath: '/run/far.sock' }]);
  assert.deepEqual(agentsOf(plan), []);
});

effect('agents.agent.env', () => {
  const [spec] = agentsOf(makePlan(configOf(agentConfig('mine', 'command "/x"; env { TOKEN "t1" }')), around));
  assert.deepEqual(spec?.env, { PATH: '/bin', TOKEN: 't1' });
});

effect('agents.agent.startup-timeout-secs', () => {
  const config = configOf(agentConfig('mine', 'use "echo"; startup-timeout-secs 3'));
  assert.equal(agentsOf(makePlan(config, around))[0]?.startupMs, 3000);
  const overridden = makePlan(config, { ...around, startupMs: 500 });
  assert.deepEqual(new Set(overridden.children.map(({ startupMs }) => startupMs)), new Set([500]));
});

test('the restart policy of an agent is as configured; a worker is never given up', () => {
  const restarting =
    'use "echo"; restart-policy "on-failure"; restart-delay-ms 5; restart-delay-max-ms 50; max-restarts 3; restart-window-secs 7';
  const plan = makePlan(configOf(agentConfig('mine', restarting)), around);
  assert.deepEqual(agentsOf(plan)[0]?.restart, {
    when: 'on-failure',
    delayMs: 5,
    delayMaxMs: 50,
    restartsMax: 3,
    windowMs: 7000,
    failedRetryMs: 60_000,
  });
  assert.equal(workersOf(plan)[0]?.restart.restartsMax, Number.POSITIVE_INFINITY);
});

test('an agent that is made from something else gets another socket, one that is not keeps it', () => {
  const first = makePlan(configOf(agentConfig('mine', 'use "echo"')), around);
  const paths = (more: string) => {
    const plan = makePlan(configOf(agentConfig('mine', more)), { ...around, before: first, generation: 7 });
    return agentsOf(plan).map(({ socketPath }) => socketPath);
  };
  assert.deepEqual(paths('use "echo"; max-restarts 5; memory-max "64MiB"'), ['/run/s/mine.sock']);
  assert.deepEqual(paths('use "echo"; config { a "b" }'), ['/run/s/mine.7.sock']);
  assert.deepEqual(paths('use "echo"; env { A "b" }'), ['/run/s/mine.7.sock']);
  const [worker1] = workersOf(
    makePlan(configOf(agentConfig('mine', 'use "echo"; env { A "b" }')), { ...around, before: first, generation: 7 }),
  );
  assert.equal(unpackConfig(worker1?.config ?? '').agents[0]?.transport.unixSocket, '/run/s/mine.7.sock');
});

test('what only concerns the supervisor changes no worker', () => {
  const workers = (more: string) => workersOf(makePlan(configOf(more), around));
  const before = workers(agentConfig('mine', 'use "echo"'));
  const care = 'use "echo"; liveness-misses 9; failed-retry-secs 5; restart-policy "never"; startup-timeout-secs 3';
  assert.deepEqual(workers(`${agentConfig('mine', care)}; system { auto-reload #true }`), before);
});

effect(['agents.agent.liveness-interval-ms', 'agents.agent.liveness-misses', 'agents.agent.memory-max'], () => {
  const care = 'use "echo"; liveness-interval-ms 300; liveness-misses 4; memory-max "64MiB"';
  const [spec] = agentsOf(makePlan(configOf(agentConfig('mine', care)), around));
  assert.deepEqual(spec?.liveness, { intervalMs: 300, missesMax: 4 }); // acted on: operator.process.test.ts
  assert.equal(spec?.memoryBytesMax, 64 * 1024 * 1024);
});

effect('system.graceful-shutdown-timeout-secs', () => {
  assert.equal(makePlan(configOf('system { graceful-shutdown-timeout-secs 7 }'), around).shutdownMs, 7000);
});

test('workers are handed the runtime folder that is really used, and nothing that only concerns agents', () => {
  const [spec] = workersOf(makePlan(configOf(agentConfig('mine', 'use "echo"; env { TOKEN "t1" }')), around));
  const handed = unpackConfig(spec?.config ?? '');
  assert.equal(handed.system.runtimeDir, '/run/s');
  assert.deepEqual(handed.agents[0]?.env, {});
});

test('every worker gets all sockets, that of the admin side too', () => {
  const site = { listener: 'a', address: '127.0.0.1:0', fd: 20 };
  const admin = { address: '127.0.0.1:9090', fd: 21 };
  const plan = makePlan(configOf('system { worker-threads 2 }'), { ...around, sockets: [site, admin] });
  assert.deepEqual(
    workersOf(plan).map(({ sockets }) => sockets),
    [
      [site, admin],
      [site, admin],
    ],
  );
  assert.deepEqual(plan.listening, { a: ['127.0.0.1:8080'] });
});

test('who runs as another user has its socket and its cache in the folder of that user', () => {
  const workers = { uid: 10, gid: 20 };
  const accounts = { workers, agents: new Map([['a', { uid: 30, gid: 40 }]]), ignored: [] };
  const config = configOf(agentConfig('a', 'use "echo"'));
  const plan = makePlan(config, { ...around, accounts });
  const [agent] = agentsOf(plan);
  const [worker] = workersOf(plan);
  assert.deepEqual([agent?.account, agent?.socketPath], [{ uid: 30, gid: 40 }, '/run/s/uid-30/a.sock']);
  assert(agent?.args.includes('--socket-for-group'));
  assert.deepEqual([worker?.account, worker?.env['NODE_COMPILE_CACHE']], [workers, '/run/s/uid-10/compile-cache']);
  const told = unpackConfig(worker?.config ?? '');
  assert.equal(told.system.runtimeDir, '/run/s/uid-10');
  assert.equal(told.agents[0]?.transport.unixSocket, '/run/s/uid-30/a.sock');
  const before = makePlan(config, around);
  assert.equal(makePlan(config, { ...around, accounts, before, generation: 2 }).generations.get('a')?.number, 2);
});
