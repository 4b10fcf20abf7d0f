// What each key of routing does to a running proxy: matchers, redirects, rewrites, error pages, access lines, slashes. One
// test per key, named after it; each would fail if the key were ignored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { bodyOf, headerOf, type RunningProxy, startProxy, statusOf } from '../../support/proxy.ts';

const get = (target: string, more = '', host = 'a.example'): string =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

const config = (routes: string, { listener = '', more = '' } = {}): string =>
  `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { ${routes} }\n${more}`;

const forwarding = (upstream: Upstream, route: string, listener = ''): string =>
  config(`route "site" { upstream "u"; ${route} }`, {
    listener,
    more: `upstreams { upstream "u" { target "${upstream.address}" } }`,
  });

async function routesOf(proxy: RunningProxy, requests: readonly string[]): Promise<Array<string | undefined>> {
  for (const one of requests) await proxy.request(one);
  return (await proxy.lines(requests.length)).map(({ route }) => route);
}

effect('routes.route.matches.host-regex', async () => {
  await using proxy = await startProxy(
    config('route "shops" { matches { host-regex "^shop-[0-9]+[.]example$" }; builtin-handler "health" }'),
  );
  const hosts = ['SHOP-12.example.:80', 'shop-x.example', 'a.shop-1.example'];
  assert.deepEqual(
    await routesOf(
      proxy,
      hosts.map((host) => get('/', '', host)),
    ),
    ['shops', undefined, undefined],
  );
});

effect(
  [
    'routes.route.matches.header',
    'routes.route.matches.header.name',
    'routes.route.matches.header.value',
    'routes.route.matches.header.regex',
  ],
  async () => {
    const routes = [
      'route "there" { matches { header "X-There" }; builtin-handler "health" }',
      'route "equal" { matches { header "X-Equal" "1" "2" }; builtin-handler "health" }',
      'route "like" { matches { header "X-Like" regex="^v[0-9]" }; builtin-handler "health" }',
    ].join('\n');
    await using proxy = await startProxy(config(routes));
    const rows = [
      ['x-there:\r\n', 'there'],
      ['X-Equal: 2\r\n', 'equal'],
      ['X-Equal: 0\r\nx-equal: 1\r\n', 'equal'],
      ['X-Equal: 3\r\n', undefined],
      ['X-Like: v2\r\n', 'like'],
      ['X-Like: w2\r\n', undefined],
    ] as const;
    const found = await routesOf(
      proxy,
      rows.map(([lines]) => get('/', lines)),
    );
    assert.deepEqual(
      found,
      rows.map(([, route]) => route),
    );
  },
);

effect(
  [
    'routes.route.matches.query-param',
    'routes.route.matches.query-param.name',
    'routes.route.matches.query-param.value',
    'routes.route.matches.query-param.regex',
  ],
  async () => {
    const routes = [
      'route "there" { matches { query-param "debug" }; builtin-handler "health" }',
      'route "equal" { matches { query-param "v" "a b" }; builtin-handler "health" }',
      'route "like" { matches { query-param "id" regex="^[0-9]+$" }; builtin-handler "health" }',
    ].join('\n');
    await using proxy = await startProxy(config(routes));
    const rows = [
      ['/?x=1&debug', 'there'],
      ['/?%76=a+b', 'equal'],
      ['/?v=a%20c', undefined],
      ['/?id=x&id=42', 'like'],
      ['/debug', undefined],
    ] as const;
    const found = await routesOf(
      proxy,
      rows.map(([target]) => get(target)),
    );
    assert.deepEqual(
      found,
      rows.map(([, route]) => route),
    );
  },
);

