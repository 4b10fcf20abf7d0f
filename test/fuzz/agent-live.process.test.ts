// Some hundred hostile talks to an agent that runs, and to the proxy's side of a link: both live, and serve who behaves;
// their memory is what it was. The seeds that once broke something come first.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { HostileAgent, LiveAgent, talkOf } from './agent-live.ts';

/** [seed, side, what was wrong] */
const seeds: readonly (readonly [number, 'proxy' | 'agent', string])[] = [];

async function memoryBytes(pid: number): Promise<number> {
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('an agent that is talked nonsense to lives, answers who behaves, and keeps nothing', async () => {
  await using agent = await LiveAgent.start();
  const round = async (first: number) => {
    const talks = Array.from({ length: 100 }, (_, index) => talkOf(first + index, 'proxy'));
    assert.equal(await agent.hears(talks), undefined);
  };
  for (const [seed, side] of seeds)
    if (side === 'proxy') assert.equal(await agent.hears([talkOf(seed, side)]), undefined);
  for (let first = 0; first < 400; first += 100) await round(first);
  const before = await memoryBytes(agent.pid);
  for (let first = 400; first < 1000; first += 100) await round(first);
  const grownBytes = (await memoryBytes(agent.pid)) - before;
  assert(grownBytes < 48 * 1024 * 1024, `${grownBytes} bytes more`);
});

test('a connection to an agent that says what it likes gives every call one outcome', async () => {
  await using hostile = await HostileAgent.start();
  for (const [seed, side] of seeds)
    if (side === 'agent') assert.equal(await hostile.says(talkOf(seed, side)), undefined);
  for (let seed = 0; seed < 300; seed += 1) assert.equal(await hostile.says(talkOf(seed, 'agent')), undefined);
  assert(hostile.heard >= 300);
});

test('the same seed says the same', () => {
  for (const side of ['proxy', 'agent'] as const) assert.deepEqual(talkOf(7, side), talkOf(7, side));
});
