// What each key of the configuration does to a running proxy: one test per key, named after it. Every one would fail if
// the key were ignored: it shows the effect, and where that is not the default, the difference.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { startAgent, temporaryFolder } from '../agents/support.ts';
import { answerEach, requestsIn, Upstream } from '../fixtures/upstream.ts';
import { effect } from '../support/effect.ts';
import { bodyOf, headerOf, RawClient, type RunningProxy, startProxy, statusOf, until } from '../support/proxy.ts';

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;

/** A configuration with one listener, whose parts are given. */
interface Parts {
  readonly listener?: string;
  readonly routes?: string;
  readonly more?: string;
}

const config = ({ listener = '', routes = 'route "echo" { builtin-handler "echo" }', more = '' }: Parts = {}): string =>
  `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { ${routes} }\n${more}`;

const forwarding = (upstream: Upstream, route = '', inUpstream = ''): Parts => ({
  routes: `route "site" { upstream "u"; ${route} }`,
  more: `upstreams { upstream "u" { target "${upstream.address}"; ${inUpstream} } }`,
});

const statusTo = async (proxy: RunningProxy, bytes: string, index = 0): Promise<number> =>
  statusOf(await proxy.request(bytes, { index }));

effect('listeners.listener.address', async () => {
  await using proxy = await startProxy(
    'schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" "[::1]:0" "unix:{folder}/http.sock" } }\nroutes { route "demo" { builtin-handler "demo" } }',
  );
  assert.equal(await statusTo(proxy, get('/')), 200);
  await until(() => proxy.stderr().includes('listening unix:'), proxy.stderr);
  await using client = await RawClient.open(join(proxy.folder, 'http.sock'));
  client.send(get('/over-unix'));
  assert.match(await client.sees('headers'), /GET \/over-unix/);
  const six = connect({ host: '::1', port: proxy.port(1) });
  six.end(get('/six'));
  const [bytes] = await once(six, 'data');
  assert.match(String(bytes), /GET \/six/);
  assert.deepEqual(
    (await proxy.lines(3)).map(({ client_ip }) => client_ip),
    ['127.0.0.1', 'unix', '::1'],
  );
});

effect('listeners.listener.default-route', async () => {
  const routes =
    'route "only" { matches { path "/only" }; builtin-handler "health" }; route "rest" { matches { host "b" }; builtin-handler "echo" }';
  await using proxy = await startProxy(config({ listener: 'default-route "rest"', routes }));
  assert.equal(await statusTo(proxy, get('/elsewhere')), 200);
  await using without = await startProxy(config({ routes }));
  assert.equal(await statusTo(without, get('/elsewhere')), 404);
  assert.equal((await without.lines(1))[0]?.refusal, 'route-not-found');
});

effect('listeners.listener.strictness', async () => {
  await using upstream = await Upstream.start();
  await using strict = await startProxy(config(forwarding(upstream)));
  await using lab = await startProxy(config({ ...forwarding(upstream), listener: 'strictness "waf-lab"' }));
  const odd = ['|get /\xe2?\xff HTTP/1.1', 'GET / HTTP/4.0', 'GET / HTTP/2'].map(
    (line) => `${line}\r\nHost: a\r\n\r\n`,
  );
  odd.push('GET / HTTP/1.0\r\nHost:\r\n\r\n');
  for (const bytes of odd) {
    assert.deepEqual([await statusTo(strict, bytes), await statusTo(lab, bytes)], [400, 200], bytes);
  }
  assert.match(upstream.bytes, /^\|get \/\xe2\?\xff HTTP\/1\.1\r\n/); // as it came, and written anew around it
  assert.doesNotMatch(upstream.bytes, /HTTP\/[24]/);
  const protocols = (await lab.lines(4)).map((one) => (one as { readonly protocol?: string }).protocol);
  assert.deepEqual(protocols, ['HTTP/1.1', 'HTTP/4.0', 'HTTP/2', 'HTTP/1.0']);
  const twice =
    'POST /twice HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
  const behind = 'GET /behind HTTP/1.1\r\nHost: a\r\n\r\n';
  assert.deepEqual([await statusTo(strict, twice), await statusTo(lab, twice + behind)], [400, 200]);
  const connect = 'CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: a\r\n\r\n';
  assert.deepEqual([await statusTo(strict, connect), await statusTo(lab, connect + behind)], [400, 200]);
  assert.match(upstream.bytes, /POST \/twice HTTP\/1\.1\r\n(?:(?!content-length).*\r\n)*\r\n5\r\nhello\r\n/i);
  assert.match(upstream.bytes, /CONNECT 192\.0\.2\.1:80 HTTP\/1\.1\r\n/);
  assert.doesNotMatch(upstream.bytes, /behind/);
});