effect('routes.route.matches.source', async () => {
  const route = (name: string, source: string) =>
    `route "${name}" { matches { source ${source} }; builtin-handler "health" }\n`;
  await using proxy = await startProxy(
    `listeners { listener "http" { address "127.0.0.1:0" "[::1]:0" } }\nroutes { ${route('four', '"127.0.0.0/8"')}${route('other', '"10.0.0.0/8" "2001:db8::/32"')} }`,
  );
  assert.equal(statusOf(await proxy.request(get('/', 'X-Forwarded-For: 10.0.0.1\r\n'))), 200);
  assert.deepEqual(
    (await proxy.lines(1)).map(({ route }) => route),
    ['four'],
  );
  await using none = await startProxy(config(route('other', '"10.0.0.0/8" "::1"')));
  assert.equal(statusOf(await none.request(get('/', 'X-Forwarded-For: 10.0.0.1\r\n'))), 404, 'nobody is what they say');
});

effect(['routes.route.redirect.to', 'routes.route.redirect.status'], async () => {
  await using proxy = await startProxy(
    config(
      'route "old" { matches { path-prefix "/old" }; redirect { to "https://{host}{path}{query}"; status 308 } }\nroute "rest" { redirect { to "/new" } }',
    ),
  );
  const first = await proxy.request(get('/old/%61?b', '', 'A.example:8080'));
  assert.deepEqual([statusOf(first), headerOf(first, 'Location')], [308, 'https://a.example/old/a?b']);
  const second = await proxy.request(get('/x?b'));
  assert.deepEqual([statusOf(second), headerOf(second, 'Location')], [302, '/new']);
  assert.deepEqual(
    (await proxy.lines(2)).map(({ status }) => status),
    [308, 302],
  );
});

effect(
  [
    'routes.route.rewrite.strip-prefix',
    'routes.route.rewrite.path-regex',
    'routes.route.rewrite.to',
    'routes.route.rewrite.add-prefix',
    'routes.route.rewrite.host',
  ],
  async () => {
    await using upstream = await Upstream.start();
    const seen = async (rules: string, target: string) => {
      await using proxy = await startProxy(forwarding(upstream, `rewrite { ${rules} }`));
      await proxy.request(get(target));
      const head = requestsIn(upstream.bytes).at(-1)?.head ?? '';
      return `${head.split(' ')[1]} of ${headerOf(head, 'Host')} for ${headerOf(head, 'X-Forwarded-Host')}`;
    };
    assert.equal(await seen('strip-prefix "/api"', '/api/x?q'), '/x?q of a.example for a.example');
    assert.equal(
      await seen('path-regex "^/old/(.*)$"; to "/new/$1"', '/old/x?q'),
      '/new/x?q of a.example for a.example',
    );
    assert.equal(await seen('add-prefix "/v2"', '/x?q'), '/v2/x?q of a.example for a.example');
    assert.equal(await seen('host "backend.internal:81"', '/a/../x'), '/a/../x of backend.internal:81 for a.example');
  },
);

