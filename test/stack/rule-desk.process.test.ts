// Finding the firewall that a question is about, and asking it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { topShape } from '../../stack/firewall-shapes.ts';
import { askDesk, firewallOf, toldByFile } from '../../stack/rule-desk.ts';
import { folderWith } from '../support/terminal.ts';
import { recorder } from './recorder.ts';

const base =
  'listeners { listener "a" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

function contextIn(cwd: string) {
  const [stdout, stderr] = [recorder(false), recorder(false)];
  return { stdout, stderr, env: {}, cwd, commands: [], json: false, onSignal: () => () => undefined };
}

test('without a stack: the file found, and the places where its recording may be', async () => {
  await using folder = await folderWith({
    'sentinel.kdl': `${base}system { runtime-dir "${'{run}'}" }\nwaf { }`,
    'named.kdl': `${base}waf { recorded-requests { path "kept.db" } }`,
    'none.kdl': base,
  });
  const context = contextIn(folder.path);
  const usual = await firewallOf(context, { 'runtime-dir': join(folder.path, 'run') });
  assert.deepEqual(usual?.stores, [join(folder.path, 'run', 'waf-requests.db')]);
  const named = await firewallOf(context, { config: 'named.kdl', 'runtime-dir': folder.path });
  assert.deepEqual(named?.stores, [join(folder.path, 'kept.db')]);
  assert.equal(await firewallOf(context, { config: 'none.kdl', 'runtime-dir': folder.path }), undefined);
  assert.match(context.stderr.text(), /this configuration has no firewall/);
  assert.partialDeepStrictEqual(toldByFile(context, 'named.kdl'), { mode: 'prevention' });
});

test('an answer, or the complaint that came in its place', async () => {
  const refused = await askDesk({ action: 'top', told: {}, stores: ['/nowhere'] }, topShape);
  assert.partialDeepStrictEqual(refused, { ok: false, complaint: { code: 'waf-requests-unreadable' } });
  const nonsense = await askDesk({ action: 'dance' }, topShape);
  assert.partialDeepStrictEqual(nonsense, { ok: false, complaint: { code: 'internal' } });
});
