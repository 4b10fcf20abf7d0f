// The program's mode for questions, as a process: one JSON in, one JSON out.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { Database } from '../../../agents/waf/store/database.ts';
import { folderWith, toldBy } from './agent-support.ts';
import { scoring, scoringSet, storedOf } from './store/support.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'agents', 'waf', 'main.ts');

async function ask(question: Readonly<Record<string, unknown>>) {
  const { stdout, exitCode } = await execa(process.execPath, [program, '--desk'], {
    input: JSON.stringify(question),
    reject: false,
  });
  return { exitCode, answer: JSON.parse(stdout) };
}

async function recorded() {
  const folder = await folderWith({ 'r.conf': scoring });
  const path = join(folder.path, 'db');
  const database = new Database(path, 1024 * 1024);
  database.insert(['a1', 'a2'].map((id) => ({ ...storedOf(scoringSet(), { target: '/a?x=<script' }), id })));
  database.close();
  const told = {
    ...toldBy('waf { }'),
    rules: [join(folder.path, 'r.conf')],
    exclusionsFile: join(folder.path, 'x.conf'),
  };
  return { told, stores: [path], [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test('explain, replay, top and tune', async () => {
  await using on = await recorded();
  const { told, stores } = on;
  const explained = await ask({ action: 'explain', id: 'a1', told, stores });
  assert.partialDeepStrictEqual(explained, {
    exitCode: 0,
    answer: { ok: true, exclusionsFile: told.exclusionsFile, exclusion: { proof: { nowPass: 2 } } },
  });
  const off = { ...told, mode: 'off' };
  const replayed = await ask({ action: 'replay', told, other: off, stores });
  assert.partialDeepStrictEqual(replayed.answer, { recorded: 2, comparison: { nowPass: 2 } });
  assert.partialDeepStrictEqual((await ask({ action: 'top', told, stores })).answer, { rules: [{ ruleId: 100 }] });
  assert.partialDeepStrictEqual((await ask({ action: 'tune', told, stores })).answer, {
    groups: [{ place: 'GET /a', requests: 2, example: 'a2' }],
  });
});

test('what cannot be answered is said with a code', async () => {
  await using on = await recorded();
  const { told, stores } = on;
  const codeOf = async (question: Readonly<Record<string, unknown>>) => {
    const { exitCode, answer } = await ask({ told, stores, ...question });
    assert.equal(exitCode, 1);
    return answer.error.code;
  };
  assert.equal(await codeOf({ action: 'explain', id: 'zz' }), 'waf-request-unknown');
  assert.equal(await codeOf({ action: 'explain', id: 'a' }), 'waf-request-unknown');
  assert.equal(await codeOf({ action: 'top', stores: ['/nowhere/db'] }), 'waf-requests-unreadable');
  assert.equal(await codeOf({ action: 'replay', told: { ...told, rules: ['/nowhere.conf'] } }), 'rule-file-unusable');
  assert.equal(await codeOf({ action: 'replay', told: {} }), 'agent-config');
});
