// Tree -> configuration, as transcripts: what is refused and where, what defaults give, how blocks come together.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, expectHints, expectProblems } from '../support/config.ts';

const listener = 'listeners { listener "test" { address "127.0.0.1:0" } }\n';
const status = 'builtin-handler "status"';

const refused: ReadonlyArray<readonly [title: string, text: string, problems: readonly string[]]> = [
  [
    'a block that may be left out, without what it needs',
    `routes { route "a" { redirect { } } }`,
    ['2:22 config-missing-key \'redirect\' -> add: to "https://{host}{path}{query}"'],
  ],
  [
    'a value of a repeated key twice over',
    `routes { route "a" { ${status}; matches { header "A" "1" { value "2" } } } }`,
    ["2:75 config-duplicate-key 'value' -> keep one of them"],
  ],
  [
    'a repeated key without its name',
    `routes { route "a" { ${status}; matches { header } } }`,
    ['2:58 config-missing-value \'header\' -> write: header "X-Beta"'],
  ],
  [
    'a duration in both units',
    'system { graceful-shutdown-timeout-secs 1; graceful-shutdown-timeout-ms 1 }',
    ["2:44 config-duplicate-key 'graceful-shutdown-timeout-ms' -> keep one of them"],
  ],
  [
    'a block inside twice',
    `routes { route "a" { ${status}; matches { }; matches { } } }`,
    ["2:61 config-duplicate-key 'matches' -> keep one of them"],
  ],
  [
    'a name twice',
    `routes { route "a" { ${status} }; route "a" { ${status} } }`,
    ['2:56 config-duplicate-name \'"a"\' -> rename one of them'],
  ],
  ['the wrong item', 'routes { rout "a" { } }', ["2:10 config-unknown-key 'rout' -> did you mean 'route'?"]],
  [
    'keys without a default',
    'agents { agent "a" { use "echo" } }',
    [
      `2:10 config-missing-key 'agent' -> add unix-socket "NAME.sock", or grpc { address "HOST:PORT" }`,
      '2:16 config-missing-key \'"a"\' -> add: events "request-headers" "request-body"',
      'warning 2:16 config-unused \'"a"\'',
    ],
  ],
  [
    'an upstream without a target',
    `upstreams { upstream "a" { } }\nroutes { route "r" { upstream "a" } }`,
    ['2:22 config-missing-key \'"a"\' -> add: target "127.0.0.1:8081" weight=2'],
  ],
  [
    'a target with an unknown property',
    `upstreams { upstream "a" { target "b:1" wieght=2 } }\nroutes { route "r" { upstream "a" } }`,
    ["2:41 config-unknown-key 'wieght' -> did you mean 'weight'?"],
  ],
  [
    'a mistake in defaults that nothing follows',
    'defaults { route { policies { timeout-sec 1 } } }',
    ["2:31 config-unknown-key 'timeout-sec' -> did you mean 'timeout-secs'?"],
  ],
  ['defaults of something else', 'defaults { rout { } }', ["2:12 config-unknown-key 'rout' -> did you mean 'route'?"]],
  [
    'a number that JSON does not have',
    `agents { agent "a" { use "echo"; transport { unix-socket "a" }; events "request-headers"; failure-mode "open"; config { x #inf } } }`,
    ['warning 2:16 config-unused \'"a"\'', "2:123 config-bad-value '#inf'"],
  ],
];

for (const [title, text, problems] of refused) {
  test(`refused: ${title}`, () => expectHints(`${listener}${text}`, problems));
}

test('a duplicate shows both places, over repeated blocks as well', () => {
  const text = `${listener}upstreams { upstream "u" { target "a:1" } }\nupstreams { upstream "u" { target "b:1" } }\nroutes { route "r" { upstream "u" } }`;
  expectProblems(text, ['3:22 config-duplicate-name \'"u"\'']);
});

test('a mistake in a `defaults` block is said once, however many follow', () => {
  const text = `${listener}routes { defaults { policies { timeout-sec 1; max-body-size "x" } }; route "a" { ${status} }; route "b" { ${status}; matches { path "/b" } } }`;
  expectProblems(text, ["2:32 config-unknown-key 'timeout-sec'", '2:61 config-wrong-type \'"x"\'']);
});

