// What the words of `up` change of a configuration.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { checkWords, type UpGiven, withOverrides } from '../../stack/overrides.ts';

const one = 'listeners { listener "http" { address "127.0.0.1:1" } }';
const two = one.replace(' } }', ' }; listener "more" { address "127.0.0.1:2" } }');
const rest = `routes { route "r" { builtin-handler "status"; filters "s" } }; filters { filter "s" { agent "a" } }
agents { agent "a" { use "denylist"; transport { unix-socket "a.sock" }; events "request-headers"; failure-mode "open" } }
admin { address "127.0.0.1:3" }`;

function loadedOf(listeners: string) {
  const loaded = loadText('test.kdl', `${listeners}\n${rest}`);
  assert(loaded.ok, JSON.stringify(loaded.problems));
  return loaded;
}

function given(changes: Partial<UpGiven>): UpGiven {
  const none = { config: undefined, workers: undefined, listen: undefined, admin: undefined, 'runtime-dir': undefined };
  const flags = { detach: false, 'dry-run': false, 'proxy-only': false, 'agents-only': false };
  const times = { 'startup-timeout': undefined, 'shutdown-timeout': undefined };
  return { ...none, ...flags, ...times, 'log-level': undefined, 'log-format': undefined, ...changes };
}

test('values in place of those of the file', () => {
  const words = {
    workers: 3,
    'shutdown-timeout': 500,
    'log-level': 'warn',
    'runtime-dir': '/run/x',
    listen: '127.0.0.1:9',
  };
  const config = withOverrides(loadedOf(one), given({ ...words, 'log-level': 'warn' }));
  const { system, observability, listeners } = config;
  assert.deepEqual([system.workerThreads, system.gracefulShutdownTimeoutMs, system.runtimeDir], [3, 500, '/run/x']);
  assert.deepEqual([observability.logging.level, listeners[0]?.address], ['warn', ['127.0.0.1:9']]);
});

test('a part of the stack: agents run already, or run alone', () => {
  const proxy = withOverrides(loadedOf(one), given({ 'proxy-only': true }));
  assert.deepEqual([proxy.agents[0]?.use, proxy.listeners.length], [undefined, 1]);
  const agents = withOverrides(loadedOf(one), given({ 'agents-only': true }));
  assert.deepEqual([agents.agents[0]?.use, agents.listeners, agents.admin.address], ['denylist', [], undefined]);
});

test('words that make no sense are refused; a file that grows a listener keeps its addresses', () => {
  assert.throws(() => checkWords(loadedOf(one), given({ 'proxy-only': true, 'agents-only': true })), /leave nothing/);
  assert.throws(() => checkWords(loadedOf(one), given({ listen: 'nonsense' })), /takes an address/);
  assert.throws(() => checkWords(loadedOf(two), given({ listen: '127.0.0.1:9' })), /the configuration has 2/);
  assert.deepEqual(
    withOverrides(loadedOf(two), given({ listen: '127.0.0.1:9' })).listeners.map(({ address }) => address),
    [['127.0.0.1:1'], ['127.0.0.1:2']],
  );
});

test('the admin side is moved where it may be, and a file that closes it again keeps it closed', () => {
  const loaded = loadedOf(one);
  const moved = (config: typeof loaded, admin: string) => withOverrides(config, given({ admin })).admin.address;
  checkWords(loaded, given({ admin: '127.0.0.1:9' }));
  assert.equal(moved(loaded, '127.0.0.1:9'), '127.0.0.1:9');
  assert.throws(() => checkWords(loaded, given({ admin: 'x' })), /--admin takes an address/);
  assert.throws(() => checkWords(loaded, given({ admin: '0.0.0.0:9' })), /to others without a token/);
  assert.equal(moved(loaded, '0.0.0.0:9'), '127.0.0.1:3', 'a reload that loses the token opens nothing');
  const without = loadText('t.kdl', `${one}\nroutes { route "r" { builtin-handler "status" } }`);
  assert(without.ok);
  assert.throws(() => checkWords(without, given({ admin: '127.0.0.1:9' })), /the configuration has none/);
  assert.equal(moved(without, '127.0.0.1:9'), undefined);
});

test('two that would stand on one address are told apart from a port that is taken', () => {
  assert.throws(() => checkWords(loadedOf(one), given({ listen: '127.0.0.1:3' })), /where the admin side listens/);
  checkWords(loadedOf(one), given({ listen: '127.0.0.1:3', admin: '127.0.0.1:4' }));
});
