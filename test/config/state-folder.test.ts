// Where state is kept, by who asks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateFolder } from '#config/state-folder';

test('the service, root, a user, and somebody without a home', () => {
  assert.equal(stateFolder({ STATE_DIRECTORY: '/var/lib/a:/var/lib/b', HOME: '/users/u' }, true), '/var/lib/a');
  assert.equal(stateFolder({ HOME: '/root' }, true), '/var/lib/sentinel-stack');
  assert.equal(stateFolder({ HOME: '/users/u' }, false), '/users/u/.local/state/sentinel-stack');
  assert.equal(stateFolder({ HOME: '/users/u', XDG_STATE_HOME: '/state' }, false), '/state/sentinel-stack');
  assert.equal(stateFolder({ XDG_STATE_HOME: 'relative' }, false), '/var/lib/sentinel-stack');
});
