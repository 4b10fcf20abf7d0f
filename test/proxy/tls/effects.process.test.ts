// What each key about TLS does to a running proxy, seen by clients that shake hands with it.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authority } from '../../support/certificates.ts';
import { effect } from '../../support/effect.ts';
import { headerOf, RawClient, type RunningProxy, startProxy, statusOf, until } from '../../support/proxy.ts';
import { askSecurely, lastGet } from '../../support/tls-client.ts';

const authority = new Authority();
const ca = authority.cert;
const [main, shop, wild] = [['localhost'], ['shop.example', 'store.example'], ['*.wild.example']].map((names) =>
  authority.issue({ names }),
) as [ReturnType<Authority['issue']>, ReturnType<Authority['issue']>, ReturnType<Authority['issue']>];
const client = authority.issue({ names: ['one'], common: 'Client One', usage: 'client' });
const stranger = new Authority('Stranger').issue({ names: ['two'], usage: 'client' });
const staple = Buffer.from([0x30, 0x03, 0x0a, 0x01, 0x00]);

const files = {
  'main.pem': main.cert + ca,
  'main.key': main.key,
  'shop.pem': shop.cert + ca,
  'shop.key': shop.key,
  'wild.pem': wild.cert + ca,
  'wild.key': wild.key,
  'ca.pem': ca,
  'clients.crl': authority.revoke([client.serial]),
  'staple.der': staple.toString('latin1'),
};

const tlsOf = (protocol: string, more: string): string =>
  protocol === 'https' ? `tls { cert-file "main.pem"; key-file "main.key"; ${more} }` : '';

const start = (tls = '', listener = '', protocol = 'https'): Promise<RunningProxy> =>
  startProxy(
    `listeners { listener "web" { address "127.0.0.1:0"; protocol "${protocol}"
${tlsOf(protocol, tls)}
${listener} } }
routes { route "r" { builtin-handler "echo" } }`,
    files,
  );

effect(
  ['listeners.listener.protocol', 'listeners.listener.tls.cert-file', 'listeners.listener.tls.key-file'],
  async () => {
    await using secure = await start();
    const heard = await askSecurely(secure.port(), lastGet('/x'), { ca });
    assert.deepEqual([statusOf(heard.answer), heard.names, heard.error], [200, 'DNS:localhost', '']);
    const [line] = await secure.lines(1);
    assert.equal((line as { tls_version?: string } | undefined)?.tls_version, 'TLSv1.3');
    assert.match(await secure.request(lastGet()), /^$/, 'plain HTTP gets nothing where TLS is spoken');
    await using plain = await start('', '', 'http');
    assert.equal(statusOf(await plain.request(lastGet())), 200);
    assert.notEqual((await askSecurely(plain.port(), lastGet(), { ca })).error, '');
  },
);

effect(
  [
    'listeners.listener.tls.sni',
    'listeners.listener.tls.sni.hostname',
    'listeners.listener.tls.sni.hostnames',
    'listeners.listener.tls.sni.cert-file',
    'listeners.listener.tls.sni.key-file',
  ],
  async () => {
    await using proxy = await start(
      'sni "shop.example" "store.example" { cert-file "shop.pem"; key-file "shop.key" }; sni "*.wild.example" { cert-file "wild.pem"; key-file "wild.key" }',
    );
    const shown = async (servername: string) =>
      (await askSecurely(proxy.port(), lastGet(), { ca, servername, rejectUnauthorized: false })).names;
    assert.equal(await shown('shop.example'), 'DNS:shop.example, DNS:store.example');
    assert.equal(await shown('STORE.example'), 'DNS:shop.example, DNS:store.example');
    assert.equal(await shown('a.wild.example'), 'DNS:*.wild.example');
    for (const name of ['a.a.wild.example', 'other.example', '']) assert.equal(await shown(name), 'DNS:localhost');
  },
);

effect(['listeners.listener.tls.ocsp-file', 'listeners.listener.tls.sni.ocsp-file'], async () => {
  const sni = (ocsp: string) => `sni "shop.example" { cert-file "shop.pem"; key-file "shop.key"; ${ocsp} }`;
  const stapled = async (proxy: RunningProxy, servername: string) =>
    (await askSecurely(proxy.port(), lastGet(), { ca, servername, requestOCSP: true })).response;
  await using proxy = await start(`ocsp-file "staple.der"; ${sni('ocsp-file "staple.der"')}`);
  assert.deepEqual(await stapled(proxy, 'localhost'), staple);
  assert.deepEqual(await stapled(proxy, 'shop.example'), staple);
  await using without = await start(sni(''));
  assert.equal((await stapled(without, 'localhost')) ?? null, null);
  assert.equal((await stapled(without, 'shop.example')) ?? null, null);
});

