// The stack for machines: every line is JSON, with the child's name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervisorLimits } from '#config/limits';
import { jsonFace, withChild } from '../../stack/json-face.ts';
import { recorder } from './recorder.ts';

test('a JSON line stays byte for byte, with the name in front; anything else is wrapped', () => {
  assert.equal(withChild('waf', '{"a": 1.0}'), '{"child":"waf","a": 1.0}');
  assert.equal(withChild('waf', '{}'), '{"child":"waf"}');
  assert.equal(withChild('waf', 'text "quoted"'), '{"child":"waf","text":"text \\"quoted\\""}');
  assert.equal(withChild('waf', '{"a": b}'), '{"child":"waf","text":"{\\"a\\": b}"}');
  assert.equal(withChild('waf', '[1]'), '{"child":"waf","text":"[1]"}');
});

test('lines keep their stream, events go to stderr', () => {
  const [stdout, stderr] = [recorder(), recorder()];
  const face = jsonFace(stdout, stderr, 'info');
  face.line('proxy/1', 'stdout', '{"status":200}');
  face.line('waf', 'stderr', 'oops');
  face.started('waf', 12);
  face.tell({ type: 'stack-stopped', ms: 4, killed: [], connections: 2, cut: 0 }, () => []);
  assert.equal(stdout.text(), '{"child":"proxy/1","status":200}\n');
  const [line, ...events] = stderr
    .text()
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  assert.deepEqual(line, { child: 'waf', text: 'oops' });
  assert.deepEqual(
    events.map(({ event, child }) => [event, child]),
    [
      ['child-started', 'waf'],
      ['stack-stopped', undefined],
    ],
  );
});

test('the level holds back what is less important', () => {
  const stderr = recorder();
  const face = jsonFace(recorder(), stderr, 'error');
  face.started('waf', 12);
  assert.equal(stderr.text(), '');
});

test('a reader that does not read costs lines, not memory, and the count is told', () => {
  const [stdout, stderr] = [recorder(), recorder()];
  const face = jsonFace(stdout, stderr, 'info');
  stdout.pendingBytes = supervisorLimits.pendingBytesMax + 1;
  for (let line = 0; line < 3; line += 1) face.line('proxy/1', 'stdout', '{}');
  assert.equal(stdout.text(), '');
  stdout.pendingBytes = 0;
  face.line('proxy/1', 'stdout', '{}');
  assert.equal(stdout.text(), '{"child":"proxy/1"}\n');
  assert.partialDeepStrictEqual(JSON.parse(stderr.text()), { event: 'access-log-dropped', count: 3 });
});
