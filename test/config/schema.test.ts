// The table of keys is consistent in itself: every default is accepted by its own key, every example by the language.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldOf, isOptional } from '#config/field';
import { configSchema } from '#config/schema';
import { schemaKeys, valueKeys } from '#config/walk';
import { configOf } from '../support/config.ts';

for (const { path, field, type } of valueKeys()) {
  test(`${path}: its default is one of its values`, () => {
    if (field.fallback === undefined)
      assert(isOptional(type) || field.example !== undefined, 'required: show how it is written');
    else assert.equal(type.safeParse(field.fallback).success, true);
    if (field.range !== undefined) assert.equal(type.safeParse(field.range.most + 1).success, false);
  });
}

test('what refers to something refers to a collection of names', () => {
  const collections = new Set(
    schemaKeys()
      .filter(({ field }) => field.form === 'named')
      .map(({ key }) => key),
  );
  for (const { path, field } of schemaKeys()) {
    if (field.refersTo !== undefined) assert(collections.has(field.refersTo), path);
  }
});

test('nothing is accepted beside the keys', () => {
  const { config } = configOf('');
  assert.equal(configSchema.safeParse(config).success, true);
  assert.equal(configSchema.safeParse({ ...config, more: 1 }).success, false);
  assert.equal(configSchema.safeParse({ ...config, limits: { ...config.limits, more: 1 } }).success, false);
});

test('the sentence beside a key is about a key that exists', () => {
  const names = new Set(schemaKeys().map(({ key }) => key));
  for (const { path, field } of schemaKeys()) {
    for (const [, key = ''] of field.doc.matchAll(/`([a-z]+-[a-z-]+)`/g))
      assert(names.has(key), `${path} names ${key}`);
  }
  assert.equal(fieldOf(configSchema).form, 'block');
});
