// Asking real agents in real processes: the pipeline, every decision, and what each misbehaviour costs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAgent, temporaryFolder, until } from '../../agents/support.ts';
import { agentsOf, configOf, oneAgent, requestTo, type Verdict } from './support.ts';

const marks = 'test/fixtures/agent-marks.ts';
const misbehaves = 'test/fixtures/agent-misbehaves.ts';

function decisions(verdict: Verdict): string[] {
  return verdict.trail.map(({ name, event, decision }) => `${name} ${event} ${decision}`);
}

test('a route without filters asks nobody', async () => {
  using asking = agentsOf(oneAgent('/nonexistent/s'));
  assert.deepEqual(
    [asking.agents.hasFor('asked'), asking.agents.hasFor('plain'), asking.agents.hasFor('none')],
    [true, false, false],
  );
  const verdict = await asking.agents.ask('plain', requestTo('/'));
  assert.deepEqual(verdict, { decision: 'allow', requestHeaders: [], responseHeaders: [], trail: [] });
});

test('agents are asked in the order of the filters, and each sees what the ones before changed', async () => {
  await using folder = await temporaryFolder();
  await using first = await startAgent(marks, folder.file('one'));
  await using second = await startAgent(marks, folder.file('two'));
  const agent = (name: string, prefix: string) => `agent "${name}" {
    transport { unix-socket "${name}" }; events "request-headers"; failure-mode "closed"; timeout-ms 5000
    config { header "X-Mark"; prefix "${prefix}" } }`;
  const kdl = `agents { ${agent('one', 'a:')}; ${agent('two', 'b:')} }
    filters { filter "1" { agent "one" }; filter "2" { agent "two" } }`;
  using forwards = agentsOf(configOf(kdl, '"1" "2"'), folder.path);
  const verdict = await forwards.agents.ask('asked', requestTo('/', [['x-mark', 'client']]));
  assert(verdict.decision === 'allow');
  assert.deepEqual(verdict.requestHeaders, [{ op: 'set', name: 'X-Mark', value: 'b:a:client,192.0.2.7,192.0.2.7' }]);
  assert.deepEqual(
    verdict.responseHeaders.map(({ value }) => value),
    [first, second].map(({ child }) => String(child.pid)),
  );
  assert.deepEqual(decisions(verdict), ['one request-headers allow', 'two request-headers allow']);
  assert(verdict.trail.every(({ ms }) => ms > 0));
  using backwards = agentsOf(configOf(kdl, '"2" "1"'), folder.path);
  const other = await backwards.agents.ask('asked', requestTo('/'));
  assert(other.decision === 'allow');
  assert.deepEqual(
    other.requestHeaders.map(({ value }) => value),
    ['a:b:192.0.2.7,192.0.2.7'],
  );
});

test('a block has what the agent said, and ends the asking', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent(marks, folder.file('s'));
  const kdl = `agents { agent "a" { transport { unix-socket "s" }; events "request-headers"; failure-mode "closed"; timeout-ms 5000 } }
    filters { filter "1" { agent "a" }; filter "2" { agent "a" } }`;
  using asking = agentsOf(configOf(kdl, '"1" "2"'), folder.path);
  const { trail, ...blocked } = await asking.agents.ask('asked', requestTo('/block'));
  assert.deepEqual(blocked, {
    decision: 'block',
    status: 418,
    body: 'tea',
    headers: [['X-Kind', 'pot']],
    agent: 'a',
    reason: 'a pot (pot-1)',
  });
  assert.equal(trail.length, 1);
  const redirected = await asking.agents.ask('asked', requestTo('/redirect'));
  assert(redirected.decision === 'block');
  assert.deepEqual([redirected.status, redirected.headers], [307, [['Location', 'https://elsewhere.example/']]]);
  assert.deepEqual(decisions(redirected), ['a request-headers redirect']);
});

for (const habit of ['garbage', 'wrong-length', 'dies', 'hangs-up', 'half-a-reply', 'silent', 'mute', 'refuses']) {
  test(`an agent that misbehaves is settled by its failure mode: ${habit}`, async () => {
    await using folder = await temporaryFolder();
    for (const [mode, expected] of [
      ['open', 'allow'],
      ['closed', 'unavailable'],
    ] as const) {
      const path = folder.file(mode);
      await using _agent = await startAgent(misbehaves, path, [habit]);
      const timeoutMs = habit === 'silent' || habit === 'mute' ? 100 : 60_000; // the others must not need it
      using asking = agentsOf(oneAgent(path, `failure-mode "${mode}"; timeout-ms ${timeoutMs}`));
      const verdict = await asking.agents.ask('asked', requestTo('/'));
      assert.equal(verdict.decision, expected);
      assert.deepEqual(decisions(verdict), [`a request-headers failed-${mode}`]);
    }
  });
}

for (const habit of ['twice', 'unasked']) {
  test(`a reply that nobody asked for ends the connection, not the agent: ${habit}`, async () => {
    await using folder = await temporaryFolder();
    await using _agent = await startAgent(misbehaves, folder.file('s'), [habit]);
    using asking = agentsOf(oneAgent(folder.file('s'), 'failure-mode "closed"; timeout-ms 60000'));
    assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'allow');
    await until('it is told', () => asking.lines.some(({ detail }) => detail === 'a reply that nobody asked for'));
    assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'allow');
  });
}

test('an agent that fails open does not keep the next one from being asked', async () => {
  await using folder = await temporaryFolder();
  await using _agent = await startAgent(marks, folder.file('there'));
  const agent = (name: string, mode: string) =>
    `agent "${name}" { transport { unix-socket "${name}" }; events "request-headers"; failure-mode "${mode}"; timeout-ms 5000 }`;
  const kdl = `agents { ${agent('gone', 'open')}; ${agent('there', 'closed')} }
    filters { filter "1" { agent "gone" }; filter "2" { agent "there" } }`;
  using asking = agentsOf(configOf(kdl, '"1" "2"'), folder.path);
  const verdict = await asking.agents.ask('asked', requestTo('/block'));
  assert.equal(verdict.decision, 'block');
  assert.deepEqual(decisions(verdict), ['gone request-headers failed-open', 'there request-headers block']);
});

test('kill -9 of the agent: calls in flight are settled at once; a new agent on the same path is found', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('s');
  await using first = await startAgent(marks, path);
  using asking = agentsOf(oneAgent(path, 'failure-mode "closed"; timeout-ms 60000'));
  await asking.agents.ready();
  const hanging = [1, 2, 3].map(() => asking.agents.ask('asked', requestTo('/hang')));
  assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'allow');
  first.child.kill('SIGKILL');
  for (const verdict of await Promise.all(hanging)) assert.equal(verdict.decision, 'unavailable');
  await first.exit;
  await using _second = await startAgent(marks, path);
  await until(
    'the new agent answers',
    async () => (await asking.agents.ask('asked', requestTo('/'))).decision === 'allow',
  );
});

test('a stopped agent (SIGSTOP) costs a call its deadline; when it goes on, so do the calls', async () => {
  await using folder = await temporaryFolder();
  await using agent = await startAgent(marks, folder.file('s'));
  using asking = agentsOf(oneAgent(folder.file('s'), 'failure-mode "closed"; timeout-ms 300'));
  await asking.agents.ready();
  agent.child.kill('SIGSTOP');
  assert.equal((await asking.agents.ask('asked', requestTo('/'))).decision, 'unavailable');
  agent.child.kill('SIGCONT');
  await until('it answers', async () => (await asking.agents.ask('asked', requestTo('/'))).decision === 'allow');
});
