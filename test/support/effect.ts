// A test that shows what a configuration key does. Its name carries the key's path in the language, so that
// test/config/effects.test.ts can find, for every key of the schema, the proof that it has an effect.

import { test } from 'node:test';

export function effect(keys: string | readonly string[], run: () => void | Promise<void>): void {
  const paths = typeof keys === 'string' ? [keys] : keys;
  test(`effect: ${paths.join(', ')}`, run);
}
