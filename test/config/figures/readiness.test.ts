// When the stack is ready to be sent requests, and why not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gauge } from '#config/figures/family';
import { obstaclesOf, type Situation } from '#config/figures/readiness';
import { loadText } from '#config/load';

const loaded = loadText(
  'test.kdl',
  `listeners { listener "http" { address "127.0.0.1:0" } }
  routes { route "r" { builtin-handler "status"; filters "closed" "open" "outside" "two" } }
  agents {
    agent "strict" { use "echo"; transport { unix-socket "a" }; events "request-headers"; failure-mode "closed" }
    agent "mild" { use "echo"; transport { unix-socket "b" }; events "request-headers"; failure-mode "open" }
    agent "double" { use "echo"; instances 2; transport { unix-socket "d" }; events "request-headers"; failure-mode "closed" }
    agent "external" { transport { unix-socket "c" }; events "request-headers"; failure-mode "closed" }
  }
  filters { filter "closed" { agent "strict" }; filter "open" { agent "mild" }; filter "outside" { agent "external" }; filter "two" { agent "double" } }`,
);
assert(loaded.ok);
const { config } = loaded;

const worker = { name: 'proxy/1', kind: 'worker', state: 'ready' } as const;
const agent = (name: string, state = 'ready') => ({ name, kind: 'agent' as const, state });
const reachable = (strict: number, mild: number, external: number) =>
  gauge(
    'sentinel_agent_reachable',
    '',
    ['agent'],
    [
      [['strict'], strict],
      [['mild'], mild],
      [['external'], external],
    ],
    'mean',
  );

const well: Situation = {
  phase: 'running',
  children: [agent('strict'), agent('mild'), worker],
  config,
  figures: [reachable(1, 1, 1)],
};

const cases: Readonly<Record<string, readonly [Partial<Situation>, readonly string[]]>> = {
  'all is well': [{}, []],
  'it starts': [{ phase: 'starting' }, ['starting']],
  'it drains': [{ phase: 'stopping' }, ['draining']],
  'no worker is up': [
    { children: [agent('strict'), { ...worker, state: 'backoff' }] },
    ['no worker of the proxy is ready'],
  ],
  'a fail-closed agent is down': [
    { children: [agent('strict', 'backoff'), agent('mild'), worker] },
    ['agent "strict" is down, and it is fail-closed'],
  ],
  'a fail-closed agent is replaced: the old one is still up': [
    { children: [agent('strict'), agent('strict', 'starting'), agent('mild'), worker] },
    [],
  ],
  'one of two instances is down': [
    { children: [agent('strict'), agent('double/1'), agent('double/2', 'backoff'), worker] },
    [],
  ],
  'both are': [
    { children: [agent('strict'), agent('double/1', 'failed'), agent('double/2', 'backoff'), worker] },
    ['agent "double" is down, and it is fail-closed'],
  ],
  'a fail-open agent is down': [
    { children: [agent('strict'), agent('mild', 'failed'), worker], figures: [reachable(1, 0, 1)] },
    [],
  ],
  'an external fail-closed agent does not answer any worker': [
    { figures: [reachable(1, 1, 0)] },
    ['agent "external" does not answer, and it is fail-closed'],
  ],
  'some worker reaches it': [{ figures: [reachable(1, 1, 0.5)] }, []],
  'its breaker is open': [
    {
      figures: [
        reachable(1, 1, 1),
        gauge('sentinel_agent_circuit_breaker_state', '', ['agent'], [[['strict'], 1]], 'breaker'),
      ],
    },
    ['agent "strict" has an open circuit breaker, and it is fail-closed'],
  ],
};

for (const [what, [changes, expected]] of Object.entries(cases)) {
  test(`ready? ${what}`, () => assert.deepEqual(obstaclesOf({ ...well, ...changes }), expected));
}
