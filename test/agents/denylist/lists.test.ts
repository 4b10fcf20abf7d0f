// The block is taken wholly or refused with every problem and its place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLists } from '../../../agents/denylist/lists.ts';

function problemsOf(config: unknown): readonly string[] {
  const reading = readLists(config);
  return reading.ok ? [] : reading.problems;
}

test('an empty block denies nothing', () => {
  const reading = readLists({});
  assert(reading.ok);
  assert.equal(reading.lists.paths.size, 0);
  assert.equal(reading.lists.patterns.length, 0);
  assert.equal(reading.lists.userAgents, undefined);
  assert.equal(reading.lists.builtinAttacks, false);
});

test('one value or several, with _ or -, paths in the form they are compared in', () => {
  const reading = readLists({
    paths: '/a//b/',
    patterns: ['x', 'y'],
    networks: '::1',
    user_agents: ['b.t', 'C'],
    builtin_attacks: true,
  });
  assert(reading.ok);
  assert.deepEqual([...reading.lists.paths], ['/a/b']);
  assert.deepEqual(
    reading.lists.patterns.map(({ source }) => source),
    ['x', 'y'],
  );
  assert.equal(reading.lists.networks.has('::1'), true);
  assert.equal(reading.lists.userAgents?.test('a B.T'), true);
  assert.equal(reading.lists.userAgents?.test('bot'), false); // the dot is a dot
  assert.equal(reading.lists.builtinAttacks, true);
});

test('every problem at once, each with its place', () => {
  const config = {
    paths: ['/fine', 'admin'],
    patterns: '(?=look)',
    networks: ['10.0.0.0/8', '10.0.0.1/8', 5],
    'user-agents': ['', 'ok'],
    'builtin-attacks': 'yes',
    pahts: '/x',
  };
  assert.deepEqual(problemsOf(config), [
    "config.paths[1]: 'admin' does not begin with a slash; write '/admin' [agent-config]",
    "config.patterns[0]: '(?=look)' is not an RE2 expression: invalid perl operator: (?= [agent-config]",
    'config.networks[2]: a text is needed [agent-config]',
    'config.user-agents[0]: an empty text would match nothing or everything [agent-config]',
    'config.builtin-attacks: #true or #false is needed [agent-config]',
    "config: unknown key 'pahts'; the keys are paths, patterns, networks, user-agents, builtin-attacks, paths-file, patterns-file, networks-file, user-agents-file, action, status, body, redirect-url, challenge-type [agent-config]",
  ]);
  assert.deepEqual(problemsOf({ networks: '10.0.0.1/8' }), [
    "config.networks[0]: '10.0.0.1/8' has bits set behind its prefix length; write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32 [agent-config]",
  ]);
});

test('what is no block is refused', () => {
  for (const config of [null, [], 'x', 5])
    assert.deepEqual(problemsOf(config), ['config: a block of keys is needed [agent-config]']);
});

test('the bounds hold', () => {
  assert.match(problemsOf({ patterns: Array.from({ length: 501 }, () => 'a') })[0] ?? '', /at most 500 entries/);
  assert.match(problemsOf({ 'user-agents': 'a'.repeat(257) })[0] ?? '', /at most 256 characters/);
  assert.equal(problemsOf({ paths: Array.from({ length: 200 }, () => 'x') }).length, 100);
});

test('a thousand user agents of the longest kind are one expression that works', () => {
  const parts = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(256, 'agent-'));
  const reading = readLists({ 'user-agents': parts });
  assert(reading.ok);
  assert.equal(reading.lists.userAgents?.test(`Mozilla ${parts[999]}`), true);
  assert.equal(reading.lists.userAgents?.test('Mozilla/5.0'), false);
});

test('what is done, and the files, are read', () => {
  const reading = readLists({ action: 'redirect', 'redirect-url': '/sorry', 'paths-file': ['/a', '/b'], status: 451 });
  assert(reading.ok);
  assert.deepEqual(reading.act, {
    action: 'redirect',
    status: 451,
    body: undefined,
    redirectUrl: '/sorry',
    challengeType: 'proof-of-work',
  });
  assert.deepEqual(reading.files, [
    { kind: 'paths', path: '/a' },
    { kind: 'paths', path: '/b' },
  ]);
  assert.deepEqual(problemsOf({ action: 'redirect' }), [
    'config.redirect-url: is needed where the action is a redirect [agent-config]',
  ]);
  assert.deepEqual(problemsOf({ 'networks-file': 'lists/a' }), [
    "config.networks-file[0]: 'lists/a' is not an absolute path [agent-config]",
  ]);
});
