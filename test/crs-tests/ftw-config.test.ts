// go-ftw's configuration, as it is written and as it is not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '../../crs-tests/case.ts';
import { type FtwConfig, fateOf, noConfig, readFtwConfig } from '../../crs-tests/ftw-config.ts';

function read(source: string): FtwConfig {
  const config = readFtwConfig(source);
  assert(!('problem' in config), JSON.stringify(config));
  return config;
}
const problemOf = (source: string): string => {
  const config = readFtwConfig(source);
  return 'problem' in config ? config.problem : '';
};
const named = (id: string): Case => ({ id, ruleId: 1, testId: 1, file: '', description: '', tags: [], stages: [] });

test('what it says becomes options, a target, and the fate of tests', () => {
  const config = read(`---
logfile: error.log
logmarkerheadername: X-Other
maxmarkerretries: 10
maxmarkerloglines: 2000
include: '^9'
exclude: '-1$'
include_tags: fast
skip_tls_verification: true
mode: default
testoverride:
  input: {dest_addr: '127.0.0.1', port: 8443, protocol: https}
  ignore: {'^920': 'nginx answers itself'}
  forcefail: {'^92[01]': 'reason'}
  forcepass: {'^9': 'reason'}
`);
  assert.deepEqual(config.values, {
    'log-file': 'error.log',
    'log-marker-header': 'X-Other',
    'max-marker-retries': '10',
    'max-marker-log-lines': '2000',
    include: '^9',
    exclude: '-1$',
    'include-tags': 'fast',
    'skip-tls-verification': true,
  });
  assert.equal(config.target, 'https://127.0.0.1:8443');
  assert.equal(config.ignored[0]?.reason, 'nginx answers itself');
  assert.deepEqual(
    ['920100-1', '921100-1', '942100-1', '111-1'].map((id) => fateOf(config, named(id))),
    ['ignored', 'failed', 'passed', 'run'],
  );
});

test('nothing, or little', () => {
  assert.deepEqual([read(''), read('{}')], [noConfig, noConfig]);
  assert.equal(read('testoverride: {input: {port: 80}}').target, 'http://localhost:80');
  assert.equal(read('testoverride: {input: {dest_addr: waf}}').target, 'http://waf');
});

test('what has no effect here is refused, and so is what is none', () => {
  assert.match(problemOf('mode: cloud'), /^mode: only mode default/);
  assert.match(problemOf('testoverride: {input: {uri: /x}}'), /^testoverride: input: .*uri/);
  assert.match(problemOf('logfle: x'), /logfle/);
  assert.match(problemOf('testoverride: {ignore: {"(": r}}'), /regular expression/i);
  assert.match(problemOf('- a'), /expected object/);
  assert.match(problemOf('"'), /quote/);
});
