// Tests as they are written, and mistakes in them with their lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';

const text = `---
meta:
  author: "somebody"
rule_id: 100
tests:
  - test_id: 7
    desc: the number stays a word
    stages:
      - input:
          dest_addr: 127.0.0.1
          port: 8080
          uri: "/\\u00e9"
          headers:
            X-Version: 1.0
            Accept: yes
          data: 'a={{ "ab" | repeat 3 }}'
        output:
          status: 403
          log:
            expect_ids: [ 100, 200 ]
            no_match_regex: x
`;

test('a test is read with everything as it was written', () => {
  const { cases, problems } = readCases('tests/100.yaml', text);
  assert.deepEqual(problems, []);
  const [one] = cases;
  const [stage] = one!.stages;
  assert.equal(one!.id, '100-7');
  assert.deepEqual(stage!.input.headers, [
    ['Accept', 'yes'],
    ['X-Version', '1.0'],
  ]);
  assert.equal(stage!.input.uri, '/\xc3\xa9', 'bytes of UTF-8');
  assert.equal(stage!.input.data, 'a=ababab');
  assert.equal(stage!.input.port, 8080);
  assert.equal(stage!.expected.status, 403);
  assert.deepEqual(stage!.expected.ids, [100, 200]);
  assert.equal(stage!.expected.matchesNot, 'x');
});

test('the rule comes from the name of the file and the number from the position, where they are not said', () => {
  const { cases } = readCases(
    'a/920100.yaml',
    'tests:\n  - stages:\n      - input: {uri: /}\n        output: {status: 200}\n',
  );
  assert.equal(cases[0]!.id, '920100-1');
});

test('an empty file is no mistake', () => {
  assert.deepEqual(readCases('a.yaml', ''), { cases: [], problems: [] });
});

test('a misspelt key is a problem at its line, and so is a test that cannot fail', () => {
  const { problems } = readCases(
    'a/1.yaml',
    text.replace('expect_ids', 'expect_id').replace('status: 403', 'status: 403'),
  );
  assert.deepEqual(
    problems.map(({ line, what }) => [line, what.split(' ')[0]]),
    [[20, "'expect_id'"]],
  );
  const idle = readCases('a/1.yaml', 'tests:\n  - stages:\n      - input: {uri: /}\n        output: {}\n');
  assert.match(idle.problems[0]!.what, /cannot fail/);
});

test('YAML that is none is a problem at its line', () => {
  assert.equal(readCases('a.yaml', 'tests:\n  - "open\n').problems[0]!.line > 1, true);
});

test('schema 3: one template, a payload for each test', () => {
  const { cases, problems } = readCases(
    'a/5.yaml',
    'rule_id: 5\ntemplate:\n  input: {uri: "/?x={{ .payload }}"}\n  output: {log: {expect_ids: [5]}}\ntests:\n  - id: 1\n    description: d\n    payload: abc\n',
  );
  assert.deepEqual(problems, []);
  assert.equal(cases[0]!.stages[0]!.input.uri, '/?x=abc');
  assert.deepEqual(cases[0]!.stages[0]!.expected.ids, [5]);
});

test('what would need one stage to know another is refused, not ignored', () => {
  const { problems } = readCases('1.yaml', text.replace('port: 8080', 'save_cookie: true'));
  assert.match(problems[0]!.what, /save_cookie is not supported/);
  assert.deepEqual(readCases('1.yaml', text.replace('port: 8080', 'follow_redirect: false')).problems, []);
});