effect(
  ['listeners.listener.limits.max-connections', 'limits.max-connections', 'limits.max-connections-per-client'],
  async () => {
    const bounds: readonly Parts[] = [
      { listener: 'limits { max-connections 2 }' },
      { more: 'limits { max-connections 2; max-connections-per-client 2 }' },
      { more: 'limits { max-connections-per-client 2 }' },
    ];
    for (const parts of bounds) {
      await using proxy = await startProxy(config(parts));
      await using one = await RawClient.open(proxy.port());
      await using two = await RawClient.open(proxy.port());
      for (const client of [one, two]) {
        client.send(get('/'));
        await client.sees('body_bytes');
      }
      await using three = await RawClient.open(proxy.port());
      assert.equal(await three.ends(), '', JSON.stringify(parts));
      assert.match(
        proxy.stderr(),
        /"reason":"(?:worker|listener|client)-full".*"connections":1,"event":"connections-refused"/,
      );
      await one[Symbol.asyncDispose]();
      await until(
        async () =>
          (await proxy.request(get('/'), { until: (text) => text !== '' }).catch(() => '')).startsWith('HTTP/1.1 200'),
        () => 'a place that was left is not given again',
      );
    }
  },
);

effect(['listeners.listener.limits.max-header-bytes', 'listeners.listener.limits.max-header-count'], async () => {
  await using proxy = await startProxy(config({ listener: 'limits { max-header-bytes "1KiB"; max-header-count 8 }' }));
  assert.equal(await statusTo(proxy, get('/', `X: ${'a'.repeat(900)}\r\n`)), 200);
  assert.equal(await statusTo(proxy, get('/', `X: ${'a'.repeat(1100)}\r\n`)), 431);
  assert.equal(await statusTo(proxy, get('/', 'X: 1\r\n'.repeat(7))), 200);
  assert.equal(await statusTo(proxy, get('/', 'X: 1\r\n'.repeat(8))), 431);
  assert.deepEqual(
    (await proxy.lines(4)).map(({ error }) => error),
    [undefined, 'many-header-bytes', undefined, 'many-headers'],
  );
});

effect('listeners.listener.limits.max-requests-per-connection', async () => {
  await using proxy = await startProxy(config({ listener: 'limits { max-requests-per-connection 2 }' }));
  const answer = await proxy.request(get('/').repeat(3), { keepsOpen: true });
  const replies = answer.split('HTTP/1.1 ').slice(1);
  assert.equal(replies.length, 2);
  assert.deepEqual(
    replies.map((reply) => reply.includes('Connection: close')),
    [false, true],
  );
});

effect('listeners.listener.timeouts.header-secs', async () => {
  await using proxy = await startProxy(config({ listener: 'timeouts { header-ms 150 }' }));
  assert.equal(statusOf(await proxy.request('GET / HTTP/1.1\r\nHost:', { keepsOpen: true })), 408);
  assert.equal((await proxy.lines(1))[0]?.refusal, 'header-timeout');
  assert.equal(
    await proxy.request('', { keepsOpen: true }),
    '',
    'a client that says nothing is left without an answer',
  );
});

effect('listeners.listener.timeouts.body-idle-secs', async () => {
  await using proxy = await startProxy(config({ listener: 'timeouts { body-idle-ms 150 }' }));
  assert.equal(
    statusOf(await proxy.request('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe', { keepsOpen: true })),
    408,
  );
  assert.equal((await proxy.lines(1))[0]?.refusal, 'body-timeout');
});

effect('listeners.listener.timeouts.keepalive-secs', async () => {
  await using proxy = await startProxy(config({ listener: 'timeouts { keepalive-ms 150 }' }));
  assert.equal(statusOf(await proxy.request(get('/'), { keepsOpen: true })), 200); // and it is closed, or this would not come back
  assert.equal((await proxy.lines(1)).length, 1, 'closing an idle connection is no exchange');
});

effect('routes.route.priority', async () => {
  const routes =
    'route "exact" { matches { path "/a" }; builtin-handler "echo" }; route "all" { priority "high"; builtin-handler "health" }';
  await using proxy = await startProxy(config({ routes }));
  assert.equal(bodyOf(await proxy.request(get('/a'))), 'ok\n');
});

