// Plants imports that leave a room the wrong way, and the ones that are right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doorProblems } from './doors.ts';
import { treeOf } from './tree.ts';

const problemsOf = (path: string, text: string) => doorProblems(treeOf({ [path]: text }));

test('imports inside a room, through an allowed door, and anything from a test are kept', () => {
  const tree = treeOf({
    'stack/run.ts': "import { decide } from './supervisor.ts';\nimport { loadConfig } from '#config/load';",
    'stack/commands/up.ts': "import type { Command } from '../command.ts';",
    'proxy/agents/link.ts': "import { readFrame } from '#protocol/frame-v1';\nimport { connect } from 'node:net';",
    'agents/host.ts': "import { readFrame } from './protocol/frame-v1.ts';",
    'agents/echo/main.ts': "import { serveAgent } from '#agent';",
    'crs-tests/target-engine.ts': "import { loadRules } from '#waf';",
    'test/stack/run.test.ts': "import { decide } from '../../stack/supervisor.ts';\nimport test from 'node:test';",
  });
  assert.deepEqual(doorProblems(tree), []);
});

test('the proxy reaching for the engine is named, by door and by path', () => {
  assert.deepEqual(problemsOf('proxy/handle.ts', "const a = 1;\nimport { loadRules } from '#waf';"), [
    "proxy/handle.ts:2: proxy imports '#waf', but may use #config, #protocol; ask that program over its process or socket",
  ]);
  assert.deepEqual(problemsOf('proxy/handle.ts', "export { begin } from '../agents/waf/run/evaluate.ts';"), [
    'proxy/handle.ts:1: proxy imports agents/waf/run/evaluate.ts, which has no door; meet it over a process or socket, or move what is shared to config/',
  ]);
});

test('the supervisor reaching for the dataplane is named, when it is loaded late too', () => {
  assert.deepEqual(problemsOf('stack/run.ts', "const proxy = await import('../proxy/listen.ts');"), [
    'stack/run.ts:1: stack imports proxy/listen.ts, which has no door; meet it over a process or socket, or move what is shared to config/',
  ]);
});

test('a relative path where a door exists is told the door', () => {
  assert.deepEqual(problemsOf('agents/echo/main.ts', "import { serveAgent } from '../host.ts';"), [
    "agents/echo/main.ts:1: a relative import leaves the room agents/echo; write the door '#agent'",
  ]);
  assert.deepEqual(problemsOf('stack/run.ts', "import type { Config } from '../config/schema.ts';"), [
    "stack/run.ts:1: a relative import leaves the room stack; write the door '#config/…'",
  ]);
});

test('the floor stands on nobody, and the protocol does not know the host', () => {
  assert.deepEqual(problemsOf('config/load.ts', "import '#protocol/message';"), [
    "config/load.ts:1: config imports '#protocol/message', but may use no door; ask that program over its process or socket",
  ]);
  assert.equal(problemsOf('agents/protocol/message.ts', "import { serveAgent } from '#agent';").length, 1);
});

test('one agent does not import another', () => {
  assert.equal(problemsOf('agents/echo/main.ts', "import { match } from '../denylist/match.ts';").length, 1);
});

test('a module of Node is asked for its prefix, in tests too', () => {
  assert.deepEqual(problemsOf('test/a.test.ts', "import { join } from 'path';"), [
    "test/a.test.ts:1: imports 'path'; write 'node:path'",
  ]);
});
