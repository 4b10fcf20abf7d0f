// Which keys are taken apart, and into what.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opened } from '#config/opened';
import type { Node } from '#config/parse';
import { healthCheck } from '#config/schema-resilience';
import { shapeOf } from '#config/walk';

const at = { source: undefined, start: 0, end: 0 } as unknown as Node['nameAt'];
const node = (name: string, children?: readonly Node[]): Node => ({
  name,
  nameAt: at,
  args: [],
  properties: [],
  children,
});

test('only a key that opens, and only where it has a block', () => {
  const { type, path } = shapeOf(healthCheck);
  assert(type !== undefined && path !== undefined);
  const inner = [node('path'), node('host')];
  assert.deepEqual(opened(node('type', inner), type), [node('type'), ...inner]);
  for (const [entry, of] of [
    [node('type'), type],
    [node('path', inner), path],
    [node('what', inner), undefined],
  ] as const)
    assert.deepEqual(opened(entry, of), [entry]);
});
