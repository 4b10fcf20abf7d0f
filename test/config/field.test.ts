// The words that the schema is written with: the name a key gets, and how a value of it is written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import {
  fieldOf,
  flag,
  integer,
  isOptional,
  keyOf,
  list,
  ms,
  named,
  optional,
  secs,
  size,
  text,
  writtenValue,
} from '#config/field';

const range = { least: 1, default: 2, most: 100_000 };

test('a key is its property in kebab case, with the unit of durations at the end', () => {
  const key = (property: string, type: z.ZodType) => keyOf(property, fieldOf(type));
  assert.equal(key('maxConnections', integer('A.', range)), 'max-connections');
  assert.equal(key('headerMs', secs('A.', range)), 'header-secs');
  assert.equal(key('restartDelayMs', ms('A.', range)), 'restart-delay-ms');
  assert.equal(key('maxBodyBytes', size('A.', range, { key: 'max-body-size' })), 'max-body-size');
});

test('a value is written as a person would', () => {
  const written = (type: z.ZodType, value: unknown) => writtenValue(fieldOf(type), value);
  assert.equal(written(size('A.', range), 2048), '"2KiB"');
  assert.equal(written(secs('A.', range), 30_000), '30');
  assert.equal(written(secs('A.', range), 250), '"250ms"');
  assert.equal(written(ms('A.', range), 250), '250');
  assert.equal(written(flag('A.', true), true), '#true');
  assert.equal(written(text('A.'), 'a "b"'), '"a \\"b\\""');
});

test('the default comes from the bounds; an optional key has none', () => {
  assert.equal(fieldOf(integer('A.', range)).fallback, 2);
  const type = optional(integer('A.', range));
  assert.equal(fieldOf(type).fallback, undefined);
  assert(isOptional(type));
  assert.equal(type.safeParse(undefined).success, true);
});

test('types keep what they promise', () => {
  assert.equal(integer('A.', range).safeParse(0).success, false);
  assert.equal(list('A.', text('B.'), { atLeastOne: true }).safeParse([]).success, false);
  assert.equal(named('route', 'A.', {}).safeParse([{ name: 'a b' }]).success, false);
  assert.equal(named('route', 'A.', {}).safeParse([{ name: 'a', more: 1 }]).success, false);
  assert.equal(named('route', 'A.', {}).safeParse([{ name: 'a' }]).success, true);
});

test('a type that no word made has no description', () => {
  assert.throws(() => fieldOf(z.string()), /no description/);
});
