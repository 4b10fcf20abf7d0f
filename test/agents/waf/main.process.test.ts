// The program as it runs: told its rules over the socket, asked over it, and asked on its standard input without serving.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { readReply } from '#protocol/reply-json';
import { configure, dial, requestHeaders, startAgent, temporaryFolder } from '../support.ts';
import { folderWith, toldBy } from './agent-support.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'agents', 'waf', 'main.ts');
const deny = (word: string) => `SecRule ARGS "@contains ${word}" "id:1,phase:2,deny,status:403,msg:'no'"`;

function decisionOf(message: unknown) {
  const reading = readReply(message);
  assert(reading.ok, reading.ok ? '' : reading.problem);
  return reading.value.decision;
}

test('it decides by its rules, takes another set whole, and keeps the old one when the new is broken', async () => {
  await using rules = await folderWith({ 'a.conf': deny('evil'), 'b.rules': 'SecRule ARGS', 'c.rules': deny('other') });
  const told = (file: string) => toldBy(`waf { rules "${join(rules.path, file)}" }`);
  await using folder = await temporaryFolder();
  await using agent = await startAgent('agents/waf/main.ts', folder.file('s'));
  await using client = await dial(folder.file('s'));
  assert.equal(decisionOf(await client.call(configure(told('a.conf')))).type, 'allow');
  assert.partialDeepStrictEqual(decisionOf(await client.call(requestHeaders('/?x=evil'))), {
    type: 'block',
    status: 403,
    ruleId: '1',
  });
  assert.equal(decisionOf(await client.call(requestHeaders('/?x=good'))).type, 'allow');
  const refused = decisionOf(await client.call(configure(told('b.rules'))));
  assert(refused.type === 'block');
  assert.match(refused.body ?? '', /b\.rules:1:\d+: error: .*\[rule-syntax\]/);
  assert.equal(decisionOf(await client.call(requestHeaders('/?x=evil'))).type, 'block');
  await client.call(configure(told('c.rules')));
  assert.equal(decisionOf(await client.call(requestHeaders('/?x=evil'))).type, 'allow');
  assert.equal(decisionOf(await client.call(requestHeaders('/?x=other'))).type, 'block');
  assert.equal(decisionOf(await client.call(configure({ mode: 'x' }))).type, 'block');
  agent.child.kill('SIGTERM');
  assert.equal((await agent.exit).exitCode, 0);
});

test('--check says what is wrong, --show what it comes to', async () => {
  await using rules = await folderWith({ 'a.conf': deny('evil'), 'b.rules': 'SecRule ARGS' });
  const ask = (mode: string, file: string) =>
    execa(process.execPath, [main, mode], {
      input: JSON.stringify(toldBy(`waf { rules "${join(rules.path, file)}" }`)),
      reject: false,
    });
  const good = await ask('--check', 'a.conf');
  assert.equal(good.exitCode, 0);
  assert.partialDeepStrictEqual(JSON.parse(good.stdout), { problems: [] });
  const bad = await ask('--check', 'b.rules');
  assert.equal(bad.exitCode, 1);
  assert.partialDeepStrictEqual(JSON.parse(bad.stdout), { problems: [{ place: { line: 1 }, code: 'rule-syntax' }] });
  const shown = await ask('--show', 'a.conf');
  assert.match(shown.stdout, /^SecRuleEngine On$/m);
  assert.match(shown.stdout, /^Include .*a\.conf$/m);
});

test('--check tells what the set on trial has to be warned of, and what both sets have once', async () => {
  const idle = 'SecAuditLog /nowhere/audit.log';
  await using rules = await folderWith({
    'live.conf': deny('evil'),
    'both.conf': idle,
    'trial.conf': `${deny('other')}\n${idle}`,
  });
  const [live, both, trial] = ['live.conf', 'both.conf', 'trial.conf'].map((name) => join(rules.path, name));
  const { stdout } = await execa(process.execPath, [main, '--check'], {
    input: JSON.stringify(
      toldBy(`waf { rules "${live}" "${both}"; canary { rules "${both}" "${trial}"; percent 50 } }`),
    ),
    reject: false,
  });
  const { problems } = JSON.parse(stdout) as { problems: readonly { place: { file: string; line: number } }[] };
  assert.deepEqual(
    problems.map(({ place }) => `${place.file}:${place.line}`),
    [`${both}:1`, `${trial}:2`],
  );
});