effect(
  [
    'routes.route.matches.host',
    'routes.route.matches.path',
    'routes.route.matches.path-prefix',
    'routes.route.matches.path-regex',
    'routes.route.matches.method',
  ],
  async () => {
    const routes = [
      'route "host" { matches { host "exact.example" "*.wild.example" }; builtin-handler "health" }',
      'route "path" { matches { path "/exact" "/other" }; builtin-handler "health" }',
      'route "prefix" { matches { path-prefix "/api" "/v2/" }; builtin-handler "health" }',
      'route "regex" { matches { path-regex "^/r[0-9]+$" }; builtin-handler "health" }',
      'route "method" { matches { method "PURGE" "BAN" }; builtin-handler "health" }',
    ].join('\n');
    await using proxy = await startProxy(config({ routes }));
    const rows: ReadonlyArray<readonly [method: string, host: string, path: string, route: string | undefined]> = [
      ['GET', 'exact.example', '/', 'host'],
      ['GET', 'EXACT.example.:80', '/', 'host'],
      ['GET', 'a.b.wild.example', '/', 'host'],
      ['GET', 'wild.example', '/', undefined],
      ['GET', 'x', '/exact', 'path'],
      ['GET', 'x', '/%65xact?q', 'path'],
      ['GET', 'x', '/a/../other', 'path'],
      ['GET', 'x', '/exact/', undefined],
      ['GET', 'x', '/api', 'prefix'],
      ['GET', 'x', '/api/deep/er', 'prefix'],
      ['GET', 'x', '/apis', undefined],
      ['GET', 'x', '/v2/x', 'prefix'],
      ['GET', 'x', '/r42', 'regex'],
      ['GET', 'x', '/r42x', undefined],
      ['BAN', 'x', '/', 'method'],
      ['GET', 'x', '/', undefined],
    ];
    for (const [method, host, path] of rows) await proxy.request(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const lines = await proxy.lines(rows.length);
    assert.deepEqual(
      lines.map(({ route }) => route),
      rows.map(([, , , route]) => route),
    );
  },
);

effect(['routes.route.upstream', 'upstreams.upstream.target', 'upstreams.upstream.target.address'], async () => {
  await using upstream = await Upstream.start(answerEach('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine'));
  await using proxy = await startProxy(config(forwarding(upstream)));
  assert.equal(bodyOf(await proxy.request(get('/x?y'))), 'mine');
  assert.match(upstream.bytes, /^GET \/x\?y HTTP\/1\.1\r\nHost: a\.example\r\n/);
  const [line] = await proxy.lines(1);
  assert.deepEqual([line?.upstream, line?.target], ['u', upstream.address]);
});

effect('routes.route.builtin-handler', async () => {
  const names = ['status', 'health', 'echo', 'not-found', 'demo'];
  await using proxy = await startProxy(
    config({
      routes: names
        .map((name) => `route "${name}" { matches { path "/${name}" }; builtin-handler "${name}" }`)
        .join('\n'),
    }),
  );
  const answers = new Map<string, string>();
  for (const name of names)
    answers.set(name, await proxy.request(`POST /${name} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`));
  assert.equal(JSON.parse(bodyOf(answers.get('status') ?? '')).status, 'serving');
  assert.equal(bodyOf(answers.get('health') ?? ''), 'ok\n');
  const headers = [
    ['Host', 'a'],
    ['Content-Length', '3'],
  ];
  assert.deepEqual(JSON.parse(bodyOf(answers.get('echo') ?? '')), {
    method: 'POST',
    path: '/echo',
    query: '',
    headers,
    body_bytes: 3,
  });
  assert.equal(statusOf(answers.get('not-found') ?? ''), 404);
  assert.match(bodyOf(answers.get('demo') ?? ''), /demo backend of sentinel-stack.*\nPOST \/demo\n2 headers\n/);
});

effect('routes.route.policies.timeout-secs', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using proxy = await startProxy(config(forwarding(upstream, 'policies { timeout-ms 200 }')));
  assert.equal(await statusTo(proxy, get('/')), 504);
  assert.equal((await proxy.lines(1))[0]?.refusal, 'exchange-timeout');
});

