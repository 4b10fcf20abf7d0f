// The rings of last lines: bounded per source, in order over all sources, filtered, and heard as they come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervisorLimits } from '#config/limits';
import { Journal } from '../../stack/journal.ts';

function journal() {
  const clock = { now: 1000 };
  return { clock, kept: new Journal(() => clock.now) };
}

const texts = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => text);

test('lines of all sources come back in the order in which they were written', () => {
  const { kept } = journal();
  kept.add('waf', 'stderr', 'one');
  kept.add('proxy/1', 'stdout', 'two');
  kept.add('waf', 'stderr', 'three');
  assert.deepEqual(texts(kept.lines()), ['one', 'two', 'three']);
  assert.deepEqual(texts(kept.lines({ count: 2 })), ['two', 'three']);
  assert.deepEqual(texts(kept.lines({ count: 0 })), []);
});

test('by source, where `proxy` stands for all workers, and by time', () => {
  const { kept, clock } = journal();
  for (const source of ['proxy/1', 'proxy/2', 'proxying', 'waf']) kept.add(source, 'stderr', source);
  assert.deepEqual(texts(kept.lines({ sources: ['proxy'] })), ['proxy/1', 'proxy/2']);
  clock.now = 2000;
  kept.add('waf', 'stderr', 'late');
  assert.deepEqual(texts(kept.lines({ sinceAt: 2000 })), ['late']);
});

test('a source that talks without end loses its own first lines and nobody else’s', () => {
  const { kept } = journal();
  kept.add('quiet', 'stderr', 'still here');
  for (let n = 0; n < supervisorLimits.keptLinesMax + 5; n += 1) kept.add('loud', 'stdout', `line ${n}`);
  assert.equal(kept.lines({ sources: ['loud'] }).length, supervisorLimits.keptLinesMax);
  assert.equal(kept.lines({ sources: ['loud'] })[0]?.text, 'line 5');
  assert.deepEqual(texts(kept.lines({ sources: ['quiet'] })), ['still here']);
});

test('a long line is cut, an empty one is none', () => {
  const { kept } = journal();
  kept.add('waf', 'stdout', 'x'.repeat(supervisorLimits.keptCharactersMax + 10));
  kept.add('waf', 'stdout', '  ');
  const [line, ...more] = kept.lines();
  assert.equal(line?.text.length, supervisorLimits.keptCharactersMax + 1);
  assert.equal(more.length, 0);
});

test('the last run of a child is what came after a mark', () => {
  const { kept } = journal();
  kept.add('waf', 'stderr', 'of the first run');
  const { mark } = kept;
  for (const text of ['a', 'b', 'c']) kept.add('waf', 'stderr', text);
  assert.deepEqual(kept.textsSince(mark, 'waf', 2), ['b', 'c']);
  assert.deepEqual(kept.textsSince(mark, 'nobody', 2), []);
});

test('a listener hears each line until it asks no more; a forgotten source has none', () => {
  const { kept } = journal();
  const heard: string[] = [];
  const forget = kept.onLine(({ text }) => void heard.push(text));
  kept.add('waf', 'stderr', 'one');
  forget();
  kept.add('waf', 'stderr', 'two');
  assert.deepEqual(heard, ['one']);
  kept.forget('waf');
  assert.deepEqual(kept.lines(), []);
});
