// What others' tools say, as it is counted; and that the score of a unit without protection is no good one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { readLintian, readRpmlint, unitExposure } from '../../../packaging/life/lints.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const hasSystemd = await execa('systemd-analyze', ['--version'], { reject: false }).then(({ failed }) => !failed);

test('lintian: what an override explains does not count, everything else does', () => {
  const overridden = 'O: p: embedded-library zlib [a]\nO: p: embedded-library curl [a]\nO: p: hardening-no-pie [a]\n';
  assert.deepEqual(readLintian(overridden), {
    figure: '0 errors, 0 warnings, 0 infos, 0 pedantic; 2 tags overridden',
    isGood: true,
    lines: [],
  });
  const found = ['E: p: no-copyright-file', 'W: p: spelling', 'W: p: spelling', 'P: p: odd'];
  assert.deepEqual(readLintian(`N: a note\n${found.join('\n')}\n${overridden}`), {
    figure: '1 errors, 2 warnings, 0 infos, 1 pedantic; 2 tags overridden',
    isGood: false,
    lines: found,
  });
});

test('rpmlint: by its own sum; without one it is not good', () => {
  const sum = '1 packages and 0 specfiles checked; 0 errors, 0 warnings, 0 badness';
  assert.deepEqual(readRpmlint(sum), { figure: '0 errors, 0 warnings', isGood: true, lines: [] });
  const bad = 'p.x86_64: W: no-signature\n1 packages checked; 0 errors, 1 warning';
  assert.deepEqual(readRpmlint(bad), {
    figure: '0 errors, 1 warnings',
    isGood: false,
    lines: ['p.x86_64: W: no-signature'],
  });
  assert.equal(readRpmlint('Traceback').isGood, false);
});

test('a unit without protection has no good score', {
  skip: hasSystemd ? false : 'systemd-analyze is missing: NOT TESTED',
}, async () => {
  using folder = tempFolder({ 'bare.service': '[Service]\nExecStart=/bin/true\n' });
  const { figure, isGood } = await unitExposure(folder.of('bare.service'));
  assert.deepEqual([Number(figure) > 5, isGood], [true, false]);
});
