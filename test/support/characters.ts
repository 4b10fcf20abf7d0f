// Every character there is, and addresses, for properties. fast-check's own units ("binary", "grapheme", and `webUrl` by
// them) first look at all of Unicode, which costs each process of tests a second before its first example; these don't.

import fc from 'fast-check';

/** Any code point, halves of pairs left out: all that UTF-8 can say. */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

/** An address with a path, its odd characters escaped. */
export const anyUrl = fc.stringMatching(
  /^https?:\/\/[a-z][a-z0-9-]{0,9}(\.[a-z]{2,6}){1,2}(\/([\w.~!$&'()*+,;=:@-]|%[0-9A-F]{2}){0,9}){0,4}$/,
);