effect(['routes.route.policies.max-body-size', 'limits.max-body-size'], async () => {
  const routes =
    'route "small" { matches { path "/small" }; builtin-handler "echo"; policies { max-body-size 4 } }; route "echo" { builtin-handler "echo" }';
  await using proxy = await startProxy(config({ routes, more: 'limits { max-body-size 8 }' }));
  const post = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`;
  const chunked = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(length)}0\r\n\r\n`;
  for (const make of [post, chunked]) {
    assert.equal(await statusTo(proxy, make('/small', 4)), 200);
    assert.equal(await statusTo(proxy, make('/small', 5)), 413);
    assert.equal(await statusTo(proxy, make('/', 8)), 200);
    assert.equal(await statusTo(proxy, make('/', 9)), 413);
  }
});

effect(
  [
    'routes.route.policies.request-headers.set',
    'routes.route.policies.request-headers.add',
    'routes.route.policies.request-headers.remove',
  ],
  async () => {
    await using upstream = await Upstream.start();
    const rules =
      'policies { request-headers { set { X-Set "new"; X-Forwarded-Proto "https" }; add { X-Add "two" }; remove "X-Gone" "Via" } }';
    await using proxy = await startProxy(config(forwarding(upstream, rules)));
    await proxy.request(get('/', 'X-Set: old\r\nx-set: older\r\nX-Add: one\r\nX-GONE: 1\r\nX-Stays:  1 \r\n'));
    const [seen] = requestsIn(upstream.bytes);
    assert(seen !== undefined);
    const lines = seen.head
      .split('\r\n')
      .filter((line) => /^(x-set|x-add|x-gone|x-stays|via|x-forwarded-proto):/i.test(line));
    assert.deepEqual(lines, ['X-Add: one', 'X-Stays: 1', 'X-Set: new', 'X-Forwarded-Proto: https', 'X-Add: two']);
  },
);

effect(
  [
    'routes.route.policies.response-headers.set',
    'routes.route.policies.response-headers.add',
    'routes.route.policies.response-headers.remove',
  ],
  async () => {
    await using upstream = await Upstream.start(
      answerEach('HTTP/1.1 200 OK\r\nServer: x\r\nX-Set: old\r\nX-Add: one\r\nContent-Length: 0\r\n\r\n'),
    );
    const rules = 'policies { response-headers { set { X-Set "new" }; add { X-Add "two" }; remove "Server" } }';
    await using proxy = await startProxy(config(forwarding(upstream, rules)));
    const answer = await proxy.request(get('/'));
    assert.equal(answer, 'HTTP/1.1 200 OK\r\nX-Add: one\r\nX-Set: new\r\nX-Add: two\r\nContent-Length: 0\r\n\r\n');
  },
);

effect(['upstreams.upstream.target.weight', 'upstreams.upstream.load-balancing'], async () => {
  await using one = await Upstream.start();
  await using two = await Upstream.start();
  const balanced = (algorithm: string) =>
    config({
      routes: 'route "site" { upstream "u" }',
      more: `upstreams { upstream "u" { load-balancing "${algorithm}"; target "${one.address}" weight=3; target "${two.address}" } }`,
    });
  const targets = async (proxy: RunningProxy, count: number) => {
    await proxy.request(get('/').repeat(count));
    return (await proxy.lines(count)).map(({ target }) => (target === one.address ? 1 : 2));
  };
  await using robin = await startProxy(balanced('round-robin'));
  assert.deepEqual(await targets(robin, 8), [1, 1, 2, 1, 1, 1, 2, 1]);
  await using random = await startProxy(balanced('random'));
  assert.equal(new Set(await targets(random, 60)).size, 2);
  await using least = await startProxy(balanced('least-connections'));
  one.become(() => undefined);
  two.become(() => undefined);
  const waiting = await Promise.all([0, 1, 2, 3].map(() => RawClient.open(least.port())));
  const before = [one.connections.length, two.connections.length];
  for (const [index, client] of waiting.entries()) {
    client.send(get('/'));
    await until(
      () => one.connections.length + two.connections.length === (before[0] ?? 0) + (before[1] ?? 0) + index + 1,
      () => 'no connection came',
    );
  }
  for (const { socket } of waiting) socket.resetAndDestroy();
  const busy = (await least.lines(4)).filter(({ target }) => target === one.address);
  assert.equal(busy.length, 3, 'four waiting requests are shared out 3 to 1');
});

