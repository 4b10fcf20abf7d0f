// What each key about agents, their filters and challenges does, shown on a worker that asks an agent of version 2. The
// keys that a real agent process shows stand in effects.process.test.ts.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { runInNewContext } from 'node:vm';
import type { AgentEvent } from '#protocol/message';
import { temporaryFolder } from '../../agents/support.ts';
import { answerEach, requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { expectHints } from '../../support/config.ts';
import { effect } from '../../support/effect.ts';
import { bodyOf, headerOf, startProxy, statusOf, until } from '../../support/proxy.ts';
import { type Answer, asking, blocked, get, post, serveV2 } from './agent-server.ts';
import { agentsOf, allowed, isConfigure, oneAgent, requestTo, serveTalk } from './support.ts';

const silent = (): Answer => undefined;

effect(
  [
    'agents.agent.event-timeouts.request-headers',
    'agents.agent.event-timeouts.request-body',
    'agents.agent.event-timeouts.response-headers',
    'agents.agent.event-timeouts.response-body',
  ],
  async () => {
    for (const event of ['request-headers', 'request-body', 'response-headers', 'response-body']) {
      await using upstream = await Upstream.start();
      await using all = await asking(upstream, silent, {
        events: `"${event}"`,
        agent: `timeout-ms 60000; event-timeouts { ${event} 30 }`,
      });
      assert.equal(statusOf(await all.worker.request(post('x'))), 503);
      assert.match(all.worker.logged.join(''), /no answer within 30 ms/);
    }
  },
);

effect('routes.route.policies.failure-mode', async () => {
  for (const [mode, status] of [
    ['open', 200],
    ['closed', 503],
  ] as const) {
    await using upstream = await Upstream.start();
    await using all = await asking(upstream, silent, {
      agent: 'timeout-ms 20',
      route: `policies { failure-mode "${mode}" }`,
    });
    assert.equal(statusOf(await all.worker.request(get())), status);
  }
  const config = (more: string) =>
    `listeners { listener "h" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status"; filters "f" } }\nagents { agent "a" { transport { unix-socket "s" }; events "log"${more} } }\nfilters { filter "f" { agent "a" } }`;
  expectHints(config(''), [
    `3:16 config-missing-key '"a"' -> add to the agent: failure-mode "closed" (503) or "open" (the request passes)`,
  ]);
  expectHints(config('; failure-mode "open"'), []);
});

effect('agents.agent.max-queued-calls', async () => {
  for (const [queued, expected] of [
    [1, ['200', '200', '503']],
    [0, ['200', '503', '503']],
  ] as const) {
    await using upstream = await Upstream.start();
    const verdict = Promise.withResolvers<object>();
    await using all = await asking(upstream, () => verdict.promise, {
      agent: `max-concurrent-calls 1; max-queued-calls ${queued}`,
    });
    const agent = all.worker.worker.agents.all.get('a');
    const answers = [1, 2, 3].map(() => all.worker.request(get()));
    await until(
      () => agent?.metrics.of('request-headers').queueRejections === 2 - queued,
      () => 'the rest is turned away',
    );
    verdict.resolve({});
    const statuses = (await Promise.all(answers)).map((answer) => String(statusOf(answer)));
    assert.deepEqual(statuses.toSorted(), expected);
  }
});

effect('agents.agent.connection-pool.max-connections', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTalk(folder.file('s'), (message) => (isConfigure(message) ? allowed : undefined));
  using asked = agentsOf(
    oneAgent(
      folder.file('s'),
      'failure-mode "open"; protocol-version 1; timeout-ms 60000; connection-pool { max-connections 2 }',
    ),
  );
  await asked.agents.ready();
  for (let call = 0; call < 5; call += 1) void asked.agents.ask('asked', requestTo('/'));
  await until(
    () => server.seen.length === 4,
    () => 'two configurations and two calls',
  );
  assert.equal(server.connections(), 2);
});

