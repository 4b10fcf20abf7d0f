// A set of rules before anything has been said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSettings } from '../../../../agents/waf/compile/settings.ts';
import { setOf } from './support.ts';

test('no rules, and the settings that hold when no file says otherwise', () => {
  const { phases, settings, signatures } = setOf('# nothing');
  assert.deepEqual(phases, [[], [], [], [], [], []]);
  assert.deepEqual(settings, defaultSettings);
  assert.deepEqual(signatures, []);
});
