// Who is at the other end: IPv4 as IPv4, a name for those without an address, nobody where it cannot be known.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardingLimits } from '#config/limits';
import { ByteWriter, newSheet } from '#config/lines/byte-writer';
import { type Edge, type Peer, peerOf } from '../../../proxy/request/client-address.ts';
import { TrustedProxies } from '../../../proxy/request/trusted-proxies.ts';

const edge = (port: number, more: Partial<Edge> = {}): Edge => ({
  trusted: new TrustedProxies(['192.0.2.0/24', 'unix']),
  proxyProtocol: 'off',
  traceContext: 'trusted',
  scheme: 'http',
  port,
  lines: new Map(),
  lastLine: undefined,
  lastHost: undefined,
  ...more,
});

const addressOf = (remoteAddress: string | undefined, port = 80) => {
  const peer = peerOf({ remoteAddress, remotePort: 5 }, edge(port));
  return peer && [peer.ip, peer.isTrusted];
};

test('addresses as they are logged, counted and passed on', () => {
  assert.deepEqual(addressOf('192.0.2.1'), ['192.0.2.1', true]);
  assert.deepEqual(addressOf('::ffff:192.0.2.1'), ['192.0.2.1', true]);
  assert.deepEqual(addressOf('2001:db8::1'), ['2001:db8::1', false]);
  assert.deepEqual(addressOf('fe80::1%eth0'), ['fe80::1', false], 'a zone is no part of it');
});

test('a Unix socket has a name; a TCP client that left before it was seen is not mistaken for one', () => {
  assert.deepEqual(addressOf(undefined, 0), ['unix', true]);
  assert.equal(addressOf(undefined, 80), undefined);
});

function textOf(peer: Peer | undefined): string {
  const writer = new ByteWriter(newSheet(1024));
  if (peer !== undefined) writer.constant(peer.lines);
  return writer.bytes.toString('latin1', 0, writer.length);
}

test('the lines about a client, and the port only where there is one', () => {
  const about = 'X-Forwarded-For: 198.51.100.1\r\nX-Real-IP: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n';
  const peer = peerOf({ remoteAddress: '198.51.100.1', remotePort: 5 }, edge(8443, { scheme: 'https' }));
  assert.equal(textOf(peer), `${about}X-Forwarded-Port: 8443\r\n`);
  assert.doesNotMatch(textOf(peerOf({ remoteAddress: undefined, remotePort: undefined }, edge(0))), /Port/);
});

test('who comes again has the same lines, and so has who comes when many others have been here', () => {
  const one = edge(80);
  const lines = (remoteAddress: string) => peerOf({ remoteAddress, remotePort: 5 }, one)?.lines;
  const first = lines('198.51.100.1');
  assert.equal(lines('198.51.100.1'), first);
  for (let other = 0; other < forwardingLimits.peersKnownMax; other += 1) lines(`10.0.${other >> 8}.${other & 255}`);
  assert(one.lines.size <= forwardingLimits.peersKnownMax);
  assert.deepEqual(lines('198.51.100.1'), first);
  assert.notDeepEqual(lines('198.51.100.2'), first);
});

test('whose trace is continued', () => {
  const continues = (traceContext: Edge['traceContext']) =>
    ['192.0.2.1', '198.51.100.1'].map(
      (remoteAddress) => peerOf({ remoteAddress, remotePort: 5 }, edge(80, { traceContext }))?.continuesTrace,
    );
  assert.deepEqual(
    [continues('trusted'), continues('continue'), continues('restart')],
    [
      [true, false],
      [true, true],
      [false, false],
    ],
  );
});
