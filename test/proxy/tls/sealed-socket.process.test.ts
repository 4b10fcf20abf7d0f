// A sealed socket does what one of `node:tls` does, as far as the engine asks: every state of it, seen from the other end of
// a real connection, and what clients and mistakes can do to a handshake.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain, createServer, Socket } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect, createSecureContext, type TLSSocket } from 'node:tls';
import { BareSocket, onAccepted } from '../../../proxy/http1/bare-socket.ts';
import { Departures } from '../../../proxy/http1/departures.ts';
import { Outlet } from '../../../proxy/http1/outlet.ts';
import { type SealedEvents, SealedSocket, type SealedTerms } from '../../../proxy/tls/sealed-socket.ts';
import { canSeal, ownerOf } from '../../../proxy/tls/tls-handle.ts';
import { Authority } from '../../support/certificates.ts';
import { manyBytes, pausesAndGoesOn, readAll, readsInOrderToTheEnd } from '../../support/far-end.ts';
import { until } from '../../support/proxy.ts';

const authority = new Authority();
const ca = authority.cert;
const [first, other] = [['localhost'], ['other.example']].map((names) =>
  createSecureContext(authority.issue({ names })),
) as [ReturnType<typeof createSecureContext>, ReturnType<typeof createSecureContext>];
const protocols = Buffer.from('\x08http/1.1');

