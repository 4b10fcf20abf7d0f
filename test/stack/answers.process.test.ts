// One question to the children serves everybody who asks within a moment; what they say is in the answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { counter } from '#config/figures/family';
import { figureLimits } from '#config/limits';
import { loadText } from '#config/load';
import { Answers, type ChildListener } from '../../stack/answers.ts';
import { Journal } from '../../stack/journal.ts';
import { statusOf } from './standing.ts';

const loaded = loadText(
  'test.kdl',
  'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }',
);
assert(loaded.ok);
const { config } = loaded;

const status = statusOf([]);

function start() {
  let listener: ChildListener | undefined;
  let asked = 0;
  const journal = new Journal();
  const loop = {
    journal,
    onFact: () => () => undefined,
    listen: (given: ChildListener) => {
      listener = given;
    },
    reports: async () => {
      asked += 1;
      const figures = [
        counter('sentinel_requests_total', 'R.', ['route', 'method', 'status'], [[['r', 'GET', '200'], asked]]),
      ];
      listener?.onReport('proxy/1', { child: 'proxy/1', kind: 'worker', text: JSON.stringify({ figures }) });
      await setTimeout(1);
    },
  };
  const answers = new Answers(
    loop,
    () => status,
    () => config,
  );
  return { answers, journal, asked: () => asked, listener: () => listener, [Symbol.dispose]: () => answers.close() };
}

test('everybody who asks at once is told the same; later the children are asked again', async () => {
  using stack = start();
  const { answers } = stack;
  const texts = await Promise.all([
    answers.answer('prometheus'),
    answers.answer('prometheus'),
    answers.answer('status'),
  ]);
  assert.equal(stack.asked(), 1);
  assert(texts[0]?.includes('sentinel_requests_total{route="r",method="GET",status="200"} 1\n'));
  await setTimeout(figureLimits.freshMs + 50);
  assert((await answers.answer('prometheus')).includes('status="200"} 2\n'));
});

test('the configuration is known without asking anybody', async () => {
  using stack = start();
  assert.equal(JSON.parse(await stack.answers.answer('config')).routes.r['builtin-handler'], 'status');
  assert.equal(stack.asked(), 0);
});

test('what a worker asks is answered, and events are told once', async () => {
  using stack = start();
  stack.journal.add('proxy/1', 'stderr', '{"event":"target-ejected","level":"warn"}');
  const overview = JSON.parse((await stack.listener()?.onAsk('overview', 0)) ?? '');
  assert.deepEqual(
    overview.events.map(({ event }: { event: string }) => event),
    ['target-ejected'],
  );
  const later = JSON.parse((await stack.listener()?.onAsk('overview', overview.lastEvent)) ?? '');
  assert.deepEqual(later.events, []);
});

test('a process that ends leaves what it had counted', async () => {
  using stack = start();
  await stack.answers.answer('prometheus');
  stack.listener()?.onEnded('proxy/1', 'proxy/1', { cpuSeconds: 4 });
  const text = await stack.answers.answer('prometheus');
  assert(text.includes('status="200"} 1\n'));
});