effect('agents.agent.connection-pool.idle-timeout-secs', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTalk(folder.file('s'), () => allowed);
  using asked = agentsOf(
    oneAgent(
      folder.file('s'),
      'failure-mode "closed"; protocol-version 1; timeout-ms 60000; connection-pool { idle-timeout-secs "50ms" }',
    ),
  );
  await Promise.all([1, 2, 3].map(() => asked.agents.ask('asked', requestTo('/'))));
  assert(server.connections() > 1);
  await until(
    () => server.sockets.size === 1,
    () => 'one is left',
  );
  assert.equal((await asked.agents.ask('asked', requestTo('/'))).decision, 'allow');
});

effect('agents.agent.protocol-version', async () => {
  await using folder = await temporaryFolder();
  const first: number[] = [];
  const server = createServer((socket) => {
    socket.once('data', (chunk) => {
      first.push(Buffer.from(chunk).readUInt8(4));
      socket.destroy();
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => server.listen(folder.file('s'), done));
  for (const [version, opening] of [
    ['protocol-version 1', '{'],
    ['protocol-version 2', '\u0001'],
    ['timeout-ms 100', '\u0001'],
  ] as const) {
    first.length = 0;
    using asked = agentsOf(oneAgent(folder.file('s'), `failure-mode "closed"; ${version}`));
    await asked.agents.ready();
    assert.equal(String.fromCharCode(first[0] ?? 0), opening);
    if (version.startsWith('timeout')) assert.equal(String.fromCharCode(first[1] ?? 0), '{'); // it is tried in version 1 at once
  }
  await new Promise((done) => server.close(done));
});

effect(
  [
    'agents.agent.circuit-breaker.failure-threshold',
    'agents.agent.circuit-breaker.success-threshold',
    'agents.agent.circuit-breaker.recovery-timeout-secs',
    'agents.agent.circuit-breaker.half-open-max-requests',
  ],
  async () => {
    await using upstream = await Upstream.start();
    let isIll = true;
    await using all = await asking(upstream, () => (isIll ? undefined : {}), {
      agent:
        'timeout-ms 10; failure-mode "open"; circuit-breaker { failure-threshold 2; success-threshold 2; recovery-timeout-secs "200ms"; half-open-max-requests 1 }',
    });
    const agent = all.worker.worker.agents.all.get('a');
    assert(agent !== undefined);
    const ask = async () => assert.equal(statusOf(await all.worker.request(get())), 200);
    await ask();
    assert.equal(agent.breaker.state, 'closed');
    await ask();
    assert.equal(agent.breaker.state, 'open');
    await ask(); // settled without asking
    assert.equal(all.server.seen.length, 2);
    assert.equal(agent.metrics.of('request-headers').results.get('breaker-open'), 1);
    isIll = false;
    await until(
      async () => {
        await ask();
        return all.server.seen.length > 2;
      },
      () => 'it is tried again',
    );
    assert.equal(agent.breaker.state, 'half-open');
    await ask();
    assert.equal(agent.breaker.state, 'closed');
    assert.match(all.worker.logged.join(''), /agent-breaker-opened[\s\S]*agent-breaker-closed/);
  },
);

const aboutBodies = { events: '"request-body"' };

effect('agents.agent.body-handling.mode', async () => {
  for (const [mode, early] of [
    ['buffer', false],
    ['stream', true],
  ] as const) {
    await using upstream = await Upstream.start();
    await using all = await asking(upstream, () => ({}), { ...aboutBodies, agent: `body-handling { mode "${mode}" }` });
    await using client = await all.worker.open();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none');
    if (early)
      await until(
        () => upstream.bytes.includes('one'),
        () => 'the first piece goes on',
      );
    client.send('two');
    await client.sees('200 OK');
    assert.equal(all.server.seen.length, early ? 2 : 1);
  }
});

effect(['agents.agent.body-handling.max-bytes', 'agents.agent.body-handling.on-too-large'], async () => {
  await using upstream = await Upstream.start();
  for (const [choice, status, shown] of [
    ['refuse', 413, []],
    ['inspect-prefix', 200, ['0123456789']],
  ] as const) {
    await using all = await asking(upstream, () => ({}), {
      ...aboutBodies,
      agent: `body-handling { max-bytes 10; on-too-large "${choice}" }`,
    });
    assert.equal(statusOf(await all.worker.request(post('0123456789 and more'))), status);
    const events = all.server.ofType('request_body_chunk');
    assert.deepEqual(
      events.map(({ data }) => Buffer.from(data).toString()),
      shown,
    );
    if (status === 200) {
      assert.deepEqual([events[0]?.totalSize, events[0]?.bytesReceived, events[0]?.isLast], [19, 10, true]);
      assert.match(JSON.stringify(await all.worker.lines(1)), /"tags":\["inspected-prefix"\]/);
      const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'8\r\n12345678\r\n'.repeat(3)}0\r\n\r\n`;
      assert.equal(statusOf(await all.worker.request(chunked)), 200);
    } else {
      const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'8\r\n12345678\r\n'.repeat(3)}0\r\n\r\n`;
      assert.equal(statusOf(await all.worker.request(chunked)), 413);
    }
    assert.equal(all.worker.worker.inspectionMemory.bytesHeld, 0);
  }
  const bodies = requestsIn(upstream.bytes).map(({ body }) => body.replaceAll(/[\da-f]+\r\n([^\r]*)\r\n/g, '$1'));
  assert.deepEqual(bodies, ['0123456789 and more', '123456781234567812345678']);
  await using large = await Upstream.start(
    answerEach('HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n0123456789 and more'),
  );
  for (const [choice, status] of [
    ['refuse', 502],
    ['inspect-prefix', 200],
  ] as const) {
    await using all = await asking(large, () => ({}), {
      events: '"response-body"',
      agent: `body-handling { max-bytes 10; on-too-large "${choice}" }`,
    });
    const reply = await all.worker.request(get());
    assert.equal(statusOf(reply), status);
    if (status === 200) assert.equal(bodyOf(reply), '0123456789 and more');
  }
});

effect('agents.agent.body-handling.content-types', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, () => blocked(), {
    ...aboutBodies,
    agent: 'body-handling { content-types "application/json" "image/*" }',
  });
  const typed = (type: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\n{}`;
  for (const [type, status] of [
    ['text/plain', 200],
    ['application/JSON; charset=utf-8', 403],
    ['image/png', 403],
    ['imagex/png', 200],
  ] as const)
    assert.equal(statusOf(await all.worker.request(typed(type))), status, type);
});

effect('limits.inspection-memory', async () => {
  await using upstream = await Upstream.start();
  const verdict = Promise.withResolvers<object>();
  await using all = await asking(upstream, () => verdict.promise, {
    ...aboutBodies,
    more: 'limits { inspection-memory "64KiB" }',
  });
  await using client = await all.worker.open();
  client.send(post('x'.repeat(50_000)));
  await until(
    () => all.server.seen.length === 1,
    () => 'the first is held',
  );
  const answer = await all.worker.request(post('y'.repeat(50_000)));
  assert.deepEqual([statusOf(answer), headerOf(answer, 'Retry-After')], [503, '1']);
  verdict.resolve({});
  await client.sees('200 OK');
  assert.equal(statusOf(await all.worker.request(post('z'.repeat(50_000)))), 200);
  const refusals = (await all.worker.lines(3)).map(({ refusal }) => refusal);
  assert.deepEqual(refusals.filter(Boolean), ['inspection-full']);
});

const routing = (upstreamOverride: string | undefined, routeOverride: string | undefined) => ({
  routing: { upstreamOverride, routeOverride, tags: ['beta'], guardrail: undefined },
});

effect('agents.agent.allow-upstreams', async () => {
  await using one = await Upstream.start();
  await using two = await Upstream.start();
  const parts = {
    upstreams: `upstream "two" { target "${two.address}" }`,
    routes: 'route "other" { matches { path "/o" }; upstream "two" }',
  };
  await using may = await asking(one, () => routing('two', undefined), { ...parts, agent: 'allow-upstreams "two"' });
  assert.equal(statusOf(await may.worker.request(get())), 200);
  assert.deepEqual([one.connections.length, two.connections.length], [0, 1]);
  const [line] = await may.worker.lines(1);
  assert.deepEqual([line?.upstream, Reflect.get(line ?? {}, 'tags')], ['two', ['beta']]);
  await using mayNot = await asking(one, () => routing('two', undefined), parts);
  assert.equal(statusOf(await mayNot.worker.request(get())), 503);
  assert.match(mayNot.worker.logged.join(''), /agent-overreached/);
});

effect('agents.agent.allow-routes', async () => {
  await using upstream = await Upstream.start();
  const parts = { routes: 'route "maintenance" { matches { path "/m" }; builtin-handler "not-found" }' };
  await using may = await asking(upstream, () => routing(undefined, 'maintenance'), {
    ...parts,
    agent: 'allow-routes "maintenance"',
  });
  assert.equal(statusOf(await may.worker.request(get())), 404);
  assert.equal((await may.worker.lines(1))[0]?.route, 'maintenance');
  await using mayNot = await asking(upstream, () => routing(undefined, 'maintenance'), parts);
  assert.equal(statusOf(await mayNot.worker.request(get())), 503);
});

effect('filters.filter.phase', async () => {
  const events = '"request-headers" "response-headers"';
  for (const [phase, seen] of [
    ['all', ['request_headers', 'response_headers']],
    ['request', ['request_headers']],
    ['response', ['response_headers']],
  ] as const) {
    await using upstream = await Upstream.start();
    await using all = await asking(upstream, () => ({}), { events, filter: `phase "${phase}"` });
    assert.equal(statusOf(await all.worker.request(get())), 200);
    assert.deepEqual(
      all.server.seen.map(({ type }) => type),
      seen,
    );
  }
});

effect('filters.filter.parallel', async () => {
  for (const isParallel of [true, false]) {
    await using folder = await temporaryFolder();
    const both = Promise.withResolvers<void>();
    let asked = 0;
    const answer = async (): Promise<object> => {
      asked += 1;
      if (asked === 2) both.resolve();
      if (isParallel) await both.promise; // comes only if both are asked at once
      return {};
    };
    await using _a = await serveV2(folder.file('a'), answer);
    await using _b = await serveV2(folder.file('b'), async () => ({ ...blocked(), ...(await answer()) }));
    const agent = (name: string) =>
      `agent "${name}" { transport { unix-socket "${folder.file(name)}" }; events "request-headers"; failure-mode "closed"; timeout-ms 60000 }`;
    await using upstream = await Upstream.start();
    await using all = await asking(upstream, () => ({}), {
      routes: `route "both" { matches { path "/both" }; upstream "u"; filters "fa" "fb" }`,
      more: `agents { ${agent('x').replace(folder.file('x'), folder.file('a'))}; ${agent('y').replace(folder.file('y'), folder.file('b'))} }\nfilters { filter "fa" { agent "x"; parallel #${isParallel} }; filter "fb" { agent "y"; parallel #${isParallel} } }`,
    });
    assert.equal(statusOf(await all.worker.request(get('/both'))), 403);
  }
});

