// Plants paths of one machine and words that are not the project's own. They are put together here from pieces, so
// that this file keeps the rule it tests.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeOf } from './tree.ts';
import { voiceProblems } from './voice.ts';

const problemsOf = (text: string, path = 'docs/a.md') => voiceProblems(treeOf({ [path]: text }));
const slash = '/';

test('paths of one machine are named at their line', () => {
  const path = `${slash}work${slash}`;
  assert.deepEqual(problemsOf(`a\nsee ${path}main`), [
    `docs/a.md:2: '${path}': a path of one machine; use a relative path or one every system has`,
  ]);
  assert.equal(problemsOf(`cd ${slash}root${slash}x`).length, 1);
  assert.equal(problemsOf(`"${slash}home${slash}jane${slash}x"`).length, 1);
});

test('paths that every system has, and parts of an address, are kept', () => {
  assert.deepEqual(problemsOf('/etc/sentinel-stack/ https://example.org/work/1 ./work/x ~/x /home/'), []);
});

test('words about tools are named; words that only contain them, and lists of user agents, are kept', () => {
  const word = ['Cla', 'ude'].join('');
  assert.deepEqual(problemsOf(`written by ${word}`), [
    `docs/a.md:1: '${word}': the project speaks of itself alone; leave the word out`,
  ]);
  assert.equal(problemsOf(['a language', 'model'].join(' ')).length, 1);
  assert.deepEqual(problemsOf(`${word}Bot, the agent, a prompt`), []);
  assert.deepEqual(problemsOf(word, 'waf-rules/words/bots.data'), []);
});
