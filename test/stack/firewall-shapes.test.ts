// What is understood of the firewall's answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainedShape } from '../../stack/firewall-shapes.ts';
import { explained } from './firewall-support.ts';

test('more than is known is let through; less is not understood', () => {
  assert(explainedShape.safeParse({ ...explained, later: 1 }).success);
  assert(!explainedShape.safeParse({ ...explained, culprits: undefined }).success);
});
