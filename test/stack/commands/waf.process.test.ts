// `waf` as a person sees it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, type } from '../../support/terminal.ts';

const base =
  'listeners { listener "a" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

test('show: what the words of the configuration come to, with the files between', async () => {
  const exclusion = 'exclusions { exclusion "editor" { tags "attack-xss"; path "/editor"; targets "ARGS:html" } }';
  await using folder = await folderWith({
    'sentinel.kdl': `${base}waf { rules "a.conf"; mode "detection"; ${exclusion} }`,
    'a.conf': 'SecAction "id:1,phase:1,pass"',
  });
  const { code, stdout } = await type('waf show', { cwd: folder.path });
  assert.equal(code, 0);
  assert.match(stdout, /^SecRuleEngine DetectionOnly$/m);
  assert.match(
    stdout,
    /^# exclusion "editor"\nSecRule REQUEST_FILENAME "@beginsWith \/editor" ".*ctl:ruleRemoveTargetByTag=\^attack-xss\$;ARGS:html"$/m,
  );
  assert.match(stdout, /^Include .*a\.conf$/m);
});

test('show without a firewall', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': base });
  const { code, stderr } = await type('waf show', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /no firewall.*\n.*add waf \{ \}/);
});

test('explain: one request through the rules of the configuration, of a route, or of a file', async () => {
  await using folder = await folderWith({
    'sentinel.kdl': `${base.replace('"status" }', '"status"; waf { mode "detection" } }')}waf { rules "a.conf" }`,
    'a.conf': `SecRule ARGS "@rx evil" "id:7,phase:2,deny,log,msg:'bad'"`,
    'b.conf': `SecRule ARGS "@rx evil" "id:8,phase:2,deny,status:406,log,msg:'worse'"`,
    'request.txt': 'GET /?a=evil HTTP/1.1\r\nHost: h\r\n\r\n',
  });
  const told = async (words: string) => {
    const { code, stdout } = await type(words, { cwd: folder.path });
    return [code, /(?:passes|blocked \d+ by rule \d+)/.exec(stdout)?.[0]];
  };
  assert.deepEqual(await told('waf explain /?a=evil'), [0, 'blocked 403 by rule 7']);
  assert.deepEqual(await told('waf explain /?a=evil --route r'), [0, 'passes']);
  assert.deepEqual(await told('waf explain GET http://h/?a=evil --rules b.conf'), [0, 'blocked 406 by rule 8']);
  assert.deepEqual(await told('waf explain --request request.txt'), [0, 'blocked 403 by rule 7']);
  const { stdout } = await type('waf explain /?a=evil --json', { cwd: folder.path });
  assert.equal(JSON.parse(stdout).verdict.ruleId, 7);
});

test('explain: what cannot be explained is said', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': base, 'a.conf': 'SecMarker a' });
  const told = async (words: string) => {
    const { code, stderr } = await type(words, { cwd: folder.path });
    return `${code} ${stderr}`;
  };
  assert.match(await told('waf explain'), /^2 [\s\S]*there is no request to explain/);
  assert.match(await told('waf explain / --request a.conf'), /^2 [\s\S]*there is --request and '\/'/);
  assert.match(await told('waf explain --request none'), /^2 [\s\S]*none cannot be read/);
  assert.match(await told('waf explain / --route none --rules a.conf'), /^2 [\s\S]*no route "none"/);
  assert.match(await told('waf explain /'), /^1 [\s\S]*no firewall/);
  assert.match(await told('waf explain curl --rules a.conf'), /^2 [\s\S]*names no address/);
});
