// TLS towards upstreams: what each key does, what is believed and what is not, and what the access line says of it.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { TlsUpstream } from '../../fixtures/tls-upstream.ts';
import { Authority } from '../../support/certificates.ts';
import { effect } from '../../support/effect.ts';
import { type RunningProxy, startProxy, statusOf, until } from '../../support/proxy.ts';

const authority = new Authority();
const server = authority.issue({ names: ['localhost', 'backend.internal', '127.0.0.1'] });
const own = authority.issue({ names: ['proxy'], common: 'Proxy One', usage: 'client' });
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const last = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const files = { 'ca.pem': authority.cert, 'own.pem': own.cert + authority.cert, 'own.key': own.key };

const start = (target: string, tls: string, more = '', route = ''): Promise<RunningProxy> =>
  startProxy(
    `listeners { listener "l" { address "127.0.0.1:0" } }
routes { route "r" { upstream "u"; ${route} } }
upstreams { upstream "u" { ${target}; ${tls}; ${more} } }`,
    files,
  );
const at = (upstream: TlsUpstream, host = '127.0.0.1') => `target "${host}:${upstream.port}"`;
const trusting = 'tls { ca-cert "ca.pem" }';

effect(['upstreams.upstream.tls.ca-cert', 'upstreams.upstream.tls.verify'], async () => {
  await using upstream = await TlsUpstream.start({ cert: server.cert, key: server.key });
  await using believing = await start(at(upstream), trusting);
  assert.equal(statusOf(await believing.request(last)), 200);
  await using strict = await start(at(upstream), 'tls { }');
  assert.equal(statusOf(await strict.request(last)), 502);
  const [line] = await strict.lines(1);
  assert.deepEqual(
    [line?.refusal, line?.error],
    ['upstream-connect-failed', 'TLS: its certificate is signed by nobody that is trusted here'],
  );
  await using careless = await start(at(upstream), 'tls { verify #false }');
  assert.equal(statusOf(await careless.request(last)), 200);
});

effect('upstreams.upstream.tls.sni', async () => {
  await using upstream = await TlsUpstream.start({ cert: server.cert, key: server.key });
  await using named = await start(at(upstream), 'tls { ca-cert "ca.pem"; sni "backend.internal" }');
  assert.equal(statusOf(await named.request(last)), 200);
  await using wrong = await start(at(upstream), 'tls { ca-cert "ca.pem"; sni "other.internal" }');
  assert.equal(statusOf(await wrong.request(last)), 502);
  assert.match((await wrong.lines(1))[0]?.error ?? '', /^TLS: its certificate does not hold the name/);
  await using byName = await start(at(upstream, 'localhost'), trusting);
  assert.equal(statusOf(await byName.request(last)), 200);
  assert.deepEqual(
    upstream.seen.map(({ servername }) => servername),
    ['backend.internal', 'localhost'],
  );
});

