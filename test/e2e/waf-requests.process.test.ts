// The first five minutes with the firewall: a stack, an attack, why it was refused, a mistake of the rules excluded with one
// command, the proof, and the request that passes. Then what each key of the recording does.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { openForReading } from '../../agents/waf/store/read-store.ts';
import type { StoredRequest } from '../../agents/waf/store/stored-request.ts';
import { eventually } from '../stack/processes.ts';
import { effect } from '../support/effect.ts';
import { launcher, startStack } from './up-stack.ts';

const rules = `SecAction "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_pl1=0"
SecRule ARGS "@contains <script" "id:100,phase:2,pass,log,msg:'Script',logdata:'Matched Data: %{MATCHED_VAR} found within %{MATCHED_VAR_NAME}',tag:'attack-xss',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule ARGS "@contains or 1=1" "id:101,phase:2,pass,log,msg:'SQL',tag:'attack-sqli',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule TX:inbound_anomaly_score_pl1 "@ge %{tx.inbound_anomaly_score_threshold}" "id:900,phase:2,deny,status:403,log,msg:'Score'"`;
const route = 'routes { route "r" { builtin-handler "demo" } }';

type Stack = Awaited<ReturnType<typeof startStack>>;

const start = (block: string): Promise<Stack> =>
  startStack({ config: `${route}\n${block}`, files: { 'r.conf': rules }, args: ['--workers', '1'] });

async function ask(stack: Stack, path: string, body?: string, headers: Record<string, string> = {}): Promise<number> {
  const sent = { connection: 'close', ...headers };
  const form = { ...sent, 'content-type': 'application/x-www-form-urlencoded' };
  const init = body === undefined ? { headers: sent } : { method: 'POST', body, headers: form };
  const response = await fetch((await stack.url()) + path, init);
  await response.arrayBuffer();
  return response.status;
}

function recordedIn(path: string): StoredRequest[] {
  const store = openForReading([path]);
  if ('problem' in store) return [];
  using open = store;
  return [...open.latest(10_000)];
}

const usualPlace = ({ folder }: Stack): string => join(folder, 'run', 'waf-requests.db');

async function waf(stack: Stack, ...words: string[]) {
  return execa(launcher, ['waf', ...words], { cwd: stack.folder, reject: false, env: { NO_COLOR: '1' } });
}

test('attacked, explained, excluded narrowly, proven, let through', async () => {
  await using stack = await start('waf { rules "r.conf" }');
  assert.equal(await ask(stack, '/search?q=%27or%201=1'), 403);
  assert.equal(await ask(stack, '/editor/save', 'html=<script>&title=x&password=secret!'), 403);
  assert.equal(await ask(stack, '/editor/save', 'title=<script>'), 403);
  await eventually('they are recorded', () => recordedIn(usualPlace(stack)).length === 3);

  const seen = await waf(stack, 'tail', '--once');
  assert.match(seen.stdout, /blocked 403 {2}POST \/editor\/save {3}from 127\.0\.0\.1/);
  assert.match(seen.stdout, /^ {10}Script in ARGS:html$/m);
  const id = /waf explain (\S+)/.exec(seen.stdout.split('Script in ARGS:html')[1] ?? '')?.[1] ?? '';

  const why = await waf(stack, 'explain', id.slice(0, 12));
  assert.match(why.stdout, /^POST \/editor\/save {3}from 127\.0\.0\.1 {3}.* ago {3}blocked 403/);
  assert.match(why.stdout, /ARGS:html {2}100 {2}Script {2}\+5 {2}matched: <script>/);
  assert.match(why.stdout, /Not recorded, since it is secret: ARGS:password/);
  const line = /^ +(SecRule REQUEST_FILENAME .*)$/m.exec(why.stdout)?.[1];
  assert.equal(
    line,
    'SecRule REQUEST_FILENAME "@streq /editor/save" "id:9980001,phase:1,pass,t:none,t:normalizePath,nolog,ctl:ruleRemoveTargetById=100;ARGS:html"',
  );
  assert.match(
    why.stdout,
    /of 3 recorded requests: 1 refused one would pass \(all POST \/editor\/save\), 0 others would change/,
  );
  assert.equal(existsSync(join(stack.folder, 'waf-exclusions.conf')), false); // nobody said --apply

  const done = await waf(stack, 'exclude', id, '--apply');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.match(
    await readFile(join(stack.folder, 'waf-exclusions.conf'), 'utf8'),
    /^# .*request .*\nSecRule REQUEST_FILENAME/,
  );
  const body = 'html=<script>&title=x';
  await eventually('it passes', async () => (await ask(stack, '/editor/save', body)) === 200);
  assert.equal(await ask(stack, '/editor/save', 'title=<script>'), 403);
  assert.equal(await ask(stack, '/editor', body), 403);
  assert.equal(await ask(stack, '/editor/save', 'html=or 1=1'), 403);
  await eventually('another process writes into the same file', () => recordedIn(usualPlace(stack)).length >= 6);
});

