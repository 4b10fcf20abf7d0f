// What each key of balancing, splits and mirrors does to a running proxy. One test per key, named after it; each would
// fail if the key were ignored. Which target a request went to is read off its access line.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { headerOf, RawClient, type RunningProxy, startProxy, until } from '../../support/proxy.ts';

const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;

/** Some upstreams of the test, and a proxy in front of them. */
async function start(count: number, kdlOf: (addresses: readonly string[]) => string) {
  await using stack = new AsyncDisposableStack();
  const upstreams = [];
  for (let index = 0; index < count; index += 1) upstreams.push(stack.use(await Upstream.start()));
  const addresses = upstreams.map(({ address }) => address);
  const proxy = stack.use(await startProxy(kdlOf(addresses), { secret: 'a secret', other: 'another secret' }));
  const whole = stack.move();
  return {
    proxy,
    upstreams,
    addresses,
    /** Where each of these requests went, by the number of the target. */
    async placesOf(requests: readonly string[]): Promise<number[]> {
      const before = proxy.rawLines.length;
      await proxy.request(requests.join(''));
      const lines = await proxy.lines(before + requests.length);
      return lines.slice(before).map(({ target }) => addresses.indexOf(target ?? ''));
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

const config = (upstream: string, { system = '', listener = '' } = {}): string =>
  `${system}\nlisteners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { route "site" { upstream "u" } }\nupstreams { upstream "u" { ${upstream} } }`;

const balanced = (keys: string, addresses: readonly string[], properties: (index: number) => string = () => '') =>
  `${keys}; ${addresses.map((address, index) => `target "${address}" ${properties(index)}`).join('; ')}`;

const repeated = (count: number, request = get()): string[] => Array.from({ length: count }, () => request);
const distinct = (list: readonly number[]): number => new Set(list).size;

/** Keeps so many requests waiting at the targets, until the scope ends. */
async function hold(proxy: RunningProxy, upstreams: readonly Upstream[], count: number, requests = [get('/held')]) {
  const clients: RawClient[] = [];
  const held = () => upstreams.reduce((sum, { bytes }) => sum + bytes.split('/held').length - 1, 0);
  for (let index = 0; index < count; index += 1) {
    const client = await RawClient.open(proxy.port());
    clients.push(client);
    client.send(requests[index] ?? get('/held'));
    await until(
      () => held() === index + 1,
      () => `${held()} requests wait`,
    );
  }
  return {
    [Symbol.asyncDispose]: async () => void (await Promise.all(clients.map((one) => one[Symbol.asyncDispose]()))),
  };
}

/** Answers everything but `/held`. */
function holdBack(upstreams: readonly Upstream[]): void {
  for (const upstream of upstreams) {
    const answer = answerEach();
    upstream.become((received, server) => (received.bytes.includes('/held') ? undefined : answer(received, server)));
  }
}

for (const algorithm of [
  'round_robin',
  'weighted',
  'least-connections',
  'weighted_least_connections',
  'random',
  'power-of-two-choices',
  'peak-ewma',
  'adaptive',
  'deterministic-subset',
  'least-tokens-queued',
])
  test(`load-balancing "${algorithm}" serves, and uses every target`, async () => {
    await using one = await start(3, (addresses) => config(balanced(`load-balancing "${algorithm}"`, addresses)));
    assert.equal(distinct(await one.placesOf(repeated(60))), 3);
  });

effect(['upstreams.upstream.hash.by', 'upstreams.upstream.hash.of'], async () => {
  const by = (keys: string) =>
    start(3, (addresses) => config(balanced(`load-balancing "consistent_hash"; hash { ${keys} }`, addresses)));
  const paths = Array.from({ length: 20 }, (_, index) => get(`/${index}`));
  await using client = await by('by "client"');
  assert.equal(distinct(await client.placesOf(paths)), 1);
  await using path = await by('by "path"');
  assert.equal(distinct(await path.placesOf(paths)), 3);
  assert.equal(distinct(await path.placesOf(repeated(10, get('/same?q')))), 1);
  const tenants = Array.from({ length: 20 }, (_, index) => get('/', `X-Tenant: ${index}\r\n`));
  await using header = await by('by "header"; of "X-Tenant"');
  assert.equal(distinct(await header.placesOf(tenants)), 3);
  assert.equal(distinct(await header.placesOf(repeated(10, get('/', 'X-Tenant: 1\r\nX-User: 2\r\n')))), 1);
  await using other = await by('by "header"; of "X-User"');
  assert.equal(distinct(await other.placesOf(tenants)), 1, 'the name counts');
});

test('ip-hash and maglev go by the address of the client', async () => {
  for (const algorithm of ['ip-hash', 'maglev']) {
    await using one = await start(3, (addresses) =>
      config(balanced(`load-balancing "${algorithm}"`, addresses), { listener: 'trusted-proxies "127.0.0.1"' }),
    );
    const from = (ip: string) => get('/', `X-Forwarded-For: ${ip}\r\n`);
    assert.equal(distinct(await one.placesOf(repeated(10, from('192.0.2.1')))), 1);
    assert.equal(distinct(await one.placesOf(Array.from({ length: 30 }, (_, index) => from(`192.0.2.${index}`)))), 3);
  }
});

effect('upstreams.upstream.hash.max-load-percent', async () => {
  for (const [percent, wanted] of [
    [101, 2],
    [10_000, 1],
  ] as const) {
    await using one = await start(2, (addresses) =>
      config(balanced(`load-balancing "consistent-hash"; hash { max-load-percent ${percent} }`, addresses)),
    );
    holdBack(one.upstreams);
    await using _ = await hold(one.proxy, one.upstreams, 4);
    assert.equal(one.upstreams.filter(({ bytes }) => bytes !== '').length, wanted, `${percent}`);
  }
});

effect('upstreams.upstream.measuring.decay-secs', async () => {
  /** Two targets, of which the second has failed once, and is well again. */
  const afterFailure = async (decay: string) => {
    const one = await start(2, (addresses) =>
      config(balanced(`load-balancing "peak-ewma"; measuring { decay-${decay} }`, addresses)),
    );
    one.upstreams[1]?.become(answerEach('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'));
    await until(
      async () => (await one.placesOf([get()]))[0] === 1,
      () => 'the second is never tried',
    );
    one.upstreams[1]?.become(answerEach());
    return one;
  };
  await using remembered = await afterFailure('secs 3600');
  assert.deepEqual(
    await remembered.placesOf(repeated(50)),
    repeated(50).map(() => 0),
  );
  await using forgiven = await afterFailure('ms 100');
  await until(
    async () => (await forgiven.placesOf([get()]))[0] === 1,
    () => 'it is never forgiven',
  );
});

effect(['system.zone', 'upstreams.upstream.target.zone', 'upstreams.upstream.locality.max-in-flight'], async () => {
  const near = (zone: string, locality = '') =>
    start(2, (addresses) =>
      config(
        balanced(`load-balancing "locality-aware"${locality}`, addresses, (index) => `zone="${'ab'[index]}"`),
        { system: `system { zone "${zone}" }` },
      ),
    );
  await using inA = await near('a');
  assert.deepEqual(await inA.placesOf(repeated(4)), [0, 0, 0, 0]);
  await using inB = await near('b');
  assert.deepEqual(await inB.placesOf(repeated(4)), [1, 1, 1, 1]);
  await using full = await near('a', '; locality { max-in-flight 2 }');
  holdBack(full.upstreams);
  await using _ = await hold(full.proxy, full.upstreams, 3);
  const counts = full.upstreams.map(({ bytes }) => bytes.split('/held').length - 1);
  assert.deepEqual(counts, [2, 1]);
});

effect('upstreams.upstream.subset.size', async () => {
  for (const size of [1, 2]) {
    await using one = await start(4, (addresses) =>
      config(balanced(`load-balancing "deterministic-subset"; subset { size ${size} }`, addresses)),
    );
    assert.equal(distinct(await one.placesOf(repeated(20))), size);
  }
});

effect(['upstreams.upstream.tokens.header', 'upstreams.upstream.tokens.bytes-per-token'], async () => {
  /** What waits at each target after this request and three small ones. */
  const waiting = async (keys: string, first: string) => {
    await using one = await start(2, (addresses) =>
      config(balanced(`load-balancing "least-tokens-queued"; tokens { ${keys} }`, addresses)),
    );
    holdBack(one.upstreams);
    await using _ = await hold(one.proxy, one.upstreams, 4, [first, get('/held'), get('/held'), get('/held')]);
    return one.upstreams.map(({ bytes }) => bytes.split('/held').length - 1);
  };
  const counted = get('/held', 'X-Tokens: 50\r\n');
  assert.deepEqual(await waiting('header "X-Tokens"', counted), [1, 3]);
  assert.deepEqual(await waiting('header "X-Other"', counted), [2, 2]);
  const body = `POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n${'x'.repeat(100)}`;
  assert.deepEqual(await waiting('bytes-per-token 1', body), [1, 3]);
  assert.deepEqual(await waiting('bytes-per-token 1024', body), [2, 2]);
});

const stickyConfig = (keys: string) => (addresses: readonly string[]) =>
  config(balanced(`load-balancing "sticky"; sticky { ${keys} }`, addresses));
const cookieOf = (answer: string): string => headerOf(answer, 'Set-Cookie') ?? '';
const sent = (cookie: string): string => get('/', `Cookie: ${cookie.split(';')[0]}\r\n`);

effect(['upstreams.upstream.sticky.secret-file', 'upstreams.upstream.sticky.cookie-name'], async () => {
  await using one = await start(3, stickyConfig('secret-file "secret"; cookie-name "where"'));
  const cookie = cookieOf(await one.proxy.request(get()));
  assert.match(cookie, /^where=[\w-]{22}; Path=\/; Max-Age=7200; HttpOnly; SameSite=Lax$/);
  assert.equal(distinct(await one.placesOf(repeated(9, sent(cookie)))), 1);
  assert.equal(distinct(await one.placesOf(repeated(9))), 3);
  await using again = await startProxy(stickyConfig('secret-file "secret"; cookie-name "where"')(one.addresses), {
    secret: 'a secret',
  });
  for (let count = 0; count < 3; count += 1) await again.request(sent(cookie));
  const [line, ...more] = await again.lines(3);
  assert(
    more.every(({ target }) => target === line?.target),
    'a process that was started later knows it too',
  );
  assert.equal(one.addresses.indexOf(line?.target ?? ''), (await one.placesOf([sent(cookie)]))[0]);
  await using other = await start(3, stickyConfig('secret-file "other"; cookie-name "where"'));
  assert.notEqual(cookieOf(await other.proxy.request(sent(cookie))), '', 'signed with another secret');
});

effect(
  [
    'upstreams.upstream.sticky.path',
    'upstreams.upstream.sticky.same-site',
    'upstreams.upstream.sticky.secure',
    'upstreams.upstream.sticky.ttl-secs',
  ],
  async () => {
    const keys = 'secret-file "secret"; path "/app"; same-site "none"; secure "always"; ttl-secs 30';
    await using one = await start(1, stickyConfig(keys));
    assert.match(
      cookieOf(await one.proxy.request(get())),
      /; Path=\/app; Max-Age=60; HttpOnly; SameSite=None; Secure$/,
    );
  },
);

effect('upstreams.upstream.sticky.fallback', async () => {
  await using one = await start(3, stickyConfig('secret-file "secret"; fallback "ip_hash"'));
  assert.equal(distinct(await one.placesOf(repeated(9))), 1);
});

const splitConfig =
  (split: string, more = '') =>
  (addresses: readonly string[]) =>
    `listeners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "site" { split { ${split} }; ${more} } }\nupstreams { upstream "blue" { target "${addresses[0]}" }; upstream "green" { target "${addresses[1]}" } }`;

effect(['routes.route.split.upstream', 'routes.route.split.upstream.weight'], async () => {
  await using even = await start(2, splitConfig('upstream "blue"; upstream "green"'));
  const places = await even.placesOf(repeated(60));
  assert.equal(distinct(places), 2);
  const [line] = await even.proxy.lines(1);
  assert.equal(line?.upstream, places[0] === 0 ? 'blue' : 'green');
  assert.match(even.proxy.rawLines[0] ?? '', /"chosen_by":"weight"/);
  await using none = await start(2, splitConfig('upstream "blue" weight=0; upstream "green"'));
  assert.deepEqual([...new Set(await none.placesOf(repeated(20)))], [1]);
});

effect(
  [
    'routes.route.split.upstream.header',
    'routes.route.split.upstream.header.name',
    'routes.route.split.upstream.header.value',
    'routes.route.split.upstream.cookie',
    'routes.route.split.upstream.cookie.name',
    'routes.route.split.upstream.cookie.value',
  ],
  async () => {
    await using one = await start(
      2,
      splitConfig('upstream "blue"; upstream "green" weight=0 { header "X-Canary" "1"; cookie "canary" "yes" }'),
    );
    const asked = [
      'X-Canary: 1',
      'X-Canary: 2',
      'X-Other: 1',
      'Cookie: canary=yes',
      'Cookie: canary=no',
      'Cookie: other=yes',
    ];
    assert.deepEqual(await one.placesOf(asked.map((line) => get('/', `${line}\r\n`))), [1, 0, 0, 1, 0, 0]);
  },
);

effect('routes.route.split.sticky', async () => {
  const both = 'upstream "blue"; upstream "green"';
  await using client = await start(2, splitConfig(`sticky "client"; ${both}`));
  assert.equal(distinct(await client.placesOf(repeated(40))), 1);
  await using cookie = await start(2, splitConfig(`sticky "cookie"; ${both}`));
  const given = cookieOf(await cookie.proxy.request(get()));
  assert.match(given, /^sentinel-split-site=(?:blue|green); /);
  assert.equal(distinct(await cookie.placesOf(repeated(40, sent(given)))), 1);
});

async function metricsOf(proxy: { port(index: number): number }): Promise<string> {
  return (await fetch(`http://127.0.0.1:${proxy.port(1)}/metrics`)).text();
}

const mirrorConfig = (keys: string) => (addresses: readonly string[]) =>
  `listeners { listener "http" { address "127.0.0.1:0" } }\nadmin { address "127.0.0.1:0" }\nroutes { route "site" { upstream "blue"; mirror { upstream "green"; ${keys} } } }\nupstreams { upstream "blue" { target "${addresses[0]}" }; upstream "green" { target "${addresses[1]}" } }`;

effect(['routes.route.mirror.upstream', 'routes.route.mirror.percent'], async () => {
  await using all = await start(2, mirrorConfig(''));
  assert.deepEqual(await all.placesOf(repeated(3)), [0, 0, 0]);
  await until(
    () => all.upstreams[1]?.bytes.split('X-Mirrored: 1').length === 4,
    () => 'three copies are to come',
  );
  const metrics = () => metricsOf(all.proxy);
  await until(
    async () => (await metrics()).includes('sentinel_mirrored_total{route="site",outcome="answered"} 3'),
    () => 'they are not counted',
  );
  await using none = await start(2, mirrorConfig('percent 0'));
  await none.placesOf(repeated(20));
  assert.equal(none.upstreams[1]?.connections.length, 0);
});

effect(['routes.route.mirror.max-body-size', 'routes.route.mirror.max-in-flight'], async () => {
  await using one = await start(2, mirrorConfig('max-body-size 4; max-in-flight 1'));
  one.upstreams[1]?.become(() => undefined);
  const post = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  await one.placesOf([post('12345'), post('1234'), post('123')]);
  const metrics = await metricsOf(one.proxy);
  assert.match(metrics, /sentinel_mirrored_total\{route="site",outcome="too-large"\} 1/);
  assert.match(metrics, /sentinel_mirrored_total\{route="site",outcome="too-many"\} 1/);
});
