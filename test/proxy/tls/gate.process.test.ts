// TLS in front of the same trunk: what holds in plain holds inside it, byte for byte, and whatever clients do to
// handshakes stays their own affair.

import assert from 'node:assert/strict';
import { readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { answerHeads, requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { Authority } from '../../support/certificates.ts';
import { headerOf, RawClient, type RunningProxy, startProxy, statusOf, until } from '../../support/proxy.ts';
import { askSecurely, lastGet } from '../../support/tls-client.ts';

const authority = new Authority();
const ca = authority.cert;
const main = authority.issue();
const client = authority.issue({ names: ['one'], common: 'Client One', usage: 'client' });
const files = { 'main.pem': main.cert + ca, 'main.key': main.key, 'ca.pem': ca };
const pair = 'cert-file "main.pem"; key-file "main.key"';

/** With sockets without streams, and with those of `node:tls`. */
const ways = ['', 'system { fast-sockets #false }'];

const start = (upstream: Upstream | undefined, tls = '', listener = '', system = ''): Promise<RunningProxy> =>
  startProxy(
    `${system}
listeners { listener "web" { address "127.0.0.1:0"; protocol "https"; tls { ${pair}; ${tls} }
${listener} } }
admin { address "127.0.0.1:0" }
routes { route "r" { ${upstream === undefined ? 'builtin-handler "echo"' : 'upstream "u"'} } }
${upstream === undefined ? '' : `upstreams { upstream "u" { target "${upstream.address}" } }`}`,
    files,
  );

const metricsOf = async (proxy: RunningProxy) => (await fetch(`http://127.0.0.1:${proxy.port(1)}/metrics`)).text();

test('upstreams are told that it was https, and who the client is by its certificate; never by its own word', async () => {
  await using upstream = await Upstream.start();
  const lie = 'X-Client-Cert-Subject: CN=root\r\nClient_Cert: :AAAA:\r\nX-SSL-Client-Verify: SUCCESS\r\n';
  await using proxy = await start(upstream, 'client-auth "optional"; ca-file "ca.pem"', 'trusted-proxies "127.0.0.1"');
  await askSecurely(proxy.port(), lastGet('/', lie), { ca, cert: client.cert, key: client.key });
  await askSecurely(proxy.port(), lastGet('/', lie), { ca });
  await using plain = await start(upstream);
  await askSecurely(plain.port(), lastGet('/', lie), { ca });
  const heads = requestsIn(upstream.bytes).map(({ head }) => head);
  assert.deepEqual(
    heads.map((head) => [headerOf(head, 'X-Forwarded-Proto'), headerOf(head, 'X-Client-Cert-Subject')]),
    [
      ['https', 'CN=Client One'],
      ['https', undefined],
      ['https', undefined],
    ],
  );
  assert.match(headerOf(heads[0] ?? '', 'Client-Cert') ?? '', /^:[A-Za-z0-9+/]{100,}=*:$/);
  assert.equal(headerOf(heads[1] ?? '', 'X-Client-Cert-Verified'), 'NONE');
  for (const head of heads) assert.doesNotMatch(head, /Client_Cert|X-SSL-Client|CN=root/i);
});

for (const system of ways)
  test(`large bodies go both ways whole, to a client that reads slowly ${system}`, async () => {
    const reply = Buffer.alloc(3_000_000);
    for (let at = 0; at < reply.length; at += 4) reply.writeUInt32LE(at, at);
    await using upstream = await Upstream.start(
      answerHeads(`HTTP/1.1 200 OK\r\nContent-Length: ${reply.length}\r\n\r\n${reply.toString('latin1')}`),
    );
    await using proxy = await start(upstream, '', '', system);
    const pieces: Buffer[] = [];
    const socket = connect({ port: proxy.port(), host: '127.0.0.1', servername: 'localhost', ca });
    socket.write(`${lastGet('/large')}`);
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('end', resolve);
      socket.on('data', (piece: Buffer) => {
        pieces.push(piece);
        socket.pause();
        setImmediate(() => socket.resume());
      });
    });
    const whole = Buffer.concat(pieces);
    const body = whole.subarray(whole.indexOf('\r\n\r\n') + 4);
    assert.equal(Buffer.compare(body, reply), 0);
  });

