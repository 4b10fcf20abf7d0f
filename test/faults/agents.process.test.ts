// Agents that misbehave, as real processes beside a real proxy, with a good client asking all the while: what the exchange
// of the moment gets by each failure mode, at its head and at its body, and that nobody else notices.

import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { startAgent as start, type startAgent, temporaryFolder, until as untilTrue } from '../agents/support.ts';
import { answerEach, Upstream } from '../fixtures/upstream.ts';
import { headerOf, RawClient, type RunningProxy, startProxy, statusOf, until } from '../support/proxy.ts';
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
  readonly targets?: readonly string[];
}

/** The route under attack asks one agent. */
function asks({ socket, agent = long, mode = 'closed', events = '"request-headers"', targets = [] }: Asked) {
  return {
    targets,
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

/** What is asked about, and the request that makes it so. */
const askedAbout = [
  ['"request-headers"', get()],
  ['"request-body"', post],
] as const;
const askedAboutReplies = [
  ['"response-headers"', get()],
  ['"response-body"', get()],
] as const;
const shownOnReplies = ['silent', 'garbage', 'dies']; // one of each sort: the way from a fault to its mode is the same

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
    const all = shownOnReplies.includes(habit) ? [...askedAbout, ...askedAboutReplies] : askedAbout;
    for (const [events, request] of all) {
      test(`${habit}, failing ${mode}, asked about ${events}`, async () => {
        const isReply = events.startsWith('"response');
        await using upstream = await Upstream.start(answerEach());
        const setting = isReply ? { targets: [upstream.address] } : {};
        await withAgent(habit, { agent, mode, events, ...setting }, async (proxy) => {
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

  await using _agent = await start(wire, folder.file('s'), ['good']);
  await chmod(folder.file('s'), 0o000);
  await chmod(folder.path, 0o755);
  // Root may connect whatever the rights are, so there the proxy runs as somebody else.
  const account = process.getuid?.() === 0 ? { account: nobody } : {};
  await using denied = await startAttacked(good, { ...asks({ socket: folder.file('s') }), ...account });
  assert.equal(statusOf(await denied.request(get(), { keepsOpen: true })), 503);
  assert.match(denied.stderr(), /EACCES/);
});

const nobody = 65_534;

test('one slow agent beside a fast one: the fast one answers as quickly as before, and all that asks it is served', async () => {
  await using folder = await temporaryFolder();
  await using _slow = await start(wire, folder.file('slow'), ['silent']);
  await using _fast = await start(wire, folder.file('fast'), ['good']);
  await using upstream = await Upstream.start(answerEach());
  const agent = (name: string, more: string) =>
    `agent "${name}" { transport { unix-socket "${folder.file(name)}" }; events "request-headers"; failure-mode "closed"; ${more} }`;
  await using proxy = await startProxy(`schema-version "1"
listeners { listener "http" { address "127.0.0.1:0" } }
admin { address "127.0.0.1:0" }
routes {
  route "slow" { matches { path-prefix "/slow" }; upstream "u"; filters "slow" }
  route "fast" { upstream "u"; filters "fast" }
}
upstreams { upstream "u" { target "${upstream.address}" } }
agents { ${agent('slow', 'timeout-ms 20000; max-concurrent-calls 20; max-queued-calls 20')}; ${agent('fast', 'timeout-ms 20000')} }
filters { filter "slow" { agent "slow" }; filter "fast" { agent "fast" } }`);
  const [http, admin] = [proxy.port(0), proxy.port(1)];
  const stuck = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const client = await RawClient.open(http);
      client.send(get('/slow'));
      return client;
    }),
  );
  const metrics = async () => await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const value = (text: string, series: RegExp) => Number(series.exec(text)?.[1] ?? 0);
  await untilTrue('its queue is full', async () =>
    /sentinel_agent_queue_rejections_total\{agent="slow",event="request-headers"\} 20/.test(await metrics()),
  );
  for (let asked = 0; asked < 300; asked += 1)
    assert.equal(statusOf(await proxy.request(get('/'), { keepsOpen: true })), 200);
  const told = await metrics();
  assert.equal(
    value(told, /sentinel_agent_calls_total\{agent="fast",event="request-headers",result="ok"\} (\d+)/),
    300,
  );
  // None of them waited for the slow one: that is 20 s away, and no machine is so busy.
  const within = value(told, /sentinel_agent_latency_seconds_bucket\{[^}]*agent="fast"[^}]*le="2.5"[^}]*\} (\d+)/);
  assert.equal(within, 300);
  assert.equal(value(told, /sentinel_agent_queue_depth\{agent="slow",event="request-headers"\} (\d+)/), 20);
  for (const client of stuck) await client[Symbol.asyncDispose]();
});

test('an agent over gRPC, killed in the middle of a call and started again', async () => {
  await using upstream = await Upstream.start(answerEach());
  const marks = resolve(import.meta.dirname, '../fixtures/agent-marks.ts');
  const first = await startOnGrpc(marks, '127.0.0.1:0');
  const agent = `agent "a" { transport { grpc { address "${first.address}" } }; events "request-headers"; failure-mode "closed"; timeout-ms 20000 }`;
  await using proxy = await startProxy(
    `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nadmin { address "127.0.0.1:0" }\nroutes { route "r" { upstream "u"; filters "f" } }\nupstreams { upstream "u" { target "${upstream.address}" } }\nagents { ${agent} }\nfilters { filter "f" { agent "a" } }`,
  );
  assert.equal(statusOf(await proxy.request(get('/'), { keepsOpen: true })), 200);
  await using client = await RawClient.open(proxy.port(0));
  client.send(get('/hang'));
  await untilTrue('it is asked', async () =>
    /^sentinel_active_requests 1$/m.test(await (await fetch(`http://127.0.0.1:${proxy.port(1)}/metrics`)).text()),
  );
  first.child.kill('SIGKILL');
  assert.equal(statusOf(await client.ends()), 503);
  assert.equal(statusOf(await proxy.request(get('/'), { keepsOpen: true })), 503);
  await using again = await startOnGrpc(marks, first.address);
  await untilTrue(
    'it is asked again',
    async () => statusOf(await proxy.request(get('/'), { keepsOpen: true })) === 200,
  );
  void again;
});

/** An agent as a process of its own, on gRPC alone. */
async function startOnGrpc(program: string, address: string) {
  const child = execa(process.execPath, [program, '--grpc', address], { reject: false, stdin: 'ignore' });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += String(text);
  });
  const port = () => /"port":(\d+)/.exec(stderr)?.[1];
  await untilTrue(`${program} listens`, () => port() !== undefined);
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
  };
  return { child, address: `127.0.0.1:${port()}`, [Symbol.asyncDispose]: stop };
}

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
