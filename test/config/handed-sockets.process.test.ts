// Sockets handed over: which addresses there are, which descriptors are meant for us, and which one serves which.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenDescriptors, placesOf, takeActivation, takeSocket, withNumericHost } from '#config/handed-sockets';
import { listeningSocket } from '../support/activation.ts';
import { configOf } from '../support/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ours = { LISTEN_PID: String(process.pid) };

function listeners(addresses: string, more = '') {
  return configOf(
    `listeners { listener "a" { address ${addresses} } }\nroutes { route "r" { builtin-handler "status" } }\n${more}`,
  ).config;
}

test('places are in the order of the configuration, the admin side last', () => {
  assert.deepEqual(placesOf(listeners('"127.0.0.1:0" "unix:/a"', 'admin { address "127.0.0.1:9090" }')), [
    { listener: 'a', address: '127.0.0.1:0' },
    { listener: 'a', address: 'unix:/a' },
    { address: '127.0.0.1:9090' },
  ]);
  assert.equal(placesOf(listeners('"127.0.0.1:0"')).length, 1);
});

test('a socket is taken once, and only by its own place', () => {
  const sockets = [3, 4].map((fd) => ({ listener: 'a', address: '127.0.0.1:0', fd }));
  assert.equal(takeSocket(sockets, { address: '127.0.0.1:0' }), undefined);
  const taken = [1, 2, 3].map(() => takeSocket(sockets, { listener: 'a', address: '127.0.0.1:0' }));
  assert.deepEqual(taken, [3, 4, undefined]);
});

test("a worker takes what is its own or all workers', and leaves what is another's", () => {
  const place = { listener: 'a', address: '127.0.0.1:80' };
  const sockets = [
    { ...place, fd: 3, worker: 1 },
    { ...place, fd: 4, worker: 2 },
    { ...place, fd: 5 },
  ];
  assert.deepEqual(
    [takeSocket(sockets, place, 2), takeSocket(sockets, place, 2), takeSocket(sockets, place, 2)],
    [4, 5, undefined],
  );
  assert.equal(takeSocket(sockets, place, 1), 3);
});

test('descriptors are for the process that LISTEN_PID names, and no other', () => {
  assert.deepEqual(givenDescriptors({ ...ours, LISTEN_FDS: '2' }), [3, 4]);
  assert.deepEqual(givenDescriptors({ LISTEN_PID: '1', LISTEN_FDS: '2' }), []);
  for (const count of ['-1', 'two', '', '1e3']) assert.deepEqual(givenDescriptors({ ...ours, LISTEN_FDS: count }), []);
  assert.equal(givenDescriptors({ ...ours, LISTEN_FDS: '99999' }).length, 1024);
});

test('a descriptor serves the address that it listens on; the others are told of by name', async () => {
  using folder = tempFolder();
  using tcp = await listeningSocket({ host: '127.0.0.1' });
  using tcp6 = await listeningSocket({ host: '::1' });
  using unix = await listeningSocket({ path: folder.of('with space.sock') });
  using stray = await listeningSocket({ host: '127.0.0.1' });
  const last = Math.max(...[tcp, tcp6, unix, stray].map(({ fd }) => fd)); // the first are those of this process
  const names = Array.from({ length: last - 2 }, (_, index) => (index + 3 === stray.fd ? 'stray' : ''));
  const env = { ...ours, LISTEN_FDS: String(last - 2), LISTEN_FDNAMES: names.join(':') };
  const texts = [`unix:${folder.of('with space.sock')}`, `[0:0::1]:${tcp6.address.port}`, '127.0.0.1:0'];
  const config = listeners(
    texts.map((one) => `"${one}"`).join(' '),
    `admin { address "localhost:${tcp.address.port}" }`,
  );
  const { sockets, unused } = await takeActivation(config, env);
  assert.partialDeepStrictEqual(sockets, [
    { listener: 'a', address: texts[0], fd: unix.fd },
    { listener: 'a', address: texts[1], fd: tcp6.fd },
  ]);
  const localhost = await withNumericHost({ kind: 'tcp', host: 'localhost', port: 1 });
  if (localhost.host === '127.0.0.1') assert.equal(sockets[2]?.fd, tcp.fd);
  const strayWords = `the socket handed over as descriptor ${stray.fd} ("stray") listens on 127.0.0.1:${stray.address.port}, which is no address of the configuration`;
  assert(unused.includes(strayWords), unused.join('\n'));
  assert(unused.some((one) => one.endsWith('is no stream socket that listens')));
});

test('without a descriptor for us nothing is looked at', async () => {
  assert.deepEqual(await takeActivation(listeners('"127.0.0.1:0"'), {}), { sockets: [], unused: [] });
});
