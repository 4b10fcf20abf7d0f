// Every variable there is, read once; and the table of the checker says the same names and kinds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variables } from '../../../../agents/waf/compile/variables.ts';
import { variableByName, variableNames } from '../../../../agents/waf/run/variables.ts';
import { run } from '../support.ts';

test('the checker and the evaluator know the same variables, of the same kinds', () => {
  assert.deepEqual(variableNames, Object.keys(variables).sort());
  for (const [name, { kind }] of Object.entries(variables)) {
    assert.equal(variableByName(name)?.isCollection, kind !== 'one', name);
  }
});

const { state } = run('SecRuleEngine On\nSecWebAppId shop\nSecAction "id:9,phase:1,pass,nolog,setenv:e=f"', {
  method: 'PUT',
  target: '/a/b.c?d=1',
  headers: [
    ['Host', 'h.example:8080'],
    ['Authorization', `Basic ${Buffer.from('me:secret').toString('base64')}`],
    ['Cookie', 'k=v'],
  ],
  response: {
    status: 404,
    headers: [
      ['Content-Type', 'text/html'],
      ['X', '1'],
    ],
  },
});
const one = (name: string) => variableByName(name)?.items(state, undefined)[0]?.value;
const all = (name: string) =>
  variableByName(name)
    ?.items(state, undefined)
    .map(({ key, value }) => `${key}=${value}`);

test('of the request and the connection', () => {
  const values = [
    'REQUEST_METHOD',
    'REQUEST_LINE',
    'REQUEST_PROTOCOL',
    'REQUEST_BASENAME',
    'QUERY_STRING',
    'SERVER_NAME',
    'SERVER_PORT',
    'REMOTE_ADDR',
    'REMOTE_PORT',
    'REMOTE_USER',
    'AUTH_TYPE',
  ].map(one);
  assert.deepEqual(values, [
    'PUT',
    'PUT /a/b.c?d=1 HTTP/1.1',
    'HTTP/1.1',
    'b.c',
    'd=1',
    'h.example',
    '443',
    '192.0.2.1',
    '50000',
    'me',
    'Basic',
  ]);
  assert.deepEqual(all('REQUEST_HEADERS_NAMES'), ['Host=Host', 'Authorization=Authorization', 'Cookie=Cookie']);
  assert.deepEqual(all('REQUEST_COOKIES'), ['k=v']);
});

test('of the response', () => {
  assert.deepEqual(['RESPONSE_STATUS', 'STATUS_LINE', 'RESPONSE_CONTENT_TYPE', 'RESPONSE_PROTOCOL'].map(one), [
    '404',
    'HTTP/1.1 404',
    'text/html',
    'HTTP/1.1',
  ]);
  assert.deepEqual(all('RESPONSE_HEADERS'), ['Content-Type=text/html', 'X=1']);
});

test('of the engine', () => {
  assert.deepEqual(['UNIQUE_ID', 'WEBAPPID', 'HIGHEST_SEVERITY', 'SESSIONID', 'MSC_PCRE_LIMITS_EXCEEDED'].map(one), [
    'unique-1',
    'shop',
    '255',
    '',
    '0',
  ]);
  assert.deepEqual(all('ENV'), ['e=f']);
  assert.deepEqual(all('RULE'), ['id=9']);
});

test('none throws before anything has come', () => {
  for (const name of variableNames)
    variableByName(name)?.items({ ...state, request: undefined, response: undefined }, undefined);
});