for (const system of ways)
  test(`many requests on one connection, sent at once, are answered in order ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    const requests = Array.from({ length: 50 }, (_, n) => `GET /${n} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const { answer } = await askSecurely(proxy.port(), requests.join('') + lastGet('/last'), { ca });
    const paths = [...answer.matchAll(/"path":"\/([^"]*)"/g)].map(([, path]) => path);
    assert.deepEqual(paths, [...requests.keys(), 'last'].map(String));
  });

test('a PROXY header comes before the handshake', async () => {
  await using upstream = await Upstream.start();
  await using proxy = await start(upstream, '', 'trusted-proxies "127.0.0.1"; proxy-protocol "require"');
  for (const isTorn of [false, true]) {
    const raw = connectPlain(proxy.port(), '127.0.0.1');
    raw.write('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n');
    if (isTorn) await until(() => raw.bytesWritten > 0 && !raw.connecting, String);
    const socket = connect({ socket: raw, servername: 'localhost', ca });
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
    });
    socket.write(lastGet());
    await new Promise((resolve) => socket.on('close', resolve));
    assert.equal(statusOf(answer), 200);
  }
  const [line] = await proxy.lines(2);
  assert.equal(line?.client_ip, '203.0.113.9');
});

for (const system of ways)
  test(`a client that speaks nothing but HTTP/2 is told so in the handshake ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    const only = await askSecurely(proxy.port(), lastGet(), { ca, ALPNProtocols: ['h2'] });
    assert.deepEqual([only.answer, only.error], ['', 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL']);
    const either = await askSecurely(proxy.port(), lastGet(), { ca, ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(statusOf(either.answer), 200);
  });

for (const system of ways)
  test(`certificates that change are used from the next handshake on; a bad one is told and the last good one stays ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    const second = authority.issue({ names: ['localhost', 'second.example'] });
    const names = async () => (await askSecurely(proxy.port(), lastGet(), { ca })).names;
    assert.equal(await names(), 'DNS:localhost');
    await writeFile(join(proxy.folder, 'main.pem'), 'junk');
    await until(
      () => proxy.stderr().includes('tls-certificate-refused'),
      () => proxy.stderr(),
    );
    assert.equal(await names(), 'DNS:localhost');
    // As careful programs do it: new files beside the old ones, then renamed over them; here through a link, too.
    await writeFile(join(proxy.folder, 'next.key'), second.key);
    await writeFile(join(proxy.folder, 'next.pem'), second.cert + ca);
    await rename(join(proxy.folder, 'next.key'), join(proxy.folder, 'main.key'));
    await symlink('next.pem', join(proxy.folder, 'link'));
    await rename(join(proxy.folder, 'link'), join(proxy.folder, 'main.pem'));
    await until(
      async () => (await names()) === 'DNS:localhost, DNS:second.example',
      () => proxy.stderr(),
    );
    assert.match(proxy.stderr(), /tls-certificate-renewed/);
    assert.match(await metricsOf(proxy), /sentinel_tls_renewals_failed_total\{listener="web"\} [1-9]/);
  });

for (const system of ways)
  test(`handshakes, failures and dates of certificates are counted ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    await askSecurely(proxy.port(), lastGet(), { ca });
    await askSecurely(proxy.port(), lastGet(), { ca, maxVersion: 'TLSv1.2' });
    await askSecurely(proxy.port(), lastGet(), { ca: [] });
    await proxy.request('no handshake at all\r\n\r\n');
    await until(
      async () => /failures_total\{listener="web",reason="handshake"\} [1-9]/.test(await metricsOf(proxy)),
      () => proxy.stderr(),
    );
    const metrics = await metricsOf(proxy);
    assert.match(metrics, /sentinel_tls_handshake_seconds_count\{listener="web",version="TLSv1.3"\} [12]/);
    assert.match(metrics, /sentinel_tls_handshake_seconds_count\{listener="web",version="TLSv1.2"\} 1/);
    const expiry = Number(/expiry_timestamp_seconds\{listener="web",name=""\} (\d+)/.exec(metrics)?.[1]);
    assert(Math.abs(expiry - (Date.now() / 1000 + 90 * 86_400)) < 86_400);
    await until(
      async () => /sentinel_open_connections\{listener="web"\} 0/.test(await metricsOf(proxy)),
      () => 'connections stay open',
    );
  });

for (const system of ways)
  test(`clients that leave in the middle of a handshake leave nothing behind ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    const descriptors = async () => (await readdir(`/proc/${proxy.pid}/fd`)).length;
    await askSecurely(proxy.port(), lastGet(), { ca });
    const before = await descriptors();
    for (const bytes of ['', '\x16\x03\x01', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '\x00'.repeat(100)]) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const raw = await RawClient.open(proxy.port());
          raw.send(bytes);
          raw.socket.resetAndDestroy();
        }),
      );
    }
    await until(
      async () => (await descriptors()) <= before,
      () => 'descriptors stay open',
    );
    assert.equal(statusOf((await askSecurely(proxy.port(), lastGet(), { ca })).answer), 200);
    assert.doesNotMatch(proxy.stderr(), /internal-error/);
  });

