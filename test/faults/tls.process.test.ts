// What goes wrong around TLS while a good client asks on and notices nothing: handshakes that are begun and never
// finished, certificates that are replaced by good ones and by bad ones, a thousand certificates.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { Authority } from '../support/certificates.ts';
import { RawClient, type RunningProxy, startProxy, statusOf, until } from '../support/proxy.ts';
import { askSecurely, lastGet } from '../support/tls-client.ts';

const authority = new Authority();
const ca = authority.cert;
const main = authority.issue();
const pair = 'cert-file "main.pem"; key-file "main.key"';

const start = (more = '', listener = '', files: Readonly<Record<string, string>> = {}): Promise<RunningProxy> =>
  startProxy(
    `listeners { listener "web" { address "127.0.0.1:0"; protocol "https"; tls { ${pair}\n${more} }\n${listener} } }
admin { address "127.0.0.1:0" }
limits { max-connections-per-client 5000 }
routes { route "r" { builtin-handler "status" } }`,
    { 'main.pem': main.cert + ca, 'main.key': main.key, ...files },
  );

/** Asks on one connection again and again, and beside it on new ones, until stopped; anything but 200 is a failure. */
class Load {
  answered = 0;
  failures: string[] = [];
  #isStopping = false;
  readonly #loops: Promise<void>[];

  constructor(proxy: RunningProxy) {
    this.#loops = [this.#onOneConnection(proxy), this.#onNewOnes(proxy), this.#onNewOnes(proxy)];
  }

  async #onOneConnection(proxy: RunningProxy): Promise<void> {
    const socket: TLSSocket = connect({ port: proxy.port(), host: '127.0.0.1', servername: 'localhost', ca });
    let heard = '';
    socket.on('data', (data: Buffer) => {
      heard += data.toString('latin1');
    });
    socket.on('error', (error) => this.failures.push(error.message));
    while (!this.#isStopping && this.failures.length === 0) {
      heard = '';
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until(
        () => heard.includes('\r\n\r\n') || this.failures.length > 0,
        () => `no answer: ${heard}`,
      );
      this.#take(heard);
    }
    socket.destroy();
  }

  async #onNewOnes(proxy: RunningProxy): Promise<void> {
    while (!this.#isStopping) {
      const { answer, error } = await askSecurely(proxy.port(), lastGet(), { ca });
      this.#take(answer || error);
    }
  }

  #take(answer: string): void {
    if (statusOf(answer) === 200) this.answered += 1;
    else this.failures.push(answer);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
    assert.deepEqual(this.failures, []);
  }
}

test('certificates are swapped under load, for good ones and for bad ones, and no request is lost', async () => {
  await using proxy = await start();
  const load = new Load(proxy);
  const renewed = () => proxy.stderr().split('tls-certificate-renewed').length - 1;
  const refused = () => proxy.stderr().split('tls-certificate-refused').length - 1;
  for (let round = 1; round <= 3; round += 1) {
    const next = authority.issue({ names: ['localhost', `round-${round}.example`] });
    await writeFile(join(proxy.folder, 'main.key'), next.key);
    await writeFile(join(proxy.folder, 'main.pem'), next.cert + ca);
    await until(
      () => renewed() >= round,
      () => proxy.stderr(),
    );
    await writeFile(join(proxy.folder, 'main.pem'), next.cert.slice(0, 200));
    await until(
      () => refused() >= round,
      () => proxy.stderr(),
    );
  }
  assert.match((await askSecurely(proxy.port(), lastGet(), { ca })).names, /round-3/);
  await load.stop();
  assert(load.answered > 20, `only ${load.answered} answers`);
});

test('a thousand clients that begin a handshake and stop are closed in time; others notice nothing', async () => {
  await using proxy = await start('', 'timeouts { tls-handshake-secs 2 }');
  const load = new Load(proxy);
  const hello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';
  const slow = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const client = await RawClient.open(proxy.port());
      if (index % 2 === 0) client.send(hello);
      return client;
    }),
  );
  await until(
    () => slow.every((client) => client.isClosed || client.socket.readableEnded),
    () => `${slow.filter((client) => !client.isClosed).length} are still open`,
  );
  await Promise.all(slow.map((client) => client[Symbol.asyncDispose]()));
  await load.stop();
  const metrics = await (await fetch(`http://127.0.0.1:${proxy.port(1)}/metrics`)).text();
  assert.match(metrics, /sentinel_tls_handshake_failures_total\{listener="web",reason="timeout"\} 1000/);
});

test('a thousand certificates: each name gets its own', async () => {
  const leaves = Array.from({ length: 1000 }, (_, n) => authority.issue({ names: [`host-${n}.example`] }));
  const files = Object.fromEntries(
    leaves.flatMap(({ cert, key }, n) => [
      [`${n}.pem`, cert + ca],
      [`${n}.key`, key],
    ]),
  );
  const blocks = leaves.map((_, n) => `sni "host-${n}.example" { cert-file "${n}.pem"; key-file "${n}.key" }`);
  await using proxy = await start(blocks.join('\n'), '', files);
  for (const n of [0, 1, 499, 998, 999]) {
    const { names } = await askSecurely(proxy.port(), lastGet(), { ca, servername: `host-${n}.example` });
    assert.equal(names, `DNS:host-${n}.example`);
  }
  assert.equal((await askSecurely(proxy.port(), lastGet(), { ca, servername: 'localhost' })).names, 'DNS:localhost');
});
