// What each configuration key of agents and their filters does, shown on a real agent.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { startAgent, temporaryFolder, until } from '../../agents/support.ts';
import { effect } from '../../support/effect.ts';
import { agentsOf, oneAgent, requestTo } from './support.ts';

const marks = 'test/fixtures/agent-marks.ts';
const enough = 'failure-mode "closed"; timeout-ms 10000';

effect('agents.agent.transport.unix-socket', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent(marks, folder.file('one.sock'));
  using relative = agentsOf(oneAgent('one.sock', enough), folder.path);
  assert.equal((await relative.agents.ask('asked', requestTo('/'))).decision, 'allow');
  using absolute = agentsOf(oneAgent(folder.file('one.sock'), enough));
  assert.equal((await absolute.agents.ask('asked', requestTo('/'))).decision, 'allow');
  using elsewhere = agentsOf(oneAgent('two.sock', enough), folder.path);
  assert.equal((await elsewhere.agents.ask('asked', requestTo('/'))).decision, 'unavailable');
});

// `request-headers` is the only event there is yet, and at least one is demanded: the agent is asked it, by name.
effect('agents.agent.events', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent(marks, folder.file('s'));
  const config = oneAgent(folder.file('s'), enough);
  using asking = agentsOf(config);
  assert.deepEqual(
    (await asking.agents.ask('asked', requestTo('/'))).trail.map(({ event }) => event),
    ['request-headers'],
  );
  using silent = agentsOf({ ...config, agents: config.agents.map((agent) => ({ ...agent, events: [] })) });
  assert.equal(silent.agents.hasFor('asked'), false);
  assert.deepEqual((await silent.agents.ask('asked', requestTo('/'))).trail, []);
});

effect('agents.agent.timeout-ms', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent(marks, folder.file('s'));
  using asking = agentsOf(oneAgent(folder.file('s'), 'failure-mode "closed"; timeout-ms 150'));
  await asking.agents.ready();
  const verdict = await asking.agents.ask('asked', requestTo('/hang'));
  assert.equal(verdict.decision, 'unavailable');
  assert.deepEqual(asking.lines.map(({ detail }) => detail).filter(Boolean), ['no answer within 150 ms']);
  const [{ ms = 0 } = {}] = verdict.trail;
  assert(ms >= 149, `settled after ${ms} ms, before its deadline`);
});

effect('agents.agent.failure-mode', async () => {
  for (const [mode, expected] of [
    ['open', 'allow'],
    ['closed', 'unavailable'],
  ] as const) {
    using asking = agentsOf(oneAgent('/nonexistent/s', `failure-mode "${mode}"`));
    assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, expected);
  }
});

effect(['filters.filter.agent', 'filters.filter.failure-mode'], async () => {
  for (const [ofAgent, ofFilter, expected] of [
    ['open', 'closed', 'unavailable'],
    ['closed', 'open', 'allow'],
  ] as const) {
    using asking = agentsOf(oneAgent('/nonexistent/s', `failure-mode "${ofAgent}"`, `failure-mode "${ofFilter}"`));
    const verdict = await asking.agents.ask('asked', requestTo('/'));
    assert.equal(verdict.decision, expected);
    assert.deepEqual(
      verdict.trail.map(({ name }) => name),
      ['a'],
    );
  }
});

effect('agents.agent.max-concurrent-calls', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent('test/fixtures/agent-gated.ts', folder.file('s'), [
    '--gate',
    folder.file('gate'),
  ]);
  using asking = agentsOf(
    oneAgent(folder.file('s'), 'failure-mode "closed"; timeout-ms 60000; max-concurrent-calls 1; max-queued-calls 0'),
  );
  const first = asking.agents.ask('asked', requestTo('/'));
  await until('the first call is there', async () => (await readdir(folder.path)).includes('gate.entered'));
  assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'unavailable');
  assert.deepEqual(asking.lines.map(({ fault }) => fault).filter(Boolean), ['overloaded']);
  asking.agents.close();
  assert.equal((await first).decision, 'unavailable');
});

effect('agents.agent.config', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent(marks, folder.file('s'));
  using told = agentsOf(oneAgent(folder.file('s'), `${enough}; config { header "X-Told"; prefix "p:" }`));
  const verdict = await told.agents.ask('asked', requestTo('/'));
  assert(verdict.decision === 'allow');
  assert.deepEqual(verdict.requestHeaders, [{ op: 'set', name: 'X-Told', value: 'p:192.0.2.7' }]);
  using refused = agentsOf(oneAgent(folder.file('s'), `${enough}; config { refuse "config.x: is bad" }`));
  assert.equal((await refused.agents.ask('asked', requestTo('/'))).decision, 'unavailable');
  assert.deepEqual(
    refused.lines.map(({ event, detail }) => [event, detail]),
    [['agent-refused-config', 'config.x: is bad']],
  );
});
