// One value against one key, as transcripts: what is taken, and what is said of what is not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, choice, fieldOf, flag, integer, ms, name, network, oneOf, secs, size, text } from '#config/field';
import type { Scalar } from '#config/parse';
import { readValue } from '#config/read-value';
import { makeSource } from '#config/source';

const types = {
  text: text('A.'),
  name: name('A.'),
  word: integer('A.', { least: 0, default: 50, most: 10_000 }, { words: { low: 10, high: 100 } }),
  count: integer('A.', { least: 1, default: 5, most: 10 }),
  flag: flag('A.', false),
  size: size('A.', { least: 1024, default: 2048, most: 2 ** 20 }),
  'wait-secs': secs('A.', { least: 100, default: 1000, most: 600_000 }),
  'wait-ms': ms('A.', { least: 1, default: 100, most: 60_000 }),
  level: choice('A.', ['debug', 'info', 'warn'], { fallback: 'info' }),
  version: choice('A.', ['1']),
  address: address('A.'),
  network: network('A.'),
  status: oneOf('A.', [301, 308], 301),
};

/** The value as JSON, or `message -> hint`. */
function read(key: keyof typeof types, value: Scalar, environment = {}, written: string = key): string {
  const source = makeSource('a.kdl', `${key} x`);
  const type = types[key];
  const unit = written.endsWith('-ms') ? 'ms' : written.endsWith('-secs') ? 'secs' : undefined;
  const result = readValue(
    { value, at: { source, start: 0, end: 1 } },
    { key: written, field: fieldOf(type), type, unit },
    environment,
  );
  if (result.ok) return JSON.stringify(result.value);
  return result.problem.hint === undefined ? result.problem.what : `${result.problem.what} -> ${result.problem.hint}`;
}

const transcripts: ReadonlyArray<readonly [key: keyof typeof types, value: Scalar, told: string]> = [
  ['text', 'a b', '"a b"'],
  ['network', '10.0.0.0/8', '"10.0.0.0/8"'],
  ['network', '10.0.0.0/40', "'network' must have a prefix length from 0 to 32 behind the slash"],
  ['network', 5, '\'network\' takes a text, not 5 -> write "5"'],
  ['status', 308, '308'],
  ['status', 302, "'status' must be one of 301, 308"],
  ['status', '308', '\'status\' takes a whole number, not "308" -> write 308, without quotes'],
  ['text', 5, '\'text\' takes a text, not 5 -> write "5"'],
  ['text', true, '\'text\' takes a text, not true -> write "true"'],
  ['text', '', "'text' must be a text that is not empty and not too long"],
  ['name', 'a.b-c_1', '"a.b-c_1"'],
  [
    'name',
    'a b',
    "'name' must be a name: letters, digits, dots, dashes and underscores, at most 63, beginning with a letter or digit",
  ],
  ['count', 5, '5'],
  ['count', 11, "'count' must be from 1 to 10 -> the nearest is 10"],
  ['count', 0, "'count' must be from 1 to 10 -> the nearest is 1"],
  ['count', 1.5, "'count' takes a whole number, not 1.5 -> write a number, such as 5"],
  ['count', '5', '\'count\' takes a whole number, not "5" -> write 5, without quotes'],
  ['count', Number.POSITIVE_INFINITY, "'count' takes a whole number, not Infinity -> write a number, such as 5"],
  ['count', null, "'count' takes a whole number, not null -> write a number, such as 5"],
  ['word', 'high', '100'],
  ['word', 7, '7'],
  ['word', 'hihg', '\'word\' takes a whole number or one of low, high, not "hihg" -> did you mean "high"?'],
  [
    'word',
    'constructor',
    '\'word\' takes a whole number or one of low, high, not "constructor" -> write a number, such as 50',
  ],
  ['flag', true, 'true'],
  ['flag', 'yes', '\'flag\' takes #true or #false, not "yes" -> write #true'],
  ['flag', 'off', '\'flag\' takes #true or #false, not "off" -> write #false'],
  ['flag', 0, "'flag' takes #true or #false, not 0 -> write #false"],
  ['flag', 'maybe', '\'flag\' takes #true or #false, not "maybe" -> write #true or #false'],
  ['size', '64KiB', '65536'],
  ['size', 4096, '4096'],
  ['size', '64Kib/s', '\'size\' takes a size, not "64Kib/s" -> write bytes (1024) or a text such as "64KiB"'],
  [
    'size',
    '5 parsecs',
    '\'size\' takes a size, not "5 parsecs" -> write bytes (1024) or a text such as "64KiB"; \'parsecs\' is not a unit, these are: B, KB, MB, GB, KiB, MiB, GiB',
  ],
  ['size', 1, '\'size\' must be from 1KiB to 1MiB -> the nearest is "1KiB"'],
  ['wait-secs', 2, '2000'],
  ['wait-secs', 1.5, '1500'],
  ['wait-secs', '250ms', '250'],
  ['wait-secs', 601, "'wait-secs' must be from 100ms to 10m -> the nearest is 600"],
  ['wait-secs', 0.0001, '\'wait-secs\' must be from 100ms to 10m -> the nearest is "100ms"'],
  [
    'wait-secs',
    '5 parsecs',
    '\'wait-secs\' takes a duration, not "5 parsecs" -> write seconds (30) or a text such as "30s"; \'parsecs\' is not a unit, these are: ms, s, m, h, d',
  ],
  ['wait-ms', 250, '250'],
  ['wait-ms', '1s', '1000'],
  ['wait-ms', 1e300, "'wait-ms' must be from 1ms to 1m -> the nearest is 60000"],
  ['level', 'info', '"info"'],
  ['level', 'INFO', '"info"'],
  ['level', 'warning', '\'level\' takes one of "debug", "info", "warn", not "warning" -> did you mean "warn"?'],
  ['level', 'banana', '\'level\' takes one of "debug", "info", "warn", not "banana"'],
  ['version', '2', '\'version\' takes only "1", not "2" -> write "1"'],
  ['address', '[::1]:80', '"[::1]:80"'],
  [
    'address',
    'nowhere',
    '\'address\' must be an address: host:port, [v6]:port or unix:/path -> for example "127.0.0.1:8080"',
  ],
];

