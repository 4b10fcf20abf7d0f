// The semantics of a phase, as ModSecurity 2.9 has them: each test is a few rules and what they do to one request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, form, logged, run } from '../support.ts';

const on = 'SecRuleEngine On\nSecRequestBodyAccess On\n';
const tx = (rules: string, name: string, ask = {}) => run(on + rules, ask).state.tx.get(name);

test('every matching value has its effects: a score is added per value, and each is logged', () => {
  const transaction = run(`${on}SecRule ARGS "@rx ^x" "id:1,phase:1,pass,log,setvar:tx.score=+5"`, {
    target: '/?a=x1&b=y&c=x2',
  });
  assert.equal(transaction.state.tx.get('score'), '10');
  assert.deepEqual(logged(transaction), [1, 1]);
});

test('a negated operator matches no value that is not there; a count does', () => {
  const rules =
    'SecRule REQUEST_HEADERS:X "!@rx a" "id:1,phase:1,pass,log"\nSecRule &REQUEST_HEADERS:X "@eq 0" "id:2,phase:1,pass,log"';
  assert.deepEqual(logged(run(on + rules)), [2]);
  assert.deepEqual(logged(run(on + rules, { headers: [['x', 'b']] })), [1]);
});

test('a chain matches when all of it does; its starter has effects all the same; its texts are of the last link', () => {
  const rules = `SecRule ARGS:a "@rx 1" "id:1,phase:1,pass,log,logdata:'%{MATCHED_VAR_NAME}',setvar:tx.first=1,chain"
    SecRule ARGS:b "@rx 2" "setvar:tx.second=1"`;
  const half = run(on + rules, { target: '/?a=1&b=3' });
  assert.deepEqual([half.state.tx.get('first'), half.state.tx.get('second'), logged(half)], ['1', undefined, []]);
  const whole = run(on + rules, { target: '/?a=1&b=2' });
  assert.equal(whole.alerts[0]!.data, 'ARGS:b');
});

test('MATCHED_VARS grows over the links of a chain and over nothing else', () => {
  const rules = `SecRule ARGS "@rx x" "id:1,phase:1,pass,nolog"
    SecRule ARGS:a "@rx x" "id:2,phase:1,pass,nolog,chain"
      SecRule ARGS:b "@rx x" "chain"
        SecRule &MATCHED_VARS "@eq 2" "setvar:tx.two=1"
    SecRule &MATCHED_VARS "@eq 0" "id:3,phase:1,pass,nolog,setvar:tx.none=1"`;
  const { state } = run(on + rules, { target: '/?a=x&b=x&c=x' });
  assert.deepEqual([state.tx.get('two'), state.tx.get('none')], ['1', '1']);
});

test('captures are set where a rule asks for them, and those of the match before are gone', () => {
  const rules = `SecRule ARGS:a "@rx ^(a)(b)(c)?" "id:1,phase:1,pass,nolog,capture"
    SecRule TX:2 "@streq b" "id:2,phase:1,pass,nolog,setvar:tx.two=%{tx.2}"
    SecRule ARGS:a "@rx ^(a)" "id:3,phase:1,pass,nolog,capture"
    SecRule &TX:2 "@eq 0" "id:4,phase:1,pass,nolog,setvar:tx.gone=1"
    SecRule ARGS:a "@rx (b)" "id:5,phase:1,pass,nolog"`;
  const { state } = run(on + rules, { target: '/?a=ab' });
  assert.deepEqual(
    ['two', 'gone', '0', '1'].map((name) => state.tx.get(name)),
    ['b', '1', 'a', 'a'],
  );
});

test('multiMatch looks before and after each transformation that changes something', () => {
  const count = (target: string) =>
    tx('SecRule ARGS "@rx a" "id:1,phase:1,pass,nolog,t:none,t:lowercase,t:urlDecode,multiMatch,setvar:tx.n=+1"', 'n', {
      target,
    });
  assert.equal(count('/?x=a'), '1');
  assert.equal(count('/?x=aA'), '2');
  assert.equal(count('/?x=aA%2541'), '3', 'aA%41, aa%41, aaA');
});

test('skipAfter goes behind its marker, or to the end of the phase; skip counts a chain as one', () => {
  const set = (id: number) => `SecAction "id:${id},phase:1,pass,nolog,setvar:tx.r${id}=1"`;
  const ran = (rules: string) => {
    const { state } = run(on + rules);
    return [2, 3, 4].filter((id) => state.tx.get(`r${id}`) === '1');
  };
  const jump = (action: string) => `SecAction "id:1,phase:1,pass,nolog,${action}"`;
  assert.deepEqual(ran([jump('skipAfter:END'), set(2), 'SecMarker END', set(3)].join('\n')), [3]);
  assert.deepEqual(ran([jump('skipAfter:NOWHERE'), set(2), set(3)].join('\n')), []);
  const chain =
    'SecRule REQUEST_URI "@rx ." "id:2,phase:1,pass,nolog,setvar:tx.r2=1,chain"\nSecRule REQUEST_URI "@rx ." "setvar:tx.x=1"';
  assert.deepEqual(ran([jump('skip:1'), chain, set(3)].join('\n')), [3]);
});