effect('observability.logging.audit-log.path', async () => {
  await using folder = await temporaryFolder();
  await using server = await serveV2(folder.file('s'), () => ({
    ...blocked(),
    audit: { tags: ['t'], ruleIds: ['942100'], reasonCodes: ['sqli'], confidence: 0.9, custom: {} },
  }));
  const kdl = `listeners { listener "http" { address "127.0.0.1:0" } }
    routes { route "r" { builtin-handler "health"; filters "f" } }
    agents { agent "a" { transport { unix-socket "${folder.file('s')}" }; events "request-headers"; failure-mode "closed"; timeout-ms 10000 } }
    filters { filter "f" { agent "a" } }
    observability { logging { audit-log { path "${folder.file('audit.log')}" } } }`;
  await using proxy = await startProxy(kdl);
  assert.equal(statusOf(await proxy.request(get('/attack?q=1'))), 403);
  assert.equal(server.seen.length, 1);
  const read = () => readFile(folder.file('audit.log'), 'utf8');
  await until(
    async () => (await read()).endsWith('\n'),
    () => 'a line',
  );
  const { timestamp: _, request_id: __, ...line } = JSON.parse(await read());
  assert.deepEqual(line, {
    client_ip: '127.0.0.1',
    method: 'GET',
    host: 'a.example',
    path: '/attack',
    route: 'r',
    status: 403,
    refusal: 'agent-blocked',
    error: 'agent a: seen (r-1, 942100)',
    agents: [
      {
        agent: 'a',
        filter: 'f',
        event: 'request-headers',
        decision: 'block',
        rule_ids: ['942100'],
        reason_codes: ['sqli'],
        tags: ['t'],
        confidence: 0.9,
      },
    ],
  });
});

