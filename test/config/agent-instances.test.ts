// How the processes of an agent are called, and where they listen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instanceNames, instanceSockets } from '#config/agent-instances';
import { configOf, expectProblems } from '../support/config.ts';

test('one alone has the name and the path of the agent', () => {
  assert.deepEqual(instanceNames({ name: 'waf', instances: 1 }), ['waf']);
  assert.deepEqual(instanceSockets('/run/s/waf.2.sock', 1), ['/run/s/waf.2.sock']);
});

test('several are numbered', () => {
  assert.deepEqual(instanceNames({ name: 'waf', instances: 2 }), ['waf/1', 'waf/2']);
  assert.deepEqual(instanceSockets('/run/s/waf.2.sock', 2), ['/run/s/waf.2~1.sock', '/run/s/waf.2~2.sock']);
  assert.deepEqual(instanceSockets('waf', 2), ['waf~1', 'waf~2']);
});

const agent = (more: string) =>
  `agents { agent "a" { transport { unix-socket "/run/a.sock" }; events "log"; failure-mode "open"; ${more} } }`;

test('an agent that is not started here has no instances to count', () => {
  expectProblems(agent('instances 2'), [`warning 1:16 config-unused '"a"'`, "1:108 config-conflict '2'"]);
  assert.equal(configOf(agent('use "echo"; instances 2')).config.agents[0]?.instances, 2);
});
