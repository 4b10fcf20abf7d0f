// What is known of clients and targets outlives the worker that learnt it, with real stacks: after a reload that replaces
// all workers, and after a worker was killed beside another.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { eventually } from '../stack/processes.ts';
import { startStack } from './up-stack.ts';

type Stack = Awaited<ReturnType<typeof startStack>>;

async function reload(stack: Stack, from: string, to: string): Promise<void> {
  const file = join(stack.folder, 'sentinel.kdl');
  const text = await readFile(file, 'utf8');
  assert(text.includes(from));
  await writeFile(file, text.replaceAll(from, to));
  stack.kill('SIGHUP');
  await stack.find((line) => line.event === 'reload-applied' || line.event === 'reload-refused', 'the reload');
  assert(stack.lines.some(({ event }) => event === 'reload-applied'));
}

async function statuses(url: string, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let asked = 0; asked < count; asked += 1) {
    const response = await fetch(url, { headers: { connection: 'close' } });
    await response.arrayBuffer();
    found.push(response.status);
  }
  return found;
}

test('a reload: who is at its limit stays limited, an ejected target stays out, an open breaker stays open', async () => {
  const bad = answerHeads('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
  await using good = await Upstream.start(answerHeads('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  await using ejected = await Upstream.start(bad);
  await using broken = await Upstream.start(bad);
  const limit = 'policies { rate-limit { requests-per-minute 1; burst 3 } }';
  await using stack = await startStack({
    system: 'worker-threads 2',
    config: `limits { max-body-size 1000 }
routes {
  route "limited" { matches { path "/limited" }; builtin-handler "health"; ${limit} }
  route "ejecting" { matches { path "/ejecting" }; upstream "ejecting" }
  route "breaking" { matches { path "/breaking" }; upstream "breaking" }
}
upstreams {
  upstream "ejecting" { target "${good.address}"; target "${ejected.address}"; ejection { consecutive-5xx 1; ejection-secs 600; max-ejection-secs 600 } }
  upstream "breaking" { target "${broken.address}"; circuit-breaker { failure-threshold 1; recovery-timeout-ms 600000 } }
}`,
  });
  const url = await stack.url();
  // Until both workers have learnt it.
  await eventually('a limit', async () => (await statuses(`${url}/limited`, 20)).every((status) => status === 429));
  await eventually('an ejection', async () =>
    (await statuses(`${url}/ejecting`, 20)).every((status) => status === 200),
  );
  let reached = -1;
  await eventually('open breakers', async () => {
    const before = reached;
    await statuses(`${url}/breaking`, 20);
    reached = broken.connections.length;
    return reached === before;
  });
  const [ejectedBefore, brokenBefore] = [ejected.bytes, broken.bytes];

  await reload(stack, 'max-body-size 1000', 'max-body-size 2000');
  assert.deepEqual(new Set(await statuses(`${url}/limited`, 20)), new Set([429]));
  assert.deepEqual(new Set(await statuses(`${url}/ejecting`, 20)), new Set([200]));
  assert.deepEqual(new Set(await statuses(`${url}/breaking`, 20)), new Set([503]));
  assert.equal(ejected.bytes, ejectedBefore, 'nothing more came to the ejected target');
  assert.equal(broken.bytes, brokenBefore, 'nor to the one behind the breaker');
});

test('a worker that was killed knows from the other who is at its limit', async () => {
  const limit = 'policies { rate-limit { requests-per-minute 1; burst 3 } }';
  await using stack = await startStack({
    system: 'worker-threads 2',
    config: `routes { route "r" { builtin-handler "health"; ${limit} } }`,
  });
  const url = await stack.url();
  await eventually('a limit', async () => (await statuses(url, 20)).every((status) => status === 429));
  for (const child of ['proxy/1', 'proxy/2']) {
    const before = stack.count('child-ready', child);
    process.kill(stack.pidsOf(child).at(-1) ?? 0, 'SIGKILL');
    await eventually(`${child} again`, () => stack.count('child-ready', child) > before);
  }
  assert.deepEqual(new Set(await statuses(url, 20)), new Set([429]));
});
