// An agent of several processes, with a real stack: each has a socket of its own and a share of the calls, and one that
// is killed costs no request, even where the agent must answer.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../stack/processes.ts';
import { effect } from '../support/effect.ts';
import { startStack } from './up-stack.ts';

const site = (instances: string) => `admin { address "127.0.0.1:0" }
routes { route "r" { builtin-handler "health"; filters "screen" } }
filters { filter "screen" { agent "screen" } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"; timeout-ms 10000
  failure-mode "closed"; config { paths "/secret" }; ${instances} } }`;

/** Of each instance, by name. */
async function callsOf(admin: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const found = text.matchAll(/^sentinel_agent_instance_calls_total\{agent="screen",instance="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, name = '', count]) => [name, Number(count)]));
}

effect('agents.agent.instances', async () => {
  {
    await using one = await startStack({ config: site(''), system: 'worker-threads 1' });
    await one.url();
    assert.equal(one.pidsOf('screen').length, 1);
    assert.deepEqual(await callsOf(await one.url('admin')), {});
  }
  await using stack = await startStack({ config: site('instances 3'), system: 'worker-threads 1' });
  const [url, admin] = [await stack.url(), await stack.url('admin')];
  const names = ['screen/1', 'screen/2', 'screen/3'];
  for (const [index, name] of names.entries()) {
    assert.equal(stack.pidsOf(name).length, 1, name);
    assert(existsSync(join(stack.folder, 'run', `d~${index + 1}.sock`)));
  }

  const statuses: Record<number, number> = {};
  let goesOn = true;
  const client = async () => {
    while (goesOn) {
      const { status } = await fetch(url);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, client));
  await eventually('each has its share', async () => {
    const calls = Object.values(await callsOf(admin));
    return calls.length === 3 && Math.min(...calls) > 20;
  });
  for (const name of names) {
    const before = stack.count('child-ready', name);
    process.kill(stack.pidsOf(name).at(-1) ?? 0, 'SIGKILL');
    await eventually(`${name} again`, () => stack.count('child-ready', name) > before);
  }
  goesOn = false;
  await clients;
  assert.deepEqual(Object.keys(statuses), ['200'], JSON.stringify(statuses));
  assert.equal((await fetch(`${url}/secret`)).status, 403);
});
