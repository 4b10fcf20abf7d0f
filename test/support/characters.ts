// Every character there is, for properties. fast-check's own units ("binary", "grapheme", and `webUrl` by them) first look at all of Unicode,
// which costs each process of tests a second before its first example; this picks a number.

import fc from 'fast-check';

/** Any code point, halves of pairs left out: all that UTF-8 can say. */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));
