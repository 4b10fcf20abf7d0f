// Lines of two logs, written by many requests at once, and whose they are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attribution, clientAddress } from '../../../crs-tests/stack/attribution.ts';
import { endId } from '../../../crs-tests/stack/configuration.ts';

const access = (client: string, id: string, more: object = {}) =>
  JSON.stringify({ request_id: id, client_ip: client, status: 200, agents: [{ decision: 'allow' }], ...more });
const alert = (rule: number, id: string) =>
  `[client 127.0.0.1] ModSecurity: Warning. [id "${rule}"] [unique_id "${id}"]`;

test('a request is complete with its access line and the line of the last rule, in any order', () => {
  const logs = new Attribution();
  logs.addAlertLine(alert(1, 'a'));
  logs.addAlertLine(alert(2, 'b'));
  logs.addAccessLine(access('127.1.0.1', 'a'));
  assert.equal(logs.take('127.1.0.1'), undefined);
  logs.addAlertLine(alert(endId, 'a'));
  assert.equal(logs.take('127.1.0.2'), undefined);
  assert.deepEqual(logs.take('127.1.0.1'), { lines: [alert(1, 'a')], notes: [] });
  assert.equal(logs.take('127.1.0.1'), undefined); // told once
  logs.addAlertLine(alert(endId, 'b'));
  logs.addAccessLine(access('127.1.0.2', 'b'));
  assert.deepEqual(logs.take('127.1.0.2')?.lines, [alert(2, 'b')]);
});

test('what the firewall was not shown needs no end, and says why', () => {
  const logs = new Attribution();
  logs.addAccessLine(
    access('127.1.0.1', 'a', { agents: undefined, status: 400, refusal: 'head-malformed', error: 'bad-host' }),
  );
  assert.deepEqual(logs.take('127.1.0.1'), {
    lines: [],
    notes: ['the proxy answered 400: head-malformed, bad-host', 'the firewall was not asked'],
  });
  logs.addAccessLine(
    access('127.1.0.2', 'b', { agents: [{ decision: 'failed-closed' }], status: 503, refusal: 'agent-failed' }),
  );
  assert.deepEqual(logs.take('127.1.0.2')?.notes, ['the proxy answered 503: agent-failed']);
});

test('two requests of one client belong together', () => {
  const logs = new Attribution();
  for (const id of ['a', 'b']) {
    logs.addAccessLine(access('127.1.0.1', id));
    logs.addAlertLine(alert(1, id));
    logs.addAlertLine(alert(endId, id));
  }
  assert.deepEqual(logs.take('127.1.0.1')?.lines, [alert(1, 'a'), alert(1, 'b')]);
});

test('lines of something else are passed over', () => {
  const logs = new Attribution();
  logs.addAccessLine('no JSON');
  logs.addAlertLine('no id');
  assert.equal(logs.take('127.1.0.1'), undefined);
});

test('addresses of clients are many, all of this machine, and none is used for something else', () => {
  const addresses = Array.from({ length: 70_000 }, (_, index) => clientAddress(index));
  assert.equal(new Set(addresses).size, 70_000);
  for (const address of addresses.slice(0, 1000)) assert.match(address, /^127\.[1-9]\d*\.\d+\.[1-9]\d*$/);
  assert.deepEqual(
    [clientAddress(0), clientAddress(250), clientAddress(62_500)],
    ['127.1.0.1', '127.1.1.1', '127.2.0.1'],
  );
});