effect('routes.route.error-pages', async () => {
  const routes =
    'route "a" { matches { path-prefix "/a" }; upstream "dead"; error-pages { "502" "{folder}/502.html"; "4xx" "{folder}/4xx.html" }; policies { max-body-size 1 } }\nroute "b" { matches { path "/b" }; builtin-handler "not-found" }';
  await using upstream = await Upstream.start(() => 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nmine');
  const { address } = upstream;
  const more = `upstreams { upstream "dead" { target "127.0.0.1:1" }; upstream "u" { target "${address}" } }`;
  const asIs = 'route "c" { matches { path "/c" }; upstream "u"; error-pages { "4xx" "{folder}/4xx.html" } }';
  await using proxy = await startProxy(config(`${routes}\n${asIs}`, { more }), {
    '502.html': '<h1>{status}</h1>{request_id}',
    '4xx.html': 'ours {status}',
  });
  const html = 'Accept: text/html\r\n';
  const page = await proxy.request(get('/a', html));
  const [line] = await proxy.lines(1);
  assert.equal(bodyOf(page), `<h1>502</h1>${line?.request_id}`);
  assert.equal(headerOf(page, 'Content-Type'), 'text/html; charset=utf-8');
  assert.equal(JSON.parse(bodyOf(await proxy.request(get('/a', 'Accept: application/json\r\n')))).status, 502);
  assert.match(bodyOf(await proxy.request(get('/a'))), /^502 Bad Gateway\n/);
  assert.equal(bodyOf(await proxy.request(get('/a', `${html}Content-Length: 5\r\n`))), 'ours 413');
  assert.match(bodyOf(await proxy.request(get('/b', html))), /^<!doctype html>/);
  assert.equal(bodyOf(await proxy.request(get('/c', html))), 'mine', "the upstream's replies stay as they are");
});

effect('routes.route.access-log', async () => {
  const routes = ['all', 'errors', 'off'].flatMap((which) => [
    `route "${which}" { matches { path "/${which}" }; builtin-handler "health"; access-log "${which}" }`,
    `route "${which}-wrong" { matches { path "/${which}-wrong" }; builtin-handler "not-found"; access-log "${which}" }`,
  ]);
  await using proxy = await startProxy(config(routes.join('\n'), { more: 'admin { address "127.0.0.1:0" }' }));
  const names = ['all', 'errors', 'off', 'all-wrong', 'errors-wrong', 'off-wrong', 'nowhere'];
  for (const name of names) await proxy.request(get(`/${name}`));
  assert.deepEqual(
    (await proxy.lines(4)).map(({ path }) => path),
    ['/all', '/all-wrong', '/errors-wrong', '/nowhere'],
  );
  const metrics = await (await fetch(`http://127.0.0.1:${proxy.port(1)}/metrics`)).text();
  const figures = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].map(([, figure]) => Number(figure));
  const sum = (list: number[]) => list.reduce((total, one) => total + one, 0);
  const suppressed = sum(figures('sentinel_access_lines_suppressed_total'));
  assert.equal(suppressed, 3);
  assert.equal(
    sum(figures('sentinel_requests_total')),
    proxy.rawLines.length + suppressed,
    'each has a line or is counted',
  );
  assert.match(metrics, /^sentinel_access_lines_suppressed_total\{route="off"\} 1$/m);
});

effect('listeners.listener.merge-slashes', async () => {
  await using upstream = await Upstream.start();
  const route = 'matches { path "/a/b" "/" "/b" }';
  const targets = ['//a///b?x=//y', '/a/b', '/a//../b', '////', '/a/%2F/b', '//a/b/..//b'];
  const seen = async (listener: string) => {
    const before = requestsIn(upstream.bytes).length;
    await using proxy = await startProxy(forwarding(upstream, route, listener));
    const statuses: number[] = [];
    for (const target of targets) statuses.push(statusOf(await proxy.request(get(target))));
    const forwarded = requestsIn(upstream.bytes).slice(before);
    return [statuses, forwarded.map(({ head }) => head.split(' ')[1])];
  };
  assert.deepEqual(await seen(''), [
    [404, 200, 200, 404, 404, 404],
    ['/a/b', '/a//../b'],
  ]);
  assert.deepEqual(await seen('merge-slashes #true'), [
    [200, 200, 200, 200, 404, 200],
    ['/a/b?x=//y', '/a/b', '/b', '/', '/a/b'],
  ]);
});

test('no spelling of a path gets past a route that guards a prefix', async () => {
  await using upstream = await Upstream.start();
  const routes =
    'route "guard" { priority "high"; matches { path-prefix "/admin" }; builtin-handler "not-found" }\nroute "site" { upstream "u" }';
  const more = `upstreams { upstream "u" { target "${upstream.address}" } }`;
  await using proxy = await startProxy(config(routes, { listener: 'merge-slashes #true', more }));
  const spellings = [
    '/admin',
    '/admin/',
    '//admin',
    '/x/../admin',
    '/%61dmin',
    '/x/%2e%2E/admin',
    '/./admin',
    '/x//..//..//admin',
    '/admin/../admin',
    '/admin;x/../admin',
    '///%2e/admin/x',
  ];
  for (const target of spellings) {
    const answer = await proxy.request(get(target));
    assert([400, 404].includes(statusOf(answer)), `${target}: ${answer.slice(0, 40)}`);
  }
  assert.equal(upstream.bytes, '');
});
