// The runner against a firewall that is not ours: nginx with libmodsecurity and the Core Rule Set, known by its address
// and its error log. What fails there stands in a ledger with the reason, most of it known from CRS's own gate. Here only
// the groups 911 to 922 are run, in a few seconds; CRS_FOREIGN=all runs the whole corpus.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { rulePathsOf } from '../../agents/waf/engine.ts';
import { readCases } from '../../crs-tests/cases.ts';
import { isGood, readLedger } from '../../crs-tests/ledger.ts';
import { engineSettings, testSettings } from '../../crs-tests/rules.ts';
import { runOverWire } from '../../crs-tests/run-wire.ts';
import { UrlTarget } from '../../crs-tests/target-url.ts';
import { startBackend } from '../../crs-tests/wire/backend-server.ts';
import { urlTargetOptions } from '../../crs-tests/wire-options.ts';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { startNginx, withoutNginx } from '../support/nginx-modsecurity.ts';
import { folderWith } from '../support/terminal.ts';

const markerRule = `SecRule REQUEST_HEADERS:X-CRS-Test "@rx ^.*$" "id:999999,phase:1,pass,t:none,log,msg:'X-CRS-Test %{MATCHED_VAR}',ctl:ruleRemoveById=1-999999"\n`;

test('nginx with ModSecurity, by its address and log', { skip: withoutCrs || withoutNginx }, async () => {
  const ledger = readLedger(readFileSync(new URL('./ledger-nginx.json', import.meta.url), 'utf8'));
  assert(!('problem' in ledger));
  const pattern = process.env['CRS_FOREIGN'] === 'all' ? '**/*.yaml' : '**/9{11,13,20,21,22}*.yaml';
  const cases = globSync(join(crsFolder ?? '', 'tests', pattern))
    .sort()
    .flatMap((file) => readCases(file, readFileSync(file, 'utf8')).cases);
  assert(cases.length > 300, `${cases.length} tests`);
  await using folder = await folderWith({});
  await writeFile(join(folder.path, 'tests.conf'), testSettings + markerRule);
  const { setup, rules } = await rulePathsOf(crsFolder ?? '');
  await using backend = await startBackend();
  await using nginx = await startNginx(backend.address, engineSettings, [
    ...setup,
    join(folder.path, 'tests.conf'),
    ...rules,
  ]);
  await using target = await UrlTarget.open(new URL(nginx.url), urlTargetOptions({ 'log-file': nginx.log }));
  const results = await runOverWire({
    cases,
    target,
    ledger,
    overrides: [],
    failFast: false,
    rules: () => Promise.resolve(undefined),
    signal: new AbortController().signal,
  });
  const bad = results.filter(({ standing }) => !isGood(standing));
  assert(bad.length === 0, bad.map(({ id, standing, explanation }) => `${id} ${standing}\n${explanation}`).join('\n'));
});