effect('upstreams.upstream.timeouts.connect-secs', async () => {
  const deaf = execa(process.execPath, [join(import.meta.dirname, '../fixtures/upstream-deaf.ts')], {
    reject: false,
    buffer: false,
  });
  const fillers: ReturnType<typeof connect>[] = [];
  try {
    const [text] = await once(deaf.stdout, 'data');
    const port = Number(String(text));
    for (let count = 0; count < 4; count += 1)
      fillers.push(connect({ port, host: '127.0.0.1' }).on('error', () => undefined));
    await until(
      () => fillers.filter((one) => !one.connecting).length >= 2,
      () => 'the queue does not fill',
    );
    await using other = await Upstream.start();
    const upstream = (address: string) => `target "127.0.0.1:${port}"; ${address} timeouts { connect-ms 150 }`;
    const more = `upstreams { upstream "u" { ${upstream('')} }; upstream "two" { ${upstream(`target "${other.address}";`)} } }`;
    await using proxy = await startProxy(
      config({
        routes: 'route "two" { matches { path "/two" }; upstream "two" }; route "site" { upstream "u" }',
        more,
      }),
    );
    assert.equal(await statusTo(proxy, get('/')), 502);
    assert.equal(await statusTo(proxy, get('/two')), 200, 'the next target is tried');
    const [first, second] = await proxy.lines(2);
    assert.deepEqual([first?.refusal, second?.target], ['upstream-connect-failed', other.address]);
  } finally {
    for (const one of fillers) one.destroy();
    deaf.kill('SIGKILL');
    await deaf;
  }
});

effect('upstreams.upstream.timeouts.response-headers-secs', async () => {
  await using upstream = await Upstream.start(() => 'HTTP/1.1 200 OK\r\nX');
  await using proxy = await startProxy(config(forwarding(upstream, '', 'timeouts { response-headers-ms 150 }')));
  assert.equal(await statusTo(proxy, get('/')), 504);
  assert.equal((await proxy.lines(1))[0]?.refusal, 'upstream-timeout');
});

effect('upstreams.upstream.timeouts.idle-secs', async () => {
  await using upstream = await Upstream.start(() => 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
  await using proxy = await startProxy(config(forwarding(upstream, '', 'timeouts { idle-ms 150 }')));
  await using client = await RawClient.open(proxy.port());
  client.send(get('/'));
  await client.sees('half');
  await client.ends();
  assert.equal(client.wasReset, true, 'a reply that is cut does not end in order');
  const [line] = await proxy.lines(1);
  assert.deepEqual([line?.status, line?.refusal], [200, 'upstream-timeout']);
});

effect(
  ['upstreams.upstream.connection-pool.max-idle', 'upstreams.upstream.connection-pool.idle-timeout-secs'],
  async () => {
    await using upstream = await Upstream.start();
    await using none = await startProxy(config(forwarding(upstream, '', 'connection-pool { max-idle 0 }')));
    await none.request(get('/').repeat(3));
    assert.equal(upstream.connections.length, 3);
    await using proxy = await startProxy(config(forwarding(upstream, '', 'connection-pool { idle-timeout-ms 300 }')));
    await proxy.request(get('/').repeat(3));
    assert.equal(upstream.connections.length, 4, 'one connection for three requests');
    await until(
      () => upstream.openCount === 0,
      () => 'an idle connection is not closed',
    );
  },
);

effect('limits.max-in-flight-requests', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using proxy = await startProxy(
    config({ ...forwarding(upstream), more: `${forwarding(upstream).more}\nlimits { max-in-flight-requests 1 }` }),
  );
  await using waiting = await RawClient.open(proxy.port());
  waiting.send(get('/'));
  await until(
    () => upstream.bytes !== '',
    () => 'the first request does not arrive',
  );
  const answer = await proxy.request(get('/'));
  assert.deepEqual([statusOf(answer), headerOf(answer, 'Retry-After')], [503, '1']);
  assert.equal((await proxy.lines(1))[0]?.refusal, 'too-many-in-flight');
});

effect('admin.address', async () => {
  await using proxy = await startProxy(config({ more: 'admin { address "127.0.0.1:0" }' }));
  await proxy.request(get('/'));
  const base = `http://127.0.0.1:${proxy.port(1)}`;
  const metrics = await (await fetch(`${base}/metrics`)).text();
  assert.match(metrics, /^sentinel_requests_total\{route="echo",method="GET",status="200"\} 1$/m);
  assert.match(metrics, /^sentinel_request_duration_seconds_count\{route="echo"\} 1$/m);
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(`${base}${path}`)).status, 200);
  assert.equal((await fetch(`${base}/other`)).status, 404);
});

