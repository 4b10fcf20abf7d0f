// What a killed supervisor left is told to end: workers, then the rest; and never a process that only has the number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { keepOrphans, retireOrphans } from '../../stack/orphans.ts';
import { identify } from '../../stack/process-identity.ts';
import type { Orphan } from '../../stack/runtime.ts';
import { eventually, isRunning } from './processes.ts';

function sleeper() {
  const child = execa('sleep', ['1000'], { detached: true, reject: false });
  return { child, pid: child.pid ?? 0 };
}

test('workers and strangers end, a process that has the number of another does not', async () => {
  const [worker, stranger, innocent] = [sleeper(), sleeper(), sleeper()];
  try {
    const identities = await Promise.all([worker, stranger, innocent].map(({ pid }) => identify(pid)));
    const [one, two, three] = identities;
    assert(one !== undefined && two !== undefined && three !== undefined);
    const orphans: Orphan[] = [
      { ...one, kind: 'worker' },
      { ...two, kind: 'stranger' },
      { ...three, startTicks: '1', kind: 'agent' },
    ];
    await retireOrphans(orphans, 10_000);
    await Promise.all([worker.child, stranger.child]);
    assert(await isRunning(innocent.pid));
  } finally {
    for (const { child } of [worker, stranger, innocent]) child.kill('SIGKILL');
  }
});

test('workers are told to end when new connections go elsewhere, and those to them are shared out again afterwards', async () => {
  const worker = sleeper();
  try {
    const identity = await identify(worker.pid);
    assert(identity !== undefined);
    const story: string[] = [];
    const tell = async (what: string) =>
      void story.push(`${what}, it ${(await isRunning(worker.pid)) ? 'runs' : 'ended'}`);
    await retireOrphans([{ ...identity, kind: 'worker' }], 10_000, async () => {
      await tell('steered');
      return {
        prepareForCloses: () => void story.push('closes come'),
        finish: () => worker.child.then(() => tell('finished')),
      };
    });
    assert.deepEqual(story, ['steered, it runs', 'closes come', 'finished, it ended']);
  } finally {
    worker.child.kill('SIGKILL');
  }
});

test('in a hurry they are told to end at once, and nothing is steered', async () => {
  const worker = sleeper();
  try {
    const identity = await identify(worker.pid);
    assert(identity !== undefined);
    const steer = () => assert.fail('there is nobody to steer to');
    await retireOrphans([{ ...identity, kind: 'worker' }], 10_000, steer, AbortSignal.abort());
    assert.equal((await worker.child).signal, 'SIGTERM');
  } finally {
    worker.child.kill('SIGKILL');
  }
});

test('agents wait for a worker that does not end, for as long as it may drain', async () => {
  const stubborn = execa('sh', ['-c', "trap '' TERM; echo on; while :; do sleep 0.1; done"], { reject: false });
  const agent = sleeper();
  try {
    await new Promise((resolve) => stubborn.stdout.once('data', resolve));
    const [one, two] = await Promise.all([stubborn.pid ?? 0, agent.pid].map(identify));
    assert(one !== undefined && two !== undefined);
    await retireOrphans(
      [
        { ...one, kind: 'worker' },
        { ...two, kind: 'agent' },
      ],
      200,
    );
    assert.equal((await agent.child).signal, 'SIGTERM');
  } finally {
    stubborn.kill('SIGKILL');
    agent.child.kill('SIGKILL');
    await stubborn;
  }
});

test("who starts in their supervisor's place says so to those that understand, until it is let go", async () => {
  const ours = execa('sh', ['-c', "trap 'echo heard' HUP; echo on; while :; do sleep 0.1; done"], { reject: false });
  const stranger = sleeper();
  try {
    const heard: string[] = [];
    ours.stdout.setEncoding('utf8').on('data', (text: string) => heard.push(...text.trim().split('\n')));
    await eventually('it runs', () => heard.includes('on'));
    const [one, two] = await Promise.all([ours.pid ?? 0, stranger.pid].map(identify));
    assert(one !== undefined && two !== undefined);
    using _kept = keepOrphans([
      { ...one, kind: 'worker' },
      { ...two, kind: 'stranger' },
    ]);
    await eventually('two words', () => heard.filter((word) => word === 'heard').length >= 2);
    assert(await isRunning(stranger.pid));
  } finally {
    ours.kill('SIGKILL');
    stranger.child.kill('SIGKILL');
    await Promise.all([ours, stranger.child]);
  }
});
