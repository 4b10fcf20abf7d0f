// The codec of Protocol Buffers beside protobufjs, which reads the published .proto files: what one writes the other
// reads, both ways; and no bytes do more than be refused.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import {
  decodeProtobuf,
  encodeProtobuf,
  listOf,
  message,
  type Rule,
  type Scalar,
  union,
} from '../../../agents/protocol/protobuf.ts';
import { anyCharacter } from '../../support/characters.ts';

const field = (number: number, type: Scalar | ReturnType<typeof message>, rule: Rule = 'one') => ({
  number,
  type,
  rule,
});

const inner = message('Inner', { a: field(1, 'string'), b: field(2, 'uint', 'maybe') });
const choice = union('Choice', { none: field(1, message('Empty', {}), 'maybe'), some: field(2, inner, 'maybe') });
const outer = message('Outer', {
  text: field(1, 'string'),
  flag: field(2, 'bool'),
  whole: field(3, 'uint'),
  real: field(4, 'double'),
  data: field(5, 'bytes'),
  maybe: field(6, 'string', 'maybe'),
  names: field(7, 'string', 'list'),
  counts: field(8, 'uint', 'list'),
  inner: field(9, inner, 'maybe'),
  inners: field(10, inner, 'list'),
  table: field(11, 'string', 'map'),
  lists: field(12, listOf('Values', 'string'), 'map'),
  choice: field(13, choice, 'maybe'),
  far: field(1000, 'string', 'maybe'),
});
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Empty {} message Inner { string a = 1; optional uint64 b = 2; } message Values { repeated string values = 1; }
   message Choice { oneof content { Empty none = 1; Inner some = 2; } }
   message Outer { string text = 1; bool flag = 2; uint64 whole = 3; double real = 4; bytes data = 5; optional string maybe = 6;
     repeated string names = 7; repeated uint64 counts = 8; Inner inner = 9; repeated Inner inners = 10;
     map<string, string> table = 11; map<string, Values> lists = 12; Choice choice = 13; optional string far = 1000; }`,
  { keepCase: true },
);
const peer = root.lookupType('Outer');

const text = fc.string({ unit: anyCharacter, maxLength: 200 });
const whole = fc.maxSafeNat();
const innerValue = fc.record({ a: text, b: whole }, { requiredKeys: ['a'], noNullPrototype: true });
const name = fc.constantFrom('a', 'b', 'constructor', 'x-y');
const value = fc.record(
  {
    text,
    flag: fc.boolean(),
    whole,
    real: fc.double({ noNaN: true }).map((one) => one + 0),
    data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    maybe: text,
    names: fc.array(text, { maxLength: 4 }),
    counts: fc.array(whole, { maxLength: 4 }),
    inner: innerValue,
    inners: fc.array(innerValue, { maxLength: 3 }),
    table: fc.dictionary(name, text, { noNullPrototype: true }),
    lists: fc.dictionary(name, fc.array(text, { maxLength: 3 }), { noNullPrototype: true }),
    choice: innerValue.map((some) => ({ some })),
    far: text,
  },
  {
    requiredKeys: ['text', 'flag', 'whole', 'real', 'data', 'names', 'counts', 'inners', 'table', 'lists'],
    noNullPrototype: true,
  },
);

/** As protobufjs has it. */
function forPeer(given: { lists: Record<string, string[]> }): object {
  const lists = Object.fromEntries(Object.entries(given.lists).map(([key, values]) => [key, { values }]));
  return { ...given, lists };
}

test('what is written is read again, and protobufjs reads the same', () => {
  fc.assert(
    fc.property(value, (given) => {
      const bytes = encodeProtobuf(outer, given);
      assert.deepEqual(decodeProtobuf(outer, bytes), given);
      const theirs = peer.toObject(peer.decode(bytes), { longs: Number, arrays: true, objects: true, defaults: false });
      assert.deepEqual({ ...theirs, data: Buffer.from(theirs['data'] ?? []) }, forPeer(given));
    }),
  );
});

test('what protobufjs writes is read', () => {
  fc.assert(
    fc.property(value, (given) => {
      const bytes = Buffer.from(peer.encode(peer.fromObject(forPeer(given))).finish());
      assert.deepEqual(decodeProtobuf(outer, bytes), given);
    }),
  );
});

test('a word of a union is a bare text here, an empty message there', () => {
  const bytes = encodeProtobuf(outer, { choice: 'none' });
  const theirs = peer.toObject(peer.decode(bytes));
  assert.deepEqual(theirs['choice'], { none: {} });
});

test('any bytes are read or refused, and so is any message that was damaged', () => {
  const damaged = fc.tuple(value, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
    const bytes = encodeProtobuf(outer, given);
    bytes[at % Math.max(bytes.length, 1)] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), damaged), (bytes) => {
      const read = decodeProtobuf(outer, Buffer.from(bytes));
      if (read !== undefined) assert.equal(typeof read, 'object');
    }),
    { numRuns: 500 },
  );
});

for (const [what, bytes] of [
  ['a length that promises more than there is', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]],
  ['a length that leaves the message around it', [0x4a, 0x02, 0x0a, 0x05, 1, 2, 3]],
  ['a number without an end', [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ['a group', [0x0b, 0x0c]],
  ['a text that is not UTF-8', [0x0a, 0x01, 0xff]],
  ['a field of another kind', [0x08, 0x01]],
] as const)
  test(`refused: ${what}`, () => assert.equal(decodeProtobuf(outer, Buffer.from(bytes)), undefined));

test('fields of later versions are skipped; a million small parts are refused', () => {
  assert.deepEqual(decodeProtobuf(inner, Buffer.from([0x78, 1, 0x0a, 1, 0x61, 0x7a, 1, 0])), { a: 'a' });
  const many = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from([0x3a, 0])));
  assert.equal(decodeProtobuf(outer, many), undefined);
});

test('the published files are Protocol Buffers', () => {
  for (const file of ['agent.proto', 'agent-v1.proto']) {
    const path = new URL(`../../../agents/protocol/${file}`, import.meta.url);
    assert.doesNotThrow(() => protobuf.parse(readFileSync(path, 'utf8'), { keepCase: true }).root.resolveAll());
  }
});