test('this Node has what it needs: reads are lent in order, the end is told, and who is there', async () => {
  await using pair = await sealedPair();
  await readsInOrderToTheEnd(pair);
  assert.deepEqual([pair.near.version, pair.near.servername], ['TLSv1.3', 'localhost']);
  assert.match(pair.near.cipher ?? '', /^TLS_AES/);
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
  test(`what is written while another write is under way goes out behind it, in order (${maxVersion})`, async () => {
    await using pair = await sealedPair({ maxVersion });
    let drains = 0;
    pair.near.on('drain', () => {
      drains += 1;
    });
    assert.equal(pair.near.write(Buffer.from('first,')), true);
    assert.equal(pair.near.write(Buffer.alloc(manyBytes, 'x')), false);
    for (let at = 0; at < 1000; at += 1) pair.near.write(Buffer.from(`,${at}`));
    assert(pair.near.writableLength > manyBytes && pair.near.writableNeedDrain);
    const received = pair.readAllFar();
    await until(
      () => drains > 0,
      () => 'no drain',
    );
    assert.equal(drains, 1);
    assert.deepEqual([pair.near.writableLength, pair.near.writableNeedDrain], [0, false]);
    pair.near.end();
    const text = await received;
    assert.equal(text.slice(0, 7), 'first,x');
    assert.equal(text.slice(6 + manyBytes), Array.from({ length: 1000 }, (_, at) => `,${at}`).join(''));
  });

test('paused, it lets the other side wait, and goes on where it stopped', async () => {
  await using pair = await sealedPair();
  await pausesAndGoesOn(pair);
});

test('it ends its side behind what waits, reads on, and is closed when the other side ends', async () => {
  await using pair = await sealedPair({ allowHalfOpen: true } as ConnectionOptions);
  let [isFinished, isClosed] = [false, false];
  pair.near.on('finish', () => {
    isFinished = true;
  });
  pair.near.on('close', () => {
    isClosed = true;
  });
  pair.near.write(Buffer.alloc(manyBytes, 'x'));
  pair.near.end();
  assert.equal(pair.near.write(Buffer.from('too late')), false);
  assert.deepEqual([pair.near.writableEnded, pair.near.writableFinished], [true, false]);
  assert.equal((await pair.readAllFar()).length, manyBytes);
  await until(
    () => isFinished,
    () => 'not finished',
  );
  assert.deepEqual([pair.near.writableFinished, isClosed], [true, false]);
  pair.far.end('late');
  await until(
    () => isClosed,
    () => 'not closed',
  );
  assert.equal(pair.read(), 'late');
});

for (const mayClose of [true, false])
  test(`asked to end and close, it closes behind what waits, ${mayClose ? 'without waiting for' : 'unless something came: then with'} the other side`, async () => {
    await using pair = await sealedPair({ allowHalfOpen: true } as ConnectionOptions);
    let isFinished = false;
    pair.near.on('finish', () => {
      isFinished = true;
    });
    pair.near.write(Buffer.alloc(manyBytes, 'x'));
    pair.near.endAndClose(() => mayClose);
    assert.equal(pair.near.destroyed, false);
    assert.equal((await pair.readAllFar()).length, manyBytes);
    await until(
      () => pair.near.destroyed || isFinished,
      () => 'it goes on',
    );
    assert.deepEqual([pair.near.destroyed, isFinished], [mayClose, !mayClose]);
    if (mayClose) return;
    pair.far.end('late');
    await until(
      () => pair.near.destroyed,
      () => 'not closed',
    );
    assert.equal(pair.read(), 'late');
  });

test('the other side has ended before it ends its own: both are over', async () => {
  await using pair = await sealedPair({ allowHalfOpen: true } as ConnectionOptions);
  const closed = new Promise<void>((resolve) => pair.near.on('close', resolve));
  pair.near.on('end', () => {
    pair.near.write(Buffer.from('the reply'));
    pair.near.end();
  });
  pair.far.end();
  assert.equal(await pair.readAllFar(), 'the reply');
  await closed;
});

for (const side of ['near', 'far'] as const)
  test(`through an outlet, lent bytes arrive whole and in order, from a socket of ${side === 'near' ? 'ours' : 'node:tls'}`, async () => {
    await using pair = await sealedPair();
    const outlet = new Outlet(pair[side], new Departures(), () => undefined);
    const sizes = [100, 16_384, 16_385, 3_000_000, 5, 6_000_000, 70_000, 1];
    const sent = sizes.map((size, index) => `${index}`.repeat(size)).join('');
    const lent = Buffer.alloc(6_000_100);
    const received = side === 'near' ? pair.readAllFar() : undefined;
    for (const [index, size] of sizes.entries()) {
      lent.fill(`${index}`, 100, 100 + size);
      outlet.sendLent(lent, 100, 100 + size);
      lent.fill('X');
      if (index === 1) assert.equal(outlet.isWaiting, false, 'small ones leave when the turn ends');
    }
    assert.equal(outlet.isWaiting, true);
    outlet.end();
    await until(
      () => received !== undefined || pair.read().length >= sent.length,
      () => `${pair.read().length} bytes have come`,
    );
    assert.equal(((await received) ?? pair.read()) === sent, true);
  });

test('destroyed, with a write under way: told once, not within the call, and the handle forgets it', async () => {
  await using pair = await sealedPair();
  const handle = pair.near.ssl;
  assert(handle !== null && ownerOf(handle) === pair.near);
  let closes = 0;
  pair.near.on('close', () => {
    closes += 1;
  });
  pair.near.write(Buffer.alloc(manyBytes, 'x'));
  for (const step of ['destroy', 'resetAndDestroy', 'pause', 'resume', 'end'] as const) pair.near[step]();
  assert.equal(pair.near.write(Buffer.from('late')), false);
  assert.equal(closes, 0);
  pair.far.resume();
  await once(pair.far, 'close');
  await until(
    () => ownerOf(handle) !== pair.near,
    () => 'it is still known',
  );
  assert.deepEqual([closes, pair.near.version, pair.near.cipher], [1, undefined, undefined]);
});

test('the other side is closed with bytes unread, which resets: it is closed', async () => {
  await using pair = await sealedPair();
  const closed = new Promise<void>((resolve) => pair.near.on('close', resolve));
  pair.near.write(Buffer.alloc(manyBytes, 'x'));
  pair.far.destroy();
  await closed;
  assert.equal(pair.near.destroyed, true);
});

test('records that were tampered with end the connection', async () => {
  const raw = new Socket();
  await using pair = await sealedPair({}, { raw });
  const closed = new Promise<void>((resolve) => pair.near.on('close', resolve));
  raw.write(Buffer.from('\x17\x03\x03\x00\x20this was never sealed by anybody', 'latin1'));
  await closed;
  assert.equal(pair.read(), '');
});

test('a client that asks for a name is shown what was chosen for it, with its OCSP response', async () => {
  const ocspResponse = Buffer.from([0x30, 0x03, 0x0a, 0x01, 0x00]);
  const choose = (name: string) => ({ context: name === 'other.example' ? other : undefined, ocspResponse });
  for (const [servername, shown] of [
    ['other.example', 'DNS:other.example'],
    ['localhost', 'DNS:localhost'],
    ['', 'DNS:localhost'],
  ] as const) {
    const stapled = Promise.withResolvers<Buffer>();
    const onFar = (far: TLSSocket) => far.on('OCSPResponse', stapled.resolve);
    const options = { servername, requestOCSP: true, checkServerIdentity: () => undefined };
    await using pair = await sealedPair(options, { choose, onFar });
    assert.equal(pair.far.getPeerCertificate().subjectaltname, shown);
    assert.deepEqual(await stapled.promise, ocspResponse);
  }
});

for (const [what, talk] of [
  ['speaks something else', (raw: Socket) => raw.write('GET / HTTP/1.1\r\n\r\n')],
  ['ends its side at once', (raw: Socket) => raw.end()],
  ['resets', (raw: Socket) => raw.resetAndDestroy()],
] as const)
  test(`a client that ${what} fails, once, and is closed`, async () => {
    await using door = await openDoor({ context: first, protocols });
    const raw = connectPlain(door.port, '127.0.0.1').on('error', () => undefined);
    await once(raw, 'connect');
    talk(raw);
    const near = await door.accepted;
    await new Promise<void>((resolve) => near.on('close', resolve));
    assert.deepEqual(door.told, ['failed']);
    raw.destroy();
  });

for (const [where, events, choose] of [
  ['when it is secure', { onSecure: fall }, undefined],
  ['when a certificate is chosen', {}, fall],
] as const)
  test(`a mistake ${where} is told and costs that connection alone`, async () => {
    await using door = await openDoor({ context: first, protocols, choose }, events);
    const far = connect({ port: door.port, host: '127.0.0.1', ca, servername: 'localhost' });
    far.on('error', () => undefined).resume();
    await new Promise((resolve) => far.on('close', resolve));
    await door.accepted;
    assert.equal(door.told[0], 'mistake: oh');
  });

test('a context that is none is refused before the handle is touched', async () => {
  await using door = await openDoor({ context: first, protocols });
  assert.equal(canSeal({} as never), false);
  assert.equal(canSeal(first), true);
  assert.equal(door.told.length, 0);
});

function fall(): never {
  throw new Error('oh');
}

interface Door extends AsyncDisposable {
  readonly port: number;
  readonly accepted: Promise<SealedSocket>;
  readonly secured: Promise<SealedSocket>;
  readonly told: readonly string[];
}

async function openDoor(terms: SealedTerms, more: Partial<SealedEvents> = {}): Promise<Door> {
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const accepted = Promise.withResolvers<SealedSocket>();
  const secured = Promise.withResolvers<SealedSocket>();
  const told: string[] = [];
  const events = {
    onSecure: (socket: SealedSocket) => secured.resolve(socket),
    onFailed: () => void told.push('failed'),
    onMistake: (error: unknown) => void told.push(`mistake: ${(error as Error).message}`),
    ...more,
  };
  onAccepted(server, (handle) => {
    const bare = BareSocket.adopt(handle);
    assert(bare !== undefined);
    accepted.resolve(new SealedSocket(bare, terms, events));
    return true;
  });
  return {
    port: (server.address() as AddressInfo).port,
    accepted: accepted.promise,
    secured: secured.promise,
    told,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

interface SealedPair extends AsyncDisposable {
  readonly near: SealedSocket;
  readonly far: TLSSocket;
  /** What has come to the near side so far. */
  read(): string;
  /** All that comes to the far side. */
  readAllFar(): Promise<string>;
}

interface PairOptions {
  readonly choose?: SealedTerms['choose'];
  /** Below the far side. */
  readonly raw?: Socket;
  readonly onFar?: (far: TLSSocket) => unknown;
}

async function sealedPair(
  options: ConnectionOptions = {},
  { choose, raw, onFar }: PairOptions = {},
): Promise<SealedPair> {
  const bytes = Buffer.alloc(65_536);
  const pieces: string[] = [];
  const secured = Promise.withResolvers<SealedSocket>();
  const onSecure = (socket: SealedSocket) => {
    socket.readInto(bytes, (length) => pieces.push(bytes.toString('latin1', 0, length)));
    secured.resolve(socket);
  };
  const door = await openDoor({ context: first, protocols, choose }, { onSecure });
  raw?.connect(door.port, '127.0.0.1').on('error', () => undefined);
  const place = raw === undefined ? { port: door.port, host: '127.0.0.1' } : { socket: raw };
  const far = connect({ ca, servername: 'localhost', ...options, ...place }).on('error', () => undefined);
  onFar?.(far);
  const [near] = await Promise.all([secured.promise, once(far, 'secureConnect')]);
  return {
    near,
    far,
    read: () => pieces.join(''),
    readAllFar: () => readAll(far),
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      await door[Symbol.asyncDispose]();
    },
  };
}