test('deny stops the transaction where it is; the logging phase runs all the same', () => {
  const rules = `SecRule ARGS "@rx x" "id:1,phase:1,deny,status:406,log"
    SecAction "id:2,phase:1,pass,log"
    SecAction "id:3,phase:3,pass,log"
    SecAction "id:4,phase:5,deny,log"`;
  const transaction = run(on + rules, { target: '/?a=x' });
  assert.deepEqual(logged(transaction), [1, 4]);
  const { kind, status, ruleId } = transaction.verdict;
  assert.deepEqual([kind, status, ruleId], ['deny', 406, 1]);
  assert.match(transaction.alerts[0]!.action, /^Access denied with code 406 \(phase 1\)\.$/);
});

test('the first value that stops a transaction is the last that is looked at', () => {
  const transaction = run(`${on}SecRule ARGS "@rx x" "id:1,phase:1,deny,log,setvar:tx.n=+1"`, { target: '/?a=x&b=x' });
  assert.equal(transaction.state.tx.get('n'), '1');
});

test('block does what SecDefaultAction of that phase says', () => {
  const rules = 'SecDefaultAction "phase:1,log,auditlog,deny,status:418"\nSecAction "id:1,phase:1,block"';
  assert.equal(run(on + rules).verdict.status, 418);
  assert.equal(run(`${on}SecAction "id:1,phase:1,block"`).verdict.kind, 'pass');
});

test('redirect and drop say how', () => {
  const redirected = run(`${on}SecAction "id:1,phase:1,redirect:'/sorry?from=%{REQUEST_URI}'"`, { target: '/a' });
  assert.deepEqual([redirected.verdict.status, redirected.verdict.location], [302, '/sorry?from=/a']);
  const inherited = 'SecDefaultAction "phase:1,log,auditlog,deny,status:403"\nSecAction "id:1,phase:1,redirect:/a"';
  assert.equal(run(on + inherited).verdict.status, 302);
  assert.equal(run(`${on}SecAction "id:1,phase:1,redirect:/a,status:307"`).verdict.status, 307);
  assert.equal(run(`${on}SecAction "id:1,phase:1,drop"`).verdict.kind, 'drop');
});

test('DetectionOnly does everything but stop', () => {
  const rules =
    'SecRuleEngine DetectionOnly\nSecAction "id:1,phase:1,deny,log,setvar:tx.a=1"\nSecAction "id:2,phase:1,pass,log"';
  const transaction = run(rules);
  assert.deepEqual(
    [transaction.verdict.kind, logged(transaction), transaction.state.tx.get('a')],
    ['pass', [1, 2], '1'],
  );
  assert.equal(transaction.alerts[0]!.action, 'Warning.');
});

test('allow: the rest of everything, of this phase, or of the request', () => {
  const ran = (allow: string) =>
    logged(
      run(
        `${on}SecAction "id:9,phase:1,nolog,${allow}"\n${[1, 2, 3, 5].map((phase) => `SecAction "id:${phase},phase:${phase},pass,log"`).join('\n')}`,
      ),
    );
  assert.deepEqual(ran('allow'), [5]);
  assert.deepEqual(ran('allow:phase'), [2, 3, 5]);
  assert.deepEqual(ran('allow:request'), [3, 5]);
});

test('an engine that is off looks at nothing; one that is switched off stops looking', () => {
  assert.deepEqual(logged(run('SecRuleEngine Off\nSecAction "id:1,phase:1,deny,log"')), []);
  const rules = 'SecAction "id:1,phase:1,pass,nolog,ctl:ruleEngine=Off"\nSecAction "id:2,phase:1,deny,log"';
  assert.deepEqual(logged(run(on + rules)), []);
});

test('severity: the most severe that matched', () => {
  const rules = `SecAction "id:1,phase:1,pass,nolog,severity:ERROR"
    SecAction "id:2,phase:1,pass,nolog,severity:WARNING"
    SecRule HIGHEST_SEVERITY "@eq 3" "id:3,phase:1,pass,log"`;
  assert.deepEqual(logged(run(on + rules)), [3]);
});

test('rules see what came before them, in order: a body is not there in phase 1', () => {
  const rules = 'SecRule ARGS_POST "@rx ." "id:1,phase:1,pass,log"\nSecRule ARGS_POST "@rx ." "id:2,phase:2,pass,log"';
  assert.deepEqual(logged(run(on + rules, { method: 'POST', headers: form, body: 'a=1' })), [2]);
});

test('a phase runs once, and later ones wait for their turn', () => {
  const transaction = begin(`${on}SecAction "id:1,phase:1,pass,log"`);
  const head = { method: 'GET', target: '/', protocol: 'HTTP/1.1', headers: [] };
  transaction.requestHead(head, 0);
  transaction.requestHead(head, 0);
  transaction.end(0);
  transaction.end(0);
  assert.deepEqual(logged(transaction), [1]);
});

test('the logging phase looks at every value, whether the transaction was stopped or not', () => {
  const count = 'SecRule ARGS "@rx ." "id:2,phase:5,pass,nolog,setvar:tx.n=+1"';
  assert.equal(tx(`SecAction "id:1,phase:1,deny"\n${count}`, 'n', { target: '/?a=1&b=2&c=3' }), '3');
});
