// The words of balancing: spelt either way, blocks for algorithms that there are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldOf } from '#config/field';
import { balancing, parametersOf } from '#config/schema-balance';
import { configOf } from '../support/config.ts';

const algorithms = fieldOf(balancing.loadBalancing).choices ?? [];

test('hyphens and underscores, small letters and large', () => {
  const read = (word: string) =>
    configOf(
      `routes { route "r" { upstream "u" } }; upstreams { upstream "u" { target "127.0.0.1:1"; load-balancing "${word}" } }`,
    ).config.upstreams[0]?.loadBalancing;
  for (const word of ['power_of_two_choices', 'power-of-two-choices', 'Power_Of_Two_Choices'])
    assert.equal(read(word), 'power-of-two-choices');
});

test('each block of parameters is read by algorithms that there are', () => {
  for (const [block, readers] of Object.entries(parametersOf)) {
    assert(block in balancing, block);
    for (const reader of readers) assert(algorithms.includes(reader), reader);
  }
});