effect(['upstreams.upstream.tls.client-cert', 'upstreams.upstream.tls.client-key'], async () => {
  await using upstream = await TlsUpstream.start({
    cert: server.cert,
    key: server.key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  await using shown = await start(
    at(upstream),
    'tls { ca-cert "ca.pem"; client-cert "own.pem"; client-key "own.key" }',
  );
  assert.equal(statusOf(await shown.request(last)), 200);
  assert.equal(upstream.seen[0]?.client, 'CN=Proxy One');
  await using nobody = await start(at(upstream), trusting);
  assert.equal(statusOf(await nobody.request(last)), 502);
});

effect('upstreams.upstream.tls.min-version', async () => {
  await using old = await TlsUpstream.start({ cert: server.cert, key: server.key, maxVersion: 'TLSv1.2' });
  await using usual = await start(at(old), trusting);
  assert.equal(statusOf(await usual.request(last)), 200);
  await using newest = await start(at(old), 'tls { ca-cert "ca.pem"; min-version "1.3" }');
  assert.equal(statusOf(await newest.request(last)), 502);
});

test('connections are kept, and a further one resumes the session', async () => {
  await using upstream = await TlsUpstream.start({ cert: server.cert, key: server.key });
  await using proxy = await start(at(upstream), trusting);
  for (const lines of ['', '', 'X-Close: 1\r\n', ''])
    await proxy.request(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n`);
  assert.deepEqual(
    upstream.seen.map(({ isResumed }) => isResumed),
    [false, true],
  );
  assert.deepEqual(
    (await proxy.lines(4)).map(({ reused }) => reused),
    [false, true, true, false],
  );
});

test('probes and retries speak TLS, too, and a bad certificate is a target that cannot be reached', async () => {
  const expired = authority.issue({ names: ['127.0.0.1'], days: -2 });
  await using bad = await TlsUpstream.start({ cert: expired.cert, key: expired.key });
  await using good = await TlsUpstream.start({ cert: server.cert, key: server.key });
  await using proxy = await start(
    `${at(bad)}; ${at(good)}`,
    trusting,
    'health-check { type "http"; path "/"; interval-secs "100ms"; timeout-secs "90ms"; unhealthy-threshold 1 }',
  );
  await until(
    () => proxy.stderr().includes('target-unhealthy'),
    () => proxy.stderr(),
  );
  assert.match(proxy.stderr(), /TLS: its certificate has expired/);
  for (let n = 0; n < 6; n += 1) assert.equal(statusOf(await proxy.request(last)), 200);
  assert.equal(bad.seen.length, 0);
});

test('certificates of ours are taken anew when their files change; a bad file leaves the last good one', async () => {
  const next = authority.issue({ names: ['proxy'], common: 'Proxy Two', usage: 'client' });
  await using upstream = await TlsUpstream.start({
    cert: server.cert,
    key: server.key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  await using proxy = await start(
    at(upstream),
    'tls { ca-cert "ca.pem"; client-cert "own.pem"; client-key "own.key" }',
    'connection-pool { max-idle 0 }',
  );
  await writeFile(join(proxy.folder, 'own.pem'), 'junk');
  await until(
    () => proxy.stderr().includes('tls-certificate-refused'),
    () => proxy.stderr(),
  );
  assert.equal(statusOf(await proxy.request(last)), 200);
  await writeFile(join(proxy.folder, 'own.key'), next.key);
  await writeFile(join(proxy.folder, 'own.pem'), next.cert + authority.cert);
  await until(
    async () => statusOf(await proxy.request(last)) === 200 && upstream.seen.at(-1)?.client === 'CN=Proxy Two',
    () => proxy.stderr(),
  );
});

test('a target that stalls, resets or speaks plain in the handshake costs the connect deadline at most', async () => {
  const behaviours: readonly (readonly [string, Parameters<typeof TlsUpstream.startPlain>[0], RegExp])[] = [
    ['stalls', (socket) => socket.resume(), /no connection in time/],
    ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), /TLS: |ECONNRESET/],
    ['ends', (socket) => socket.once('data', () => socket.end()), /closed the connection|TLS: |disconnected/],
    ['speaks plain', (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')), /TLS: /],
  ];
  for (const [what, behave, error] of behaviours) {
    await using upstream = await TlsUpstream.startPlain(behave);
    await using proxy = await start(at(upstream), trusting, 'timeouts { connect-secs "300ms" }');
    assert.equal(statusOf(await proxy.request(last)), 502, what);
    const [line] = await proxy.lines(1);
    assert.match(line?.error ?? '', error, what);
  }
});

test('a reply that comes in one go to a client that reads slowly arrives whole', async () => {
  const body = Buffer.alloc(2_000_000);
  for (let index = 0; index < body.length; index += 4) body.writeUInt32LE(index, index);
  await using upstream = await TlsUpstream.start({ cert: server.cert, key: server.key }, body);
  await using proxy = await start(at(upstream), trusting);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect(proxy.port(), '127.0.0.1', () => socket.write(last));
    socket.on('error', reject);
    socket.on('end', () => resolve(Buffer.concat(pieces)));
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      socket.pause();
      setImmediate(() => socket.resume());
    });
  });
  assert.equal(Buffer.compare(answer.subarray(answer.indexOf('\r\n\r\n') + 4), body), 0);
});

test('many requests on one connection, sent at once, go over kept connections', async () => {
  await using upstream = await TlsUpstream.start({ cert: server.cert, key: server.key });
  await using proxy = await start(at(upstream), trusting);
  const answer = await proxy.request(`${get.repeat(20)}${last}`);
  assert.equal(answer.split('good').length - 1, 21);
});