test('other rules are tried on what was recorded; groups and sums of it', async () => {
  await using stack = await start('waf { rules "r.conf" }');
  for (const client of ['192.0.2.1', '192.0.2.2'])
    assert.equal(await ask(stack, '/a?x=<script', undefined, { 'x-forwarded-for': client }), 403);
  assert.equal(await ask(stack, '/b?x=or%201=1'), 403);
  await eventually('they are recorded', () => recordedIn(usualPlace(stack)).length === 3);
  await writeFile(join(stack.folder, 'new.conf'), rules.replace('@contains <script', '@contains <nothing'));
  await writeFile(
    join(stack.folder, 'new.kdl'),
    `listeners { listener "http" { address "127.0.0.1:0" } }\n${route}\nwaf { rules "new.conf" }`,
  );
  const replayed = JSON.parse((await waf(stack, 'replay', '--with', 'new.kdl', '--json')).stdout);
  assert.partialDeepStrictEqual(replayed.comparison, {
    requests: 3,
    refused: 3,
    nowPass: 2,
    nowRefused: 0,
    unlikeThen: 0,
  });
  const top = JSON.parse((await waf(stack, 'top', '--json')).stdout);
  assert.partialDeepStrictEqual(top.rules[0], { ruleId: 100, requests: 2, where: [{ target: 'ARGS:x', requests: 2 }] });
  const tuned = JSON.parse((await waf(stack, 'tune', '--json')).stdout);
  assert.partialDeepStrictEqual(tuned.groups[0], { place: 'GET /a', requests: 2, exclusion: { passes: true } });
  const unknown = await waf(stack, 'explain', 'nobody1');
  assert.equal(unknown.exitCode, 1);
  assert.match(unknown.stderr, /no request "nobody1" is recorded \[waf-request-unknown\]/);
});

effect(
  [
    'waf.recorded-requests.path',
    'waf.recorded-requests.max-requests',
    'waf.recorded-requests.max-body-size',
    'waf.recorded-requests.passing-sample-secs',
  ],
  async () => {
    const keys = 'path "kept.db"; max-requests 3; max-body-size 20; passing-sample-secs 1';
    await using stack = await start(`waf { rules "r.conf"; recorded-requests { ${keys} } }`);
    const recorded = () => recordedIn(join(stack.folder, 'kept.db'));
    assert.equal(await ask(stack, '/fine'), 200);
    await eventually('what passes is sampled', () => recorded().some(({ verdict }) => verdict === 'passed'));
    for (let index = 0; index < 6; index += 1) await ask(stack, `/${index}`, 'html=<script>&more=than%20is%20kept');
    await eventually('the latest three are there', () => {
      const targets = recorded().map(({ target }) => target);
      return targets.length === 3 && targets[0] === '/5';
    });
    assert.partialDeepStrictEqual(recorded()[0], { body: 'html=<script>&more=t', isBodyCut: true });
    assert.equal(existsSync(usualPlace(stack)), false);
  },
);

effect('waf.recorded-requests.max-requests', async () => {
  await using stack = await start('waf { rules "r.conf"; recorded-requests { max-requests 0 } }');
  assert.equal(await ask(stack, '/?x=<script'), 403);
  const said = await waf(stack, 'top');
  assert.equal(said.exitCode, 1);
  assert.match(said.stderr, /waf-requests-unreadable/);
});

effect('waf.recorded-requests.max-size', async () => {
  await using stack = await start('waf { rules "r.conf"; recorded-requests { max-size "1MiB" } }');
  const body = `html=<script>${'y'.repeat(60_000)}`;
  for (let index = 0; index < 40; index += 1) await ask(stack, `/${index}`, body);
  await eventually('the last one is there', () => recordedIn(usualPlace(stack))[0]?.target === '/39');
  const count = recordedIn(usualPlace(stack)).length;
  assert(count > 5 && count < 18, `${count} are there`);
});

effect('waf.recorded-requests.max-age-secs', async () => {
  await using stack = await start('waf { rules "r.conf"; recorded-requests { max-age-secs 1 } }');
  assert.equal(await ask(stack, '/?x=<script'), 403);
  await eventually('it is recorded', () => recordedIn(usualPlace(stack)).length === 1);
  await eventually('it is removed', () => recordedIn(usualPlace(stack)).length === 0);
});

effect('waf.exclusions-file', async () => {
  const off = 'SecRule REQUEST_FILENAME "@streq /a" "id:7,phase:1,pass,nolog,ctl:ruleRemoveById=100"';
  await using stack = await startStack({
    config: `${route}\nwaf { rules "r.conf"; exclusions-file "mine.conf" }`,
    files: { 'r.conf': rules, 'mine.conf': off },
    args: ['--workers', '1'],
  });
  assert.deepEqual([await ask(stack, '/a?x=<script'), await ask(stack, '/b?x=<script')], [200, 403]);
});
