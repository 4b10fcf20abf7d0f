// What a listener speaks, and nothing else: of every number that the protocol has for suites and groups, those that it
// takes and in which order, found by offering all, taking away what was chosen, and offering the rest. sslscan is the
// second opinion, where it is installed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { Authority } from '../../support/certificates.ts';
import { type Hello, type Said, sayHello } from '../../support/client-hello.ts';
import { type RunningProxy, startProxy } from '../../support/proxy.ts';

const authority = new Authority();

const start = (kind: 'ec' | 'rsa', more = ''): Promise<RunningProxy> => {
  const { cert, key } = authority.issue({ kind });
  return startProxy(
    `listeners { listener "web" { address "127.0.0.1:0"; protocol "https"; tls { cert-file "s.pem"; key-file "s.key"; ${more} } } }
routes { route "r" { builtin-handler "status" } }`,
    { 's.pem': cert + authority.cert, 's.key': key },
  );
};

const tls12 = 0x0303;
const tls13 = 0x0304;
const usualGroups = [0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x0100];

// Not suites but words to the server: "I know renegotiation", "I tried a newer version".
const signals = new Set([0x00ff, 0x5600]);
const everyNumber = Array.from({ length: 0x10000 }, (_, number) => number).filter((number) => !signals.has(number));
const perHello = 7_000; // a record holds 16 KiB

/** In the order of the server's choice. */
async function chosen(
  all: readonly number[],
  ask: (offered: readonly number[]) => Promise<Said>,
  choice: (said: Exclude<Said, { alert: unknown }>) => number | undefined,
): Promise<string[]> {
  const takeAll = async (offered: readonly number[]): Promise<number[]> => {
    const taken: number[] = [];
    for (;;) {
      const said = await ask(offered.filter((number) => !taken.includes(number)));
      if ('alert' in said) return taken;
      const number = choice(said);
      assert(number !== undefined && offered.includes(number) && !taken.includes(number), `chose ${number}`);
      taken.push(number);
    }
  };
  const taken: number[] = [];
  for (let at = 0; at < all.length; at += perHello) taken.push(...(await takeAll(all.slice(at, at + perHello))));
  return (await takeAll(taken)).map((number) => number.toString(16).padStart(4, '0'));
}

const suitesOf = (port: number, hello: Omit<Hello, 'suites'>): Promise<string[]> =>
  chosen(
    everyNumber,
    (suites) => sayHello(port, { ...hello, suites }),
    ({ suite }) => suite,
  );

for (const { kind, suites } of [
  { kind: 'ec', suites: ['c02b', 'c02c', 'cca9'] },
  { kind: 'rsa', suites: ['c02f', 'c030', 'cca8'] },
] as const) {
  test(`TLS 1.2 with a key of ${kind}: ECDHE with AES-GCM or ChaCha20, of all 65,534 numbers`, async () => {
    await using proxy = await start(kind);
    assert.deepEqual(await suitesOf(proxy.port(), { version: tls12, groups: usualGroups }), suites);
  });
}

test('TLS 1.3: its three suites, of all numbers, and four groups', async () => {
  await using proxy = await start('ec');
  const hello = { version: tls12, versions: [tls13] };
  const suites = await suitesOf(proxy.port(), { ...hello, groups: usualGroups });
  assert.deepEqual(suites, ['1301', '1302', '1303']);
  const groups = await chosen(
    everyNumber,
    (offered) => sayHello(proxy.port(), { ...hello, suites: [0x1301], groups: offered }),
    ({ group }) => group,
  );
  assert.deepEqual(groups, ['11ec', '001d', '0017', '0018']);
});

const everySuite = [0x1301, 0xc02b, 0xc02f, 0xc013, 0xc009, 0xc014, 0x009c, 0x002f, 0x0035, 0x000a, 0x0005];
const ofVersion = (port: number, version: number, versions?: readonly number[]): Promise<Said> =>
  sayHello(port, { version, suites: everySuite, groups: usualGroups, ...(versions === undefined ? {} : { versions }) });
const protocolVersion = 70; // alerts
const handshakeFailure = 40;

test('no version before 1.2, in either way of asking for it; with min-version "1.3" none before that', async () => {
  await using proxy = await start('ec');
  for (const version of [0x0300, 0x0301, 0x0302]) {
    const said = await ofVersion(proxy.port(), version);
    assert.deepEqual(said, { alert: version === 0x0300 ? handshakeFailure : protocolVersion }, String(version));
    assert.deepEqual(await ofVersion(proxy.port(), tls12, [version]), { alert: protocolVersion }, String(version));
  }
  const usual = await ofVersion(proxy.port(), tls12);
  assert('version' in usual);
  assert.deepEqual([usual.version, usual.suite], [tls12, 0xc02b]);
  await using newest = await start('ec', 'min-version "1.3"');
  assert.deepEqual(await ofVersion(newest.port(), tls12), { alert: protocolVersion });
  const both = await ofVersion(newest.port(), tls12, [tls13, tls12]);
  assert('version' in both);
  assert.deepEqual([both.version, both.suite], [tls13, 0x1301]);
});

test('a client that would compress is answered without', async () => {
  await using proxy = await start('ec');
  const hello = { version: tls12, suites: [0xc02b], groups: usualGroups, compressions: [1, 0] };
  const said = await sayHello(proxy.port(), hello);
  assert('compression' in said);
  assert.equal(said.compression, 0);
});

const hasSslscan = await execa('sslscan', ['--version'], { reject: false }).then(({ failed }) => !failed);

test('sslscan finds the same', { skip: hasSslscan ? false : 'sslscan is missing: NOT TESTED' }, async () => {
  await using proxy = await start('rsa');
  const address = `127.0.0.1:${proxy.port()}`;
  const { stdout } = await execa('sslscan', ['--no-colour', '--sni-name=localhost', address], { timeout: 60_000 });
  const told = stdout.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
  assert.deepEqual(
    told.filter((line) => /^(?:SSL|TLS)v1?[.\d]+ (?:en|dis)abled$/.test(line)),
    ['SSLv2 disabled', 'SSLv3 disabled', 'TLSv1.0 disabled', 'TLSv1.1 disabled', 'TLSv1.2 enabled', 'TLSv1.3 enabled'],
  );
  const ciphers = told.flatMap(
    (line) => /^(?:Preferred|Accepted) (TLSv\S+) \d+ bits (\S+)/.exec(line)?.slice(1).join(' ') ?? [],
  );
  assert.deepEqual(ciphers, [
    'TLSv1.3 TLS_AES_128_GCM_SHA256',
    'TLSv1.3 TLS_AES_256_GCM_SHA384',
    'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256',
    'TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256',
    'TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384',
    'TLSv1.2 ECDHE-RSA-CHACHA20-POLY1305',
  ]);
  assert(told.includes('Session renegotiation not supported'), stdout);
  assert(!told.includes('Compression enabled'), stdout);
  assert.equal(told.filter((line) => /not vulnerable to heartbleed/.test(line)).length, 2);
});