test('names with dashes or underscores, durations in either unit', () => {
  const { config } = configOf('system { worker_threads 3; graceful_shutdown_timeout_ms 1500 }');
  assert.deepEqual(config.system, {
    workerThreads: 3,
    autoReload: false,
    orphanGraceMs: 30_000,
    fastSockets: true,
    gracefulShutdownTimeoutMs: 1500,
    nameServers: [],
  });
});

test('without anything said, the defaults of the language', () => {
  const { config } = configOf('');
  assert.equal(config.limits.maxConnections, 10_000);
  assert.deepEqual(config.routes, []);
  assert.deepEqual(config.listeners[0]?.timeouts, {
    headerMs: 10_000,
    bodyIdleMs: 30_000,
    writeIdleMs: 60_000,
    keepaliveMs: 75_000,
    tlsHandshakeMs: 10_000,
  });
  assert.equal(config.admin.address, undefined);
});

test('`defaults` hold for what follows, the nearer one wins, the thing itself last', () => {
  const text = `
routes { route "before" { ${status}; matches { path "/1" } } }
defaults { route { policies { timeout-secs 5; max-body-size 100 } } }
routes {
  route "far" { ${status}; matches { path "/2" } }
  defaults { policies { timeout-ms 7000 } }
  route "near" { ${status}; matches { path "/3" } }
  route "own" { ${status}; matches { path "/4" }; policies { timeout-secs 9 } }
}
defaults { route { policies { timeout-secs 11 } } }
routes { route "later" { ${status}; matches { path "/5" } } }`;
  const told = configOf(text).config.routes.map(
    ({ name, policies: { timeoutMs, maxBodyBytes } }) => `${name} ${timeoutMs} ${maxBodyBytes}`,
  );
  assert.deepEqual(told, [
    'before 60000 undefined',
    'far 5000 100',
    'near 7000 100',
    'own 9000 100',
    'later 11000 100',
  ]);
});

test("`defaults` of headers come together with a route's own, name by name", () => {
  const text = `defaults { route { policies { request-headers { set { A "1"; B "1" }; remove "X" } } } }
routes { route "a" { ${status}; policies { request-headers { set { B "2" } } } } }`;
  const { set, remove } = configOf(text).config.routes[0]!.policies.requestHeaders;
  assert.deepEqual([set, remove], [{ A: '1', B: '2' }, ['X']]);
});

test('a block at the top level that stands twice is read together', () => {
  const { config } = configOf('limits { max-connections 5 }\nlimits { max-body-size "1KiB" }');
  assert.deepEqual([config.limits.maxConnections, config.limits.maxBodyBytes], [5, 1024]);
});

test('properties on the line of a block are keys', () => {
  const text = `upstreams { upstream "u" load-balancing="random" { target "a:1" weight=3; target "b:1" { weight 4 } } }
routes { route "r" { upstream "u" } }`;
  const [upstream] = configOf(text).config.upstreams;
  assert.equal(upstream?.loadBalancing, 'random');
  assert.deepEqual(upstream?.target, [
    { address: 'a:1', weight: 3 },
    { address: 'b:1', weight: 4 },
  ]);
});

test('priorities have names', () => {
  const text = `routes { route "a" { ${status}; priority "low" }; route "b" { ${status}; priority 7; matches { path "/" } }; route "c" { ${status}; priority "critical"; matches { path "/c" } } }`;
  assert.deepEqual(
    configOf(text).config.routes.map(({ priority }) => priority),
    [10, 7, 1000],
  );
});

test('what is read is frozen, all the way down', () => {
  const { config } = configOf(`routes { route "a" { ${status}; matches { path "/" } } }`);
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  assert(frozen(config));
  assert.throws(() => Object.assign(config.routes[0]!.matches.path, { 0: '/x' }), TypeError);
});

test('`schema-version`: this one is read, a newer one refused with a sentence', () => {
  configOf('schema-version "1"');
  expectProblems(`${listener}schema-version "2"`, ['2:16 config-schema-version \'"2"\'']);
  expectProblems(`${listener}schema_version 3`, ["2:16 config-schema-version '3'"]);
  expectProblems(`${listener}schema-version "one"`, ['2:16 config-bad-value \'"one"\'']);
});
