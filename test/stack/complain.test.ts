// Errors of the command line: for people, as JSON, and our own with what to report.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVersion } from '#config/version';
import { type Complaint, complain, complainOfUs } from '../../stack/complain.ts';
import { recorder } from './recorder.ts';

const complaint: Complaint = { code: 'usage', what: 'cannot do it', lines: ['last words'], hint: 'do it otherwise' };

test('where, what, the last lines, and what to do', () => {
  const stderr = recorder();
  complain({ stderr, json: false }, complaint);
  complain({ stderr, json: false }, { code: 'internal', what: 'no' });
  assert.equal(stderr.text(), 'error: cannot do it [usage]\n  | last words\n  do it otherwise\nerror: no [internal]\n');
});

test('the same as one line of JSON', () => {
  const stderr = recorder();
  complain({ stderr, json: true }, complaint);
  assert.deepEqual(JSON.parse(stderr.text()), { error: complaint });
});

test('our own mistake comes with version, platform and stack', async () => {
  const stderr = recorder();
  await complainOfUs({ stderr, json: false }, new Error('impossible'));
  const text = stderr.text();
  assert.match(text, /^error: sentinel-stack made a mistake and had to stop \[internal\]\n/);
  assert(text.includes(`sentinel-stack ${await readVersion()}, node ${process.version}`));
  assert.match(text, /Error: impossible\n.*complain\.test\.ts/);
  assert.match(text, /please report it with the lines above\n$/);
});
