// Where a value came from: its own place, or that of the nearest thing around it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Origins } from '#config/origin';
import { makeSource } from '#config/source';
import { configOf } from '../support/config.ts';

test('the nearest thing around that stands in a file', () => {
  const origins = new Origins();
  const at = { source: makeSource('a.kdl', 'routes'), start: 0, end: 6 };
  origins.set('routes.0', { kind: 'file', at, variables: [] });
  assert.equal(origins.at('routes.0.matches.path.3'), at);
  assert.equal(origins.at('limits'), undefined);
  assert.equal(origins.get('routes.0').kind, 'file');
  assert.equal(origins.get('routes.0.priority').kind, 'default');
  assert.equal(origins.has('routes.0'), true);
  assert.equal(origins.has('routes.0.matches'), false);
});

test('every way a value comes about', () => {
  const text = `
defaults { route { policies { timeout-secs 5 } } }
routes {
  route "a" { builtin-handler "status"; priority "\${HOW:-high}" }
}`;
  const { origins } = configOf(text);
  const told = (path: string) => {
    const { kind, at, variables } = origins.get(path);
    return `${kind} ${at?.source.text.slice(at.start, at.end)} ${variables.join()}`;
  };
  assert.equal(told('routes.0.policies.timeoutMs'), 'defaults 5 ');
  assert.equal(told('routes.0.priority'), 'file "${HOW:-high}" HOW');
  assert.equal(told('routes.0.builtinHandler'), 'file "status" ');
  assert.equal(told('limits.maxConnections'), 'default undefined ');
});
