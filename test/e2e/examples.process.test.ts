// Every configuration that ships is started, asked, and stopped: the embedded default and each file of config/examples.
// Ports are replaced by ones that the system picks, and upstreams by a server of the test; nothing else is changed.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { authority, exampleFiles } from '../support/example-files.ts';
import { statusOf } from '../support/proxy.ts';
import { askSecurely, lastGet } from '../support/tls-client.ts';
import { startStack } from './up-stack.ts';

const config = join(import.meta.dirname, '..', '..', 'config');
const files = globSync(['default.kdl', 'examples/*.kdl'], { cwd: config });

const pages = Object.fromEntries(
  globSync('examples/*.html', { cwd: config }).map((file) => [
    basename(file),
    readFileSync(join(config, file), 'utf8'),
  ]),
);

const client = authority.issue({ names: ['client'], usage: 'client' });

/** The same inside TLS, with a client's certificate: listener, name asked for, path -> status. */
const secureVisits: Readonly<Record<string, readonly (readonly [string, string, string, number])[]>> = {
  'examples/https.kdl': [
    ['https', 'shop.example', '/', 200],
    ['https', 'site.example', '/', 200],
  ],
  'examples/mtls.kdl': [
    ['internal', 'site.example', '/ledger/7', 200],
    ['internal', 'site.example', '/_status', 200],
    ['internal', 'site.example', '/other', 404],
  ],
};

/** What a first visitor would ask of each: path -> status, and the body where it tells more. A file without a row here fails. */
const visits: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  'examples/agent-chaos.kdl': { '/health': '200 upstream /health', '/': '200 upstream /' },
  'examples/agent-denylist.kdl': { '/': '200 upstream /', '/.env': 403, '/old/dump.sql': 403 },
  'examples/agent-echo.kdl': { '/': '200 upstream /' },
  'examples/agent-grpc.kdl': { '/': 503 }, // nobody is there, and it fails closed; with an agent: test/agents/host-grpc
  'default.kdl': { '/': 200, "/?id=1'%20OR%201=1--": 403 },
  'examples/proxy.kdl': { '/': 200, '/anything?x=1': 200 },
  'examples/https.kdl': { '/a?b': '308 https://127.0.0.1/a?b' },
  'examples/mtls.kdl': {},
  'examples/websocket.kdl': { '/': 200, '/ws': 200 },
  'examples/basic.kdl': {
    '/': '200 upstream /',
    '/_alive': '200 ok',
    '/blog/2019?page=2': '301 /news?page=2',
  },
  'examples/api-gateway.kdl': {
    '/users/7?full': '200 upstream /7?full',
    '//users//7': '200 upstream /7',
    '/orders/1?version=2': '200 upstream /orders/1?version=2',
    '/v1/orders/1': '200 upstream /legacy/orders/1',
    '/uploads/x': 404,
    '/_status': 200,
    '/other': 404,
  },
  'examples/load-balancer.kdl': { '/pages/1': '200 upstream /pages/1', '/cart': '200 upstream /cart' },
  'examples/canary.kdl': { '/': '200 upstream /', '/beta/x': '200 upstream /beta/x' },
  'examples/shadow-traffic.kdl': { '/read': '200 upstream /read' },
  'examples/static.kdl': { '/': '200 home', '/users/7': '200 home', '/none.js': 404, '/.env': 404 },
  'examples/static-site.kdl': {
    '/': '200 home',
    '/users/7': '200 home',
    '/none.js': 404,
    '/assets/none': 404,
    '/.env': 404,
    '/api/x': '200 upstream /api/x',
  },
  'examples/rate-limiting.kdl': {
    '/': '200 upstream /',
    '/inside/x': '200 upstream /inside/x',
    '/api/x': 200,
    '/login': 200,
  },
  'examples/health-checks.kdl': { '/': '200 upstream /', '/orders/7': '200 upstream /orders/7' },
  'examples/api.kdl': { '/api/v1': 200, '/_status': 200, '/elsewhere': 404, "/api/?id=1'%20OR%201=1--": 403 },
  'examples/waf.kdl': { '/': '200 upstream /', "/?id=1'%20OR%201=1--": 403 },
};

for (const file of files) {
  test(`${file} starts, serves, and stops`, async () => {
    const upstream = createServer((request, response) => response.end(`upstream ${request.url}`)).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => upstream.once('listening', resolve));
    try {
      const { port } = upstream.address() as AddressInfo;
      const text = readFileSync(join(config, file), 'utf8');
      const ported = text
        .replaceAll(/127\.0\.0\.1:300\d/g, `127.0.0.1:${port}`)
        .replaceAll(/127\.0\.0\.1:(8080|8443|9090)/g, '127.0.0.1:0')
        .replaceAll(/timeout-ms (?:50|200)\n/g, 'timeout-ms 5000\n') // a busy machine is no broken agent
        .replaceAll('root "/srv"', 'root "."');
      await using stack = await startStack({
        wholeConfig: ported,
        files: { ...pages, ...exampleFiles, 'index.html': 'home' },
        env: { TLS_DIR: '{folder}' },
      });
      const wanted = visits[file];
      assert(wanted !== undefined, `say in this test what a visitor of ${file} gets`);
      for (const [path, status] of Object.entries(wanted)) {
        const response = await fetch(`${await stack.url()}${path}`, { redirect: 'manual' });
        const told = `${response.status} ${response.headers.get('location') ?? (await response.text()).trim()}`;
        if (typeof status === 'string') assert.equal(told, status, path);
        else assert.equal(response.status, status, path);
      }
      for (const [listener, servername, path, status] of secureVisits[file] ?? []) {
        const options = { ca: authority.cert, servername, cert: client.cert, key: client.key };
        const secure = Number(new URL(await stack.url(listener)).port);
        const { answer } = await askSecurely(secure, lastGet(path).replace('localhost', servername), options);
        assert.equal(statusOf(answer), status, path);
      }
      stack.kill('SIGINT');
      assert.equal((await stack.exited).exitCode, 0);
    } finally {
      upstream.closeAllConnections();
      upstream.close();
    }
  });
}
