// The private channel: a configuration travels whole, secrets included, and what is no message is none.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packConfig, readFromChild, readToChild, unpackConfig } from '#config/channel';
import { embeddedDefault, loadConfig } from '#config/load';
import { Secret } from '#config/secret';
import { configOf } from '../support/config.ts';
import { exampleWorld } from '../support/example-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

const examples = globSync(join(import.meta.dirname, '../../config/examples/*.kdl'));

for (const file of [embeddedDefault, ...examples]) {
  test(`there and back: ${file.split('/').at(-1)}`, () => {
    using world = exampleWorld();
    const loaded = loadConfig(file, world);
    assert(loaded.ok);
    assert.deepEqual(unpackConfig(packConfig(loaded.config)), structuredClone(loaded.config));
  });
}

test('secrets travel, and arrive as secrets', () => {
  using folder = tempFolder({
    token: 'hush-token\n',
    'a.kdl': `listeners { listener "a" { address "127.0.0.1:0" } }
admin { address "127.0.0.1:0"; token-file "token" }
agents { agent "a" { use "echo"; transport { unix-socket "a" }; events "request-headers"; failure-mode "open"
  env { KEY "\${KEY}" }; config { "secret" "plain"; list { - 1; - "\\u{1}" } } } }`,
  });
  const loaded = loadConfig(folder.of('a.kdl'), { environment: { KEY: 'hush-key' } });
  assert(loaded.ok);
  const { admin, agents } = unpackConfig(packConfig(loaded.config));
  assert(admin.token instanceof Secret);
  assert.equal(admin.token.reveal(), 'hush-token');
  assert.equal(agents[0]?.env['KEY']?.reveal(), 'hush-key');
  assert.deepEqual(agents[0]?.config, { secret: 'plain', list: [1, '\u0001'] });
});

test('a configuration that is none is refused', () => {
  assert.throws(() => unpackConfig('{"routes":5}'));
  assert.throws(() => unpackConfig('nonsense'));
});

test('messages are narrowed on both sides', () => {
  const config = packConfig(configOf('').config);
  assert.deepEqual(readToChild({ type: 'drain' }), { type: 'drain' });
  const sockets = [
    { listener: 'a', address: '127.0.0.1:0', fd: 3 },
    { address: 'unix:/a', fd: 4 },
  ];
  const start = { type: 'start', worker: 0, config, sockets, ticketSecret: 'x' };
  const note = { type: 'note', from: 2, text: '[]' };
  const others = [
    { type: 'cover', worker: 2 },
    { type: 'gone', from: 2 },
    { type: 'agent-ready', name: 'waf/1' },
    { type: 'remember', id: 1 },
    { type: 'memory', text: '{}' },
  ];
  for (const message of [start, note, ...others]) assert.deepEqual(readToChild(message), message);
  for (const bad of [
    undefined,
    null,
    'drain',
    {},
    { type: 'start' },
    { ...start, sockets: [{ address: 'unix:/a' }] },
    { ...start, worker: 0.5 },
    { ...note, text: 'x'.repeat(40_000) },
    { type: 'ready' },
  ]) {
    assert.equal(readToChild(bad), undefined);
  }
  assert.equal(readFromChild({ type: 'ready', detail: 'listening' })?.type, 'ready');
  for (const message of [{ type: 'note', text: '[]' }, { type: 'recall' }, { type: 'memory', id: 1, text: '' }])
    assert.deepEqual(readFromChild(message), message);
  for (const bad of [
    { type: 'note' },
    { type: 'ready', detail: 'x'.repeat(201) },
    { type: 'failed', code: 1 },
    { type: 'drain' },
    [],
  ]) {
    assert.equal(readFromChild(bad), undefined);
  }
});
