// Who sent a request, as the upstream, an agent, and the access line are told. A client that nobody trusts changes none of
// it, by any spelling; a trusted proxy is believed, for each request on its connection anew.

import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RequestHeadersEvent } from '#protocol/message';
import { RequestHeadOf } from '../../../proxy/agents/events.ts';
import { HeaderChanges } from '../../../proxy/agents/merge.ts';
import { Exchange } from '../../../proxy/exchange.ts';
import { claims } from '../../../proxy/http1/header-names.ts';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { headerOf, RawClient, statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (lines: string, path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n`;

/** What everybody was told about the one request. */
interface Told {
  readonly lines: string;
  readonly head: string;
  readonly asked: RequestHeadersEvent | undefined;
  readonly logged: string;
}

/** A worker whose only route asks an agent and then forwards. */
class Witnesses implements AsyncDisposable {
  readonly worker: TestWorker;
  readonly #upstream: Upstream;
  readonly #asked: RequestHeadersEvent[] = [];
  #count = 0;

  private constructor(worker: TestWorker, upstream: Upstream) {
    this.worker = worker;
    this.#upstream = upstream;
    const { routeTable } = worker.worker;
    const match = routeTable.match.bind(routeTable);
    routeTable.match = (request) => {
      if (request instanceof Exchange) this.#asked.push(new RequestHeadOf(request, HeaderChanges.none));
      return match(request);
    };
  }

  static async start(listener: string): Promise<Witnesses> {
    const upstream = await Upstream.start();
    return new Witnesses(await TestWorker.forwarding(upstream, { listener }), upstream);
  }

  async tell(lines: string): Promise<Told> {
    const [told] = await this.tellEach([lines]);
    assert(told !== undefined);
    return told;
  }

  /** One request for each, on one connection. */
  async tellEach(each: readonly string[]): Promise<Told[]> {
    const first = this.#count;
    this.#count += each.length;
    await this.worker.request(each.map((lines, index) => get(lines, `/${first + index}`)).join(''));
    const logged = await this.worker.lines(this.#count);
    const seen = requestsIn(this.#upstream.bytes);
    return each.map((lines, index) => {
      const path = `/${first + index}`;
      const head = seen.find((one) => one.head.startsWith(`GET ${path} `))?.head ?? '';
      const asked = this.#asked.find(({ uri }) => uri === path);
      return { lines, head, asked, logged: JSON.stringify(logged[first + index]) };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker[Symbol.asyncDispose]();
    await this.#upstream[Symbol.asyncDispose]();
  }
}

const evil = '198.51.100.66';
const names = [
  'X-Forwarded-For',
  'X-Real-IP',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'Forwarded',
  'X-Request-Id',
  ...claims,
];

/** Every way to write a header that we have seen somebody read. */
const spellings = (name: string, value: string): readonly string[] => [
  `${name}: ${value}\r\n`,
  `${name.toUpperCase()}: ${value}\r\n`,
  `${name.toLowerCase()}:${value}\r\n`,
  `${name.replaceAll('-', '_')}: ${value}\r\n`,
  `${name.replace('-', '_')}: ${value}\r\n`,
  `${name}: ${value}\r\n${name}: ${value}\r\n`,
  `${name}: \t ${value}\t\r\n`,
  `Connection: ${name}\r\n${name}: ${value}\r\n`,
  `Connection: keep-alive, x-forwarded-for, x-real-ip, forwarded, via\r\n${name}: ${value}\r\n`,
];

const claimBy = (name: string): string => (name === 'Forwarded' ? `for=${evil};proto=https;host=${evil}` : evil);

test('a client that is not trusted is who it is, whatever it says', async () => {
  for (const listener of ['', 'trusted-proxies "192.0.2.0/24" "unix"']) {
    await using witnesses = await Witnesses.start(listener);
    const tricks = names.flatMap((name) => spellings(name, claimBy(name)));
    for (const { lines, head, asked, logged } of await witnesses.tellEach(tricks)) {
      assert.doesNotMatch(head, new RegExp(evil), lines);
      assert.equal(headerOf(head, 'X-Forwarded-For'), '127.0.0.1', lines);
      assert.equal(headerOf(head, 'X-Real-IP'), '127.0.0.1', lines);
      assert.equal(headerOf(head, 'X-Forwarded-Proto'), 'http', lines);
      assert.equal(headerOf(head, 'X-Forwarded-Host'), 'a.example', lines);
      assert.equal(headerOf(head, 'X-Forwarded-Port'), String(witnesses.worker.port), lines);
      assert.equal(head.match(/^x.forwarded.for:/gim)?.length, 1, lines);
      assert.equal(asked?.metadata.clientIp, '127.0.0.1', lines);
      assert.match(asked?.metadata.requestId ?? '', /^[\da-f]{32}$/, lines);
      assert.doesNotMatch(logged, new RegExp(evil), lines);
    }
  }
});

test('a trusted proxy is believed, by the upstream, the agent and the log', async () => {
  await using witnesses = await Witnesses.start('trusted-proxies "127.0.0.1" "10.0.0.0/8"');
  const { head, asked, logged } = await witnesses.tell(
    'X-Forwarded-For: made.up, 203.0.113.9:4711, 10.0.0.2\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Request-Id: edge-0001\r\nX-Forwarded-Prefix: /shop\r\n',
  );
  assert.deepEqual(
    ['For', 'Proto', 'Host', 'Port', 'Prefix'].map((what) => headerOf(head, `X-Forwarded-${what}`)),
    ['203.0.113.9, 10.0.0.2, 127.0.0.1', 'https', 'shop.example', '443', '/shop'],
  );
  assert.deepEqual(
    [headerOf(head, 'X-Real-IP'), headerOf(head, 'X-Request-Id'), headerOf(head, 'Host')],
    ['203.0.113.9', 'edge-0001', 'a.example'],
  );
  assert.deepEqual(
    [asked?.metadata.clientIp, asked?.metadata.clientPort, asked?.metadata.requestId],
    ['203.0.113.9', 4711, 'edge-0001'],
  );
  assert.match(logged, /"request_id":"edge-0001","client_ip":"203\.0\.113\.9"/);
  assert.doesNotMatch(head, /made\.up/);
});

test('through a trusted proxy an underscore brings nothing', async () => {
  await using witnesses = await Witnesses.start('trusted-proxies "127.0.0.1"');
  const underscored = names
    .filter((name) => name.includes('-'))
    .map((name) => `${name.replaceAll('-', '_')}: ${claimBy(name)}`);
  for (const { lines, head, asked } of await witnesses.tellEach(
    underscored.map((line) => `X-Forwarded-For: 203.0.113.9\r\n${line}\r\n`),
  )) {
    assert.doesNotMatch(head, new RegExp(evil), lines);
    assert.equal(asked?.metadata.clientIp, '203.0.113.9', lines);
  }
});

test('each request on a connection has its own sender', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'trusted-proxies "127.0.0.1"' });
  await worker.request(get('X-Forwarded-For: 203.0.113.1\r\n') + get('') + get('Forwarded: for="[2001:DB8::1]"\r\n'));
  assert.deepEqual(
    (await worker.lines(3)).map(({ client_ip }) => client_ip),
    ['203.0.113.1', '127.0.0.1', '2001:db8::1'],
  );
  assert.deepEqual(
    requestsIn(upstream.bytes).map(({ head }) => headerOf(head, 'X-Forwarded-For')),
    ['203.0.113.1, 127.0.0.1', '127.0.0.1', '2001:db8::1, 127.0.0.1'],
  );
});

test('a sender that is told in two ways is refused, and the next on the connection is not', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'trusted-proxies "127.0.0.1"' });
  const answer = await worker.request(
    get('X-Forwarded-For: 203.0.113.1\r\nForwarded: for=203.0.113.2\r\n') + get('X-Forwarded-For: 203.0.113.1\r\n'),
  );
  assert.equal(statusOf(answer), 400);
  assert.match(answer, /HTTP\/1\.1 200 OK/);
  const [line] = await worker.lines(2);
  assert.deepEqual([line?.refusal, line?.client_ip], ['sender-ambiguous', '127.0.0.1']);
  assert.match(line?.error ?? '', /name different clients/);
  assert.equal(requestsIn(upstream.bytes).length, 1);
});

test('an id that is no plain word, or comes twice, is replaced', async () => {
  await using witnesses = await Witnesses.start('trusted-proxies "127.0.0.1"');
  for (const lines of [
    'X-Request-Id: short\r\n',
    'X-Request-Id: "><script>\r\n',
    'X-Request-Id: edge-0001\r\nX-Request-Id: edge-0002\r\n',
    'X_Request_Id: edge-0001\r\n',
  ]) {
    const { head, asked } = await witnesses.tell(lines);
    assert.match(headerOf(head, 'X-Request-Id') ?? '', /^[\da-f]{32}$/, lines);
    assert.equal(asked?.metadata.requestId, headerOf(head, 'X-Request-Id'));
  }
});

test('the port goes with what is said of scheme and host', async () => {
  await using witnesses = await Witnesses.start('trusted-proxies "127.0.0.1"');
  const own = String(witnesses.worker.port);
  const ports: ReadonlyArray<readonly [lines: string, port: string]> = [
    ['X-Forwarded-For: 203.0.113.9\r\n', own],
    ['X-Forwarded-Proto: https\r\n', '443'],
    ['X-Forwarded-Proto: http\r\n', '80'],
    ['X-Forwarded-Proto: https\r\nX-Forwarded-Port: 8443\r\n', '8443'],
    ['X-Forwarded-Proto: https\r\nX-Forwarded-Host: b:9443\r\n', '9443'],
    ['Forwarded: for=203.0.113.9;proto=https;host="b:9443"\r\n', '9443'],
    ['X-Forwarded-Host: b\r\n', '80'],
    ['X-Forwarded-Proto: gopher\r\n', own],
  ];
  const told = await witnesses.tellEach(ports.map(([lines]) => lines));
  for (const [index, [lines, port]] of ports.entries())
    assert.equal(headerOf(told[index]?.head ?? '', 'X-Forwarded-Port'), port, lines);
});

test('a head that cannot be read is told with the address of the peer', async () => {
  await using witnesses = await Witnesses.start('trusted-proxies "127.0.0.1"');
  const { logged } = await witnesses.tell('X-Forwarded-For: 203.0.113.9\r\nbad name: 1\r\n');
  assert.match(logged, /"client_ip":"127\.0\.0\.1".*"status":400/);
});

test('a trusted peer on a Unix socket has no address to add, and no port to tell', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'identify-'));
  await using upstream = await Upstream.start();
  const path = join(folder.path, 's');
  await using worker = await TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0" "unix:${path}"; trusted-proxies "unix" } }\nroutes { route "site" { upstream "u"; policies { forwarded true } } }\nupstreams { upstream "u" { target "${upstream.address}" } }`,
  );
  await using client = await RawClient.open(path);
  client.send(get('X-Forwarded-For: 203.0.113.9\r\n') + get(''));
  await client.sees(/(200 OK[\s\S]*){2}/);
  assert.deepEqual(
    requestsIn(upstream.bytes).map(({ head }) =>
      ['X-Forwarded-For', 'X-Forwarded-Port', 'Forwarded'].map((name) => headerOf(head, name)),
    ),
    [
      ['203.0.113.9', undefined, 'for=203.0.113.9;proto=http;host="a.example"'],
      ['unix', undefined, 'for=_unix;proto=http;host="a.example"'],
    ],
  );
  assert.equal(statusOf(await worker.request(get('X-Forwarded-For: 203.0.113.9\r\n'))), 200);
  assert.deepEqual(
    (await worker.lines(3)).map(({ client_ip }) => client_ip),
    ['203.0.113.9', 'unix', '127.0.0.1'],
  );
});