effect('admin.token-file', async () => {
  await using proxy = await startProxy(
    config({ more: 'admin { address "127.0.0.1:0"; token-file "{folder}/token" }' }),
    { token: 's3cret\n' },
  );
  const status = async (headers: Record<string, string>) =>
    (await fetch(`http://127.0.0.1:${proxy.port(1)}/healthz`, { headers })).status;
  assert.deepEqual(
    [
      await status({}),
      await status({ Authorization: 'Bearer wrong' }),
      await status({ Authorization: 'Bearer s3cret' }),
    ],
    [401, 401, 200],
  );
});

effect(['observability.logging.access-log.path', 'observability.logging.access-log.format'], async () => {
  await using proxy = await startProxy(
    config({ more: 'observability { logging { access-log { path "{folder}/access.log"; format "combined" } } }' }),
  );
  await proxy.request(get('/a"b?q', 'User-Agent: "ua"\x80\r\nReferer: r\r\n'));
  const path = join(proxy.folder, 'access.log');
  await until(
    async () => (await readFile(path, 'utf8')) !== '',
    () => 'nothing is written',
  );
  const pattern =
    /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/a\\"b\?q HTTP\/1\.1" 200 \d+ "r" "\\"ua\\"\\x80"\n$/;
  assert.match(await readFile(path, 'utf8'), pattern);
  assert.deepEqual(proxy.rawLines, []);
});

effect('observability.logging.level', async () => {
  await using loud = await startProxy(config());
  await using quiet = await startProxy(config({ more: 'observability { logging { level "error" } }' }));
  for (const proxy of [loud, quiet]) proxy.signal('SIGTERM');
  await Promise.all([loud.ended, quiet.ended]);
  assert.deepEqual(
    [loud.stderr().includes('worker-draining'), quiet.stderr().includes('worker-draining')],
    [true, false],
  );
});

effect('system.graceful-shutdown-timeout-secs', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using proxy = await startProxy(`${config(forwarding(upstream))}\nsystem { graceful-shutdown-timeout-ms 300 }`);
  await using client = await RawClient.open(proxy.port());
  client.send(get('/'));
  await until(
    () => upstream.bytes !== '',
    () => 'the request does not arrive',
  );
  proxy.signal('SIGTERM');
  assert.deepEqual(await proxy.ended, { code: 0, signal: undefined });
  assert.equal((await proxy.lines(1))[0]?.status, 499);
});

effect(['routes.route.filters', 'filters.filter.agent'], async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent('test/fixtures/agent-marks.ts', folder.file('marks.sock'));
  await using upstream = await Upstream.start();
  const agents = `agents { agent "marks" { transport { unix-socket "${folder.file('marks.sock')}" }; events "request-headers"; timeout-ms 5000; failure-mode "closed"; config { header "X-Mark"; prefix "p:" } } }\nfilters { filter "ask" { agent "marks" } }`;
  const { more } = forwarding(upstream);
  const routes =
    'route "asked" { upstream "u"; filters "ask" }; route "free" { matches { path-prefix "/free" }; upstream "u" }';
  await using proxy = await startProxy(config({ routes, more: `${more}\n${agents}` }));
  const asked = await proxy.request(get('/', 'X-Mark: mine\r\n'));
  assert.equal(headerOf(asked, 'X-Mark'), String(agent.child.pid), 'the reply is marked');
  assert.equal(
    headerOf(requestsIn(upstream.bytes)[0]?.head ?? '', 'X-Mark'),
    'p:mine,127.0.0.1',
    'the request too, in place of what came',
  );
  const blocked = await proxy.request(get('/block'));
  assert.deepEqual([statusOf(blocked), headerOf(blocked, 'X-Kind'), bodyOf(blocked)], [418, 'pot', 'tea']);
  const redirected = await proxy.request(get('/redirect'));
  assert.deepEqual([statusOf(redirected), headerOf(redirected, 'Location')], [307, 'https://elsewhere.example/']);
  assert.equal(await statusTo(proxy, get('/free/block')), 200);
  agent.child.kill('SIGKILL');
  await agent.child;
  assert.equal(await statusTo(proxy, get('/')), 503);
  assert.equal(requestsIn(upstream.bytes).length, 2);
  const lines = await proxy.lines(5);
  assert.deepEqual(
    lines.map(({ refusal, agents: trail }) => [refusal, trail?.[0]?.decision]),
    [
      [undefined, 'allow'],
      ['agent-blocked', 'block'],
      ['agent-blocked', 'redirect'],
      [undefined, undefined],
      ['agent-unavailable', 'failed-closed'],
    ],
  );
});