const challenging = (event: AgentEvent): Answer =>
  event.type === 'request_headers' ? { decision: { type: 'challenge', challengeType: 'any', params: {} } } : {};
const browser = 'Accept: text/html\r\nUser-Agent: Browser/1\r\n';

/** What the page would set, found as it finds it. */
async function solve(page: string): Promise<string> {
  const script = /<script nonce="[^"]+">([\s\S]*)<\/script>/.exec(page)?.[1] ?? '';
  const document = { cookie: '', getElementById: () => ({}) };
  await new Promise<void>((done) => {
    runInNewContext(script, { document, location: { reload: done }, setTimeout });
  });
  return document.cookie;
}

effect(['challenge.kind', 'challenge.difficulty-bits'], async () => {
  for (const [kind, bits] of [
    ['cookie', 0],
    ['proof-of-work', 10],
  ] as const) {
    await using upstream = await Upstream.start();
    await using all = await asking(upstream, challenging, {
      more: `challenge { kind "${kind}"; difficulty-bits ${bits || 10} }`,
    });
    const page = await all.worker.request(get('/', browser));
    assert.equal(statusOf(page), 403);
    assert.match(page, new RegExp(`"bits":${bits},`));
    assert.match(headerOf(page, 'Content-Security-Policy') ?? '', /^default-src 'none'; script-src 'nonce-/);
    const [pair = ''] = (await solve(page)).split(';');
    const cookie = `Cookie: ${pair}\r\n`;
    assert.equal(statusOf(await all.worker.request(get('/', browser + cookie))), 200);
    assert.equal(statusOf(await all.worker.request(get('/', `User-Agent: Other/1\r\n${cookie}`))), 403);
    assert.equal(
      statusOf(
        await all.worker.request(
          get('/', browser + cookie.replace(/=(\d)/, (_, digit) => `=${(Number(digit) + 1) % 10}`)),
        ),
      ),
      403,
    );
    if (bits > 0)
      assert.equal(statusOf(await all.worker.request(get('/', browser + cookie.replace(/\.\d+\r/, '.1\r')))), 403);
  }
});

effect('challenge.valid-secs', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, challenging, { more: 'challenge { valid-secs 7 }' });
  const page = await all.worker.request(get('/', browser));
  const cookie = await solve(page);
  assert.match(cookie, /; Max-Age=7;/);
  const expiry = Number(/=(\d+)\./.exec(cookie)?.[1]);
  assert(Math.abs(expiry - Date.now() / 1000 - 7) < 3);
});

effect('challenge.secret-file', async () => {
  await using folder = await temporaryFolder();
  await using upstream = await Upstream.start();
  const start = async (more: string) => asking(upstream, challenging, { more });
  const files: string[] = [];
  for (const name of ['one', 'two']) {
    files.push(folder.file(name));
    await writeFile(folder.file(name), name.repeat(16), { mode: 0o600 });
  }
  await using first = await start(`challenge { secret-file "${files[0]}" }`);
  const [pair] = (await solve(await first.worker.request(get('/', browser)))).split(';');
  await using same = await start(`challenge { secret-file "${files[0]}" }`);
  assert.equal(statusOf(await same.worker.request(get('/', `${browser}Cookie: ${pair}\r\n`))), 200);
  for (const more of [`challenge { secret-file "${files[1]}" }`, '']) {
    await using other = await start(more);
    assert.equal(statusOf(await other.worker.request(get('/', `${browser}Cookie: ${pair}\r\n`))), 403);
  }
});