for (const system of ways)
  test(`a worker that stops finishes what is inside TLS, and says that it is the last ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    const socket = connect({ port: proxy.port(), host: '127.0.0.1', servername: 'localhost', ca });
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
    });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(
      () => answer.includes('/1'),
      () => answer,
    );
    proxy.signal('SIGTERM');
    await until(
      () => proxy.stderr().includes('worker-draining'),
      () => proxy.stderr(),
    );
    socket.write('GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closed;
    assert.match(answer, /Connection: close[\s\S]*"path":"\/2"/);
    assert.deepEqual(await proxy.ended, { code: 0, signal: undefined });
  });

for (const system of ways)
  test(`names, staples, versions, tickets and those who wait too long ${system}`, async () => {
    const shop = authority.issue({ names: ['shop.example'] });
    const staple = Buffer.from([0x30, 0x03, 0x0a, 0x01, 0x00]);
    await using proxy = await startProxy(
      `${system}
listeners { listener "web" { address "127.0.0.1:0"; protocol "https"; timeouts { tls-handshake-secs "300ms" }
tls { ${pair}; ocsp-file "staple.der"; sni "shop.example" { cert-file "shop.pem"; key-file "shop.key" } } } }
admin { address "127.0.0.1:0" }
routes { route "r" { builtin-handler "echo" } }`,
      { ...files, 'shop.pem': shop.cert + ca, 'shop.key': shop.key, 'staple.der': staple.toString('latin1') },
    );
    await using silent = await RawClient.open(proxy.port());
    for (const [servername, names, response] of [
      ['localhost', 'DNS:localhost', staple],
      ['shop.example', 'DNS:shop.example', null],
    ] as const)
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const options = { ca, servername, maxVersion, requestOCSP: true };
        const heard = await askSecurely(proxy.port(), lastGet(), options);
        assert.deepEqual([heard.version, heard.names, statusOf(heard.answer)], [maxVersion, names, 200]);
        assert.deepEqual(heard.response ?? null, response);
        const { session } = heard;
        assert(session !== undefined);
        assert.equal((await askSecurely(proxy.port(), lastGet(), { ...options, session })).isResumed, true);
      }
    await silent.ends();
    await until(
      async () => /failures_total\{listener="web",reason="timeout"\} 1/.test(await metricsOf(proxy)),
      () => proxy.stderr(),
    );
  });

for (const system of ways)
  test(`a reply that is the last ends with a record that says so, not with a torn connection ${system}`, async () => {
    await using proxy = await start(undefined, '', '', system);
    const raw = connectPlain(proxy.port(), '127.0.0.1');
    const records: Buffer[] = [];
    const below = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => void raw.write(bytes, done),
    });
    raw.on('data', (bytes: Buffer) => {
      records.push(bytes);
      below.push(bytes);
    });
    raw.on('end', () => below.push(null));
    const socket = connect({ socket: below, servername: 'localhost', ca, maxVersion: 'TLSv1.2' });
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
    });
    socket.write(lastGet());
    await new Promise((resolve) => raw.on('end', resolve));
    assert.equal(statusOf(answer), 200);
    const kinds = kindsOf(Buffer.concat(records));
    assert.deepEqual(kinds.slice(-2), [applicationData, alert]);
    socket.destroy();
    raw.destroy();
  });

const [applicationData, alert] = [23, 21]; // RFC 5246 section 6.2.1

/** Of the records in a stream, one after the other: kind, version, length in two bytes. */
function kindsOf(stream: Buffer): number[] {
  const kinds: number[] = [];
  for (let at = 0; at + 5 <= stream.length; at += 5 + stream.readUInt16BE(at + 3)) kinds.push(stream[at] ?? 0);
  return kinds;
}