effect('routes.route.matches.scheme', async () => {
  await using proxy = await startProxy(
    `listeners {
  listener "plain" { address "127.0.0.1:0" }
  listener "web" { address "127.0.0.1:0"; protocol "https"; tls { cert-file "main.pem"; key-file "main.key" } }
}
routes {
  route "up" { matches { scheme "http" }; redirect { to "https://{host}{path}{query}"; status 308 } }
  route "site" { policies { security-headers { hsts-secs 60 } }; builtin-handler "echo" }
}`,
    files,
  );
  const plain = await proxy.request(lastGet('/x?y'));
  assert.deepEqual([statusOf(plain), headerOf(plain, 'Location')], [308, 'https://localhost/x?y']);
  const { answer } = await askSecurely(proxy.port(1), lastGet('/x?y'), { ca });
  assert.deepEqual([statusOf(answer), headerOf(answer, 'Strict-Transport-Security')], [200, 'max-age=60']);
});

effect('listeners.listener.tls.min-version', async () => {
  const spoken = async (proxy: RunningProxy, version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
    const options = { ca, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    return (await askSecurely(proxy.port(), lastGet(), options)).version;
  };
  await using usual = await start();
  assert.deepEqual([await spoken(usual, 'TLSv1.1'), await spoken(usual, 'TLSv1.2')], ['', 'TLSv1.2']);
  await using newest = await start('min-version "1.3"');
  assert.deepEqual([await spoken(newest, 'TLSv1.2'), await spoken(newest, 'TLSv1.3')], ['', 'TLSv1.3']);
});

effect(['listeners.listener.tls.client-auth', 'listeners.listener.tls.ca-file'], async () => {
  const told = async (proxy: RunningProxy, cert?: { cert: string; key: string }) => {
    const { answer } = await askSecurely(proxy.port(), lastGet(), { ca, ...cert });
    return statusOf(answer);
  };
  await using required = await start('client-auth "required"; ca-file "ca.pem"');
  assert.deepEqual(
    [await told(required, client), await told(required, stranger), await told(required)],
    [200, Number.NaN, Number.NaN],
  );
  await until(
    () => required.stderr().includes('tls-client-refused'),
    () => required.stderr(),
  );
  await using optional = await start('client-auth "optional"; ca-file "ca.pem"');
  assert.deepEqual(
    [await told(optional, client), await told(optional, stranger), await told(optional)],
    [200, Number.NaN, 200],
  );
  await using off = await start();
  assert.deepEqual([await told(off, stranger), await told(off)], [200, 200]);
});

effect('listeners.listener.tls.crl-file', async () => {
  await using proxy = await start('client-auth "required"; ca-file "ca.pem"; crl-file "clients.crl"');
  const second = authority.issue({ names: ['two'], usage: 'client' });
  const status = async (one: { cert: string; key: string }) =>
    statusOf((await askSecurely(proxy.port(), lastGet(), { ca, ...one })).answer);
  assert.deepEqual([await status(client), await status(second)], [Number.NaN, 200]);
  await writeFile(join(proxy.folder, 'clients.crl'), authority.revoke([second.serial]));
  await until(
    async () => Number.isNaN(await status(second)) && (await status(client)) === 200,
    () => `the new list is not used: ${proxy.stderr()}`,
  );
});

effect('listeners.listener.tls.ticket-rotation-secs', async () => {
  const ticketOf = async (proxy: RunningProxy) =>
    (await askSecurely(proxy.port(), lastGet(), { ca })).session as Buffer;
  const isTaken = async (proxy: RunningProxy, session: Buffer) =>
    (await askSecurely(proxy.port(), lastGet(), { ca, session })).isResumed;
  await using usual = await start();
  assert.equal(await isTaken(usual, await ticketOf(usual)), true);
  await using hasty = await start('ticket-rotation-secs 1');
  const ticket = await ticketOf(hasty);
  await until(
    async () => !(await isTaken(hasty, ticket)),
    () => 'the key of tickets does not change',
  );
});

effect('listeners.listener.timeouts.tls-handshake-secs', async () => {
  await using proxy = await start('', 'timeouts { tls-handshake-secs "200ms" }');
  await using silent = await RawClient.open(proxy.port());
  await silent.ends();
  await using patient = await start();
  await using waiting = await RawClient.open(patient.port());
  assert.equal(statusOf((await askSecurely(patient.port(), lastGet(), { ca })).answer), 200);
  assert.equal(waiting.isClosed, false);
});
