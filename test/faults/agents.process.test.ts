// Agents that misbehave, as real processes beside a real proxy, with a good client asking all the while: what the exchange
// of the moment gets by each failure mode, at its head and at its body, and that nobody else notices.

import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { startAgent as start, type startAgent, temporaryFolder, until as untilTrue } from '../agents/support.ts';
import { answerEach, Upstream } from '../fixtures/upstream.ts';
import { headerOf, RawClient, type RunningProxy, statusOf, until } from '../support/proxy.ts';
import { GoodClient, metric, startAttacked, startGood } from './support.ts';

const wire = 'test/fixtures/agent-v2-wire.ts';
const long = 'timeout-ms 20000';
const get = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`;
const post = 'POST / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc';

interface Asked {
  readonly socket: string;
  readonly agent?: string;
  readonly mode?: string;
  readonly events?: string;
}

/** The route under attack asks one agent. */
function asks({ socket, agent = long, mode = 'closed', events = '"request-headers"' }: Asked) {
  return {
    route: 'filters "f"',
    more: `agents { agent "a" { transport { unix-socket "${socket}" }; events ${events}; failure-mode "${mode}"; ${agent} } }\nfilters { filter "f" { agent "a" } }`,
  };
}

async function withAgent(
  habit: string,
  asked: Omit<Asked, 'socket'>,
  run: (proxy: RunningProxy, agent: Awaited<ReturnType<typeof startAgent>>) => Promise<void>,
  words: readonly string[] = [],
) {
  await using folder = await temporaryFolder();
  await using agent = await start(wire, folder.file('s'), [habit, ...words]);
  await using good = await startGood();
  await using proxy = await startAttacked(good, asks({ socket: folder.file('s'), ...asked }));
  await using client = new GoodClient(proxy);
  await run(proxy, agent);
  await client.stop();
}

const faults: readonly (readonly [habit: string, agent: string, result: string])[] = [
  ['silent', 'timeout-ms 50', 'timed-out'],
  ['slow', 'timeout-ms 50', 'timed-out'],
  ['wrong-call', long, 'bad-protocol'],
  ['half-a-frame', 'timeout-ms 50', 'timed-out'],
  ['garbage', long, 'bad-protocol'],
  ['4-gb', long, 'bad-protocol'],
  ['dies', long, 'lost'],
  ['hangs-up', long, 'lost'],
];

for (const [habit, agent, result] of faults) {
  for (const [mode, status] of [
    ['open', 200],
    ['closed', 503],
  ] as const) {
    for (const [events, request] of [
      ['"request-headers"', get()],
      ['"request-body"', post],
    ] as const) {
      test(`${habit}, failing ${mode}, asked about ${events}`, async () => {
        await withAgent(habit, { agent, mode, events }, async (proxy) => {
          const answer = await proxy.request(request, { keepsOpen: true });
          assert.equal(statusOf(answer), status);
          assert.equal(await metric(proxy, 'sentinel_agent_calls_total', `result="${result}"`), 1);
          const lines = (await proxy.lines(1)).filter(({ route }) => route === 'attacked');
          const [line] = lines.length > 0 ? lines : (await proxy.lines(20)).filter(({ route }) => route === 'attacked');
          assert.deepEqual(
            line?.agents?.map(({ decision }) => decision),
            [`failed-${mode}`],
          );
        });
      });
    }
  }
}

test('an agent that answers twice is disconnected, after its first answer has counted', async () => {
  await withAgent('twice', {}, async (proxy) => {
    assert.equal(statusOf(await proxy.request(get(), { keepsOpen: true })), 200);
    await until(() => proxy.stderr().includes('a reply that nobody asked for'), proxy.stderr);
  });
});

test('an agent of the existing SDKs is served: decisions, headers, tags, by its own bytes', async () => {
  await using upstream = await Upstream.start(answerEach());
  await using folder = await temporaryFolder();
  await using _agent = await start(wire, folder.file('s'), ['good']);
  await using good = await startGood();
  const setting = asks({
    socket: folder.file('s'),
    events: '"request-headers" "request-body" "response-headers" "response-body" "log"',
  });
  await using proxy = await startAttacked(good, { ...setting, targets: [upstream.address] });
  const answer = await proxy.request(post, { keepsOpen: true });
  assert.deepEqual([statusOf(answer), headerOf(answer, 'X-Wire')], [200, 'seen']);
  assert.match(upstream.bytes, /X-Wire: seen\r\n[\s\S]*abc$/);
  const blocked = await proxy.request(get('/block'), { keepsOpen: true });
  assert.deepEqual([statusOf(blocked), headerOf(blocked, 'X-By')], [403, 'wire']);
  const [line] = await proxy.lines(2);
  assert.deepEqual(
    line?.agents?.map(({ decision }) => decision),
    ['allow', 'allow', 'allow', 'allow'],
  );
  assert.match(proxy.stderr(), /"version":2,"encoding":"json"/);
});

test('stopped by SIGSTOP: each exchange waits for its deadline; going on, it answers again', async () => {
  await withAgent('good', { agent: 'timeout-ms 100' }, async (proxy, { child }) => {
    assert.equal(statusOf(await proxy.request(get(), { keepsOpen: true })), 200);
    child.kill('SIGSTOP');
    assert.equal(statusOf(await proxy.request(get(), { keepsOpen: true })), 503);
    child.kill('SIGCONT');
    await untilTrue('it answers again', async () => statusOf(await proxy.request(get(), { keepsOpen: true })) === 200);
  });
});

test('killed in the middle of a call: settled at once; a new process with other capabilities is used when it comes', async () => {
  await using folder = await temporaryFolder();
  const first = await start(wire, folder.file('s'), ['silent']);
  await using good = await startGood();
  await using proxy = await startAttacked(
    good,
    asks({ socket: folder.file('s'), events: '"request-headers" "response-headers"' }),
  );
  await using client = await RawClient.open(proxy.port(0));
  client.send(get());
  const inFlight = async () => (await metric(proxy, 'sentinel_active_requests')) > 0;
  await untilTrue('the call is under way', inFlight);
  first.child.kill('SIGKILL');
  assert.equal(statusOf(await client.ends()), 503);
  await first.exit;
  await rm(folder.file('s'), { force: true });
  await using _second = await start('test/fixtures/agent-marks.ts', folder.file('s')); // it takes heads of requests only
  await untilTrue(
    'the other one is asked',
    async () => headerOf(await proxy.request(get(), { keepsOpen: true }), 'x-seen') !== undefined,
  );
});

test('no socket, one without rights, and one that nobody accepts on', async () => {
  await using folder = await temporaryFolder();
  await using good = await startGood();
  await using missing = await startAttacked(good, asks({ socket: folder.file('none') }));
  assert.equal(statusOf(await missing.request(get(), { keepsOpen: true })), 503);
  assert.match(missing.stderr(), /ENOENT/);

  const taken = new Set<Socket>();
  const mute = createServer((socket) => void taken.add(socket)); // accepts, and never says a word
  await new Promise<void>((done) => mute.listen(folder.file('mute'), done));
  await using waiting = await startAttacked(good, asks({ socket: folder.file('mute'), agent: 'timeout-ms 50' }));
  assert.equal(statusOf(await waiting.request(get(), { keepsOpen: true })), 503);
  for (const socket of taken) socket.destroy();
  await new Promise((done) => mute.close(done));

  if (process.getuid?.() === 0) return; // root may connect whatever the rights are
  await using _agent = await start(wire, folder.file('s'), ['good']);
  await chmod(folder.file('s'), 0o000);
  await using denied = await startAttacked(good, asks({ socket: folder.file('s') }));
  assert.equal(statusOf(await denied.request(get(), { keepsOpen: true })), 503);
  assert.match(denied.stderr(), /EACCES/);
});

test('a full queue and an open breaker: settled at once, counted, and recovered from', async () => {
  await withAgent(
    'silent',
    {
      agent:
        'timeout-ms 300; max-concurrent-calls 1; max-queued-calls 1; circuit-breaker { failure-threshold 2; success-threshold 1; recovery-timeout-secs 60 }',
    },
    async (proxy) => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => proxy.request(get(), { keepsOpen: true })));
      assert.deepEqual(answers.map(statusOf), [503, 503, 503, 503]);
      assert.equal(await metric(proxy, 'sentinel_agent_queue_rejections_total'), 2);
      assert.equal(await metric(proxy, 'sentinel_agent_timeouts_total'), 2);
      assert.equal(await metric(proxy, 'sentinel_agent_circuit_breaker_state', 'agent="a"'), 1);
      assert.equal(statusOf(await proxy.request(get(), { keepsOpen: true })), 503);
      assert.equal(await metric(proxy, 'sentinel_agent_calls_total', 'result="breaker-open"'), 1);
      assert.equal(await metric(proxy, 'sentinel_agent_circuit_breaker_opens_total'), 1);
    },
  );
});

test('100,000 calls to an agent that keeps breaking the protocol: nothing is lost and nothing is left', async () => {
  await withAgent('mixed', { mode: 'open', agent: 'timeout-ms 2000' }, async (proxy) => {
    await hammer(proxy, 40_000); // the heap has reached its size
    const before = await figures(proxy);
    await hammer(proxy, 60_000);
    const after = await figures(proxy);
    assert(
      after.descriptors <= before.descriptors + 4,
      `${after.descriptors} descriptors, ${before.descriptors} before`,
    );
    assert(
      after.memoryBytes < before.memoryBytes + 40 * 1024 * 1024,
      `${after.memoryBytes} bytes, ${before.memoryBytes} before`,
    );
    assert.equal(await metric(proxy, 'sentinel_agent_calls_total', 'event="request-headers"'), 100_000);
    assert.equal(await metric(proxy, 'sentinel_active_requests'), 0);
    assert.equal(await metric(proxy, 'sentinel_agent_queue_depth'), 0);
  });
});

/** So many requests on a few connections; every one of them must be answered 200. */
async function hammer(proxy: RunningProxy, count: number): Promise<void> {
  const clients = 10;
  const each = count / clients;
  const batch = 50;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      let left = each;
      while (left > 0) {
        await using client = await RawClient.open(proxy.port(0));
        const now = Math.min(left, 5000);
        for (let sent = 0; sent < now; sent += batch) {
          client.received = '';
          client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(batch));
          await untilTrue(
            'a batch is answered',
            () => client.received.split('HTTP/1.1 200 OK').length - 1 === batch || client.isClosed,
          );
          assert(!client.isClosed && !client.received.includes('HTTP/1.1 5'));
        }
        left -= now;
      }
    }),
  );
}

async function figures({ pid }: RunningProxy) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const memoryBytes = 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  return { memoryBytes, descriptors: (await readdir(`/proc/${pid}/fd`)).length };
}
