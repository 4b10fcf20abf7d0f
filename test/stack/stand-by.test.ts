// What goes on beside a running stack follows its facts: files are watched where the configuration says so, and no longer
// when it does not. The rest is told end to end, in notify.process.test.ts and e2e/changes.process.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackControl } from '../../stack/control.ts';
import { standBy } from '../../stack/stand-by.ts';
import type { Fact } from '../../stack/state.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ready: Fact = { type: 'stack-ready', listening: {}, missing: [], ms: 1 };
const reloaded: Fact = {
  type: 'change-ended',
  change: 'reload',
  outcome: 'applied',
  replaced: [],
  removed: [],
  ms: 1,
  failure: undefined,
};

test('files are asked for when the stack is ready and after each reload, while they are to be watched', async () => {
  using folder = tempFolder({ 'a.kdl': '' });
  let tell: (fact: Fact) => void = () => undefined;
  const control = {
    onFact: (listener: (fact: Fact) => void) => {
      tell = listener;
      return () => undefined;
    },
  } as unknown as StackControl;
  let [asked, watches] = [0, true];
  const reads: string[] = [];
  const files = () => {
    asked += 1;
    return [folder.of('a.kdl')];
  };
  await using _ = await standBy(control, {
    env: {},
    orphans: [],
    drainMs: 0,
    steer: async () => undefined,
    files,
    watchesFiles: () => watches,
    readCode: async () => void reads.push('read'),
  });
  assert.equal(asked, 0);
  tell(ready);
  assert.equal(asked, 1);
  assert.deepEqual(reads, ['read']);
  tell(reloaded);
  assert.equal(asked, 2);
  watches = false;
  tell(reloaded);
  assert.equal(asked, 2);
});