for (const [key, value, told] of transcripts) {
  test(`${key} ${String(value)}`, () => assert.equal(read(key, value), told));
}

test('bounds are said in the unit in which the key is written', () => {
  assert.equal(read('wait-secs', 1, {}, 'wait-ms'), "'wait-ms' must be from 100ms to 10m -> the nearest is 100");
  assert.equal(read('wait-ms', 100, {}, 'wait-secs'), "'wait-secs' must be from 1ms to 1m -> the nearest is 60");
});

const environment = { NAME: 'x', EMPTY: '', NUMBER: '7', BRACE: '} { "\n', YES: 'true', DOLLAR: '${NAME}' };

const variables: ReadonlyArray<readonly [key: keyof typeof types, value: string, told: string]> = [
  ['text', 'a ${NAME} b', '"a x b"'],
  ['text', '${NAME}${NAME}', '"xx"'],
  ['text', '${EMPTY:-d}', '"d"'],
  ['text', '${NONE:-d}', '"d"'],
  ['text', '${NONE:-}x', '"x"'],
  ['text', '$${NAME}', '"${NAME}"'],
  ['text', '$NAME $', '"$NAME $"'],
  ['text', '${BRACE}', '"} { \\"\\n"'],
  ['text', '${DOLLAR}', '"${NAME}"'],
  ['text', '${NONE}', 'the environment has no variable NONE -> set it, or give a default: ${NONE:-…}'],
  [
    'text',
    '${constructor}',
    'the environment has no variable constructor -> set it, or give a default: ${constructor:-…}',
  ],
  [
    'text',
    '${A-B}',
    "'${' opens the name of a variable, and none follows: letters, digits, underscores, then '}' or ':-' -> write '$${' for these two characters themselves",
  ],
  [
    'text',
    'a${',
    "'${' opens the name of a variable, and none follows: letters, digits, underscores, then '}' or ':-' -> write '$${' for these two characters themselves",
  ],
  ['text', '${EMPTY}', "'text' must be a text that is not empty and not too long"],
  ['count', '${NUMBER}', '7'],
  ['wait-secs', '${NUMBER}', '7000'],
  ['flag', '${YES}', 'true'],
  ['count', '${NAME}', '\'count\' takes a whole number, not "x" -> write a number, such as 5'],
];

for (const [key, value, told] of variables) {
  test(`variables: ${key} ${value}`, () => assert.equal(read(key, value, environment), told));
}

test('a long value is not repeated in full', () => {
  assert(read('level', 'x'.repeat(100_000)).length < 300);
});
