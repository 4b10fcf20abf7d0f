// Notes between workers: there and back whatever keys hold, within bounds, and nothing else is one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sharingLimits } from '#config/limits';
import { type NoteEntry, readNote, writeNote } from '../../proxy/peer-note.ts';
import { anyCharacter } from '../support/characters.ts';

const entry = fc.tuple(
  fc.string({ maxLength: 40 }),
  fc.string({ maxLength: 128, unit: anyCharacter }).filter((key) => key.length <= 128),
  fc.nat(1e9),
);

test('there and back: as many of the first as fit', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 400 }), (entries) => {
      const { text, count } = writeNote(entries);
      assert(text.length <= sharingLimits.noteCharactersMax && count <= sharingLimits.noteEntriesMax);
      assert.deepEqual(readNote(text), entries.slice(0, count));
    }),
  );
  const many = Array.from({ length: 300 }, (_, at): NoteEntry => ['rate r', `=${at}`, 1]);
  assert.equal(writeNote(many).count, 256);
  const long = many.map(([subject, , amount]): NoteEntry => [subject, '\u0001'.repeat(128), amount]);
  assert(writeNote(long).count > 10, 'the longest keys move on too');
});

test('what is none of ours is none', () => {
  const bad = [
    '',
    '{}',
    '[1]',
    '[["a","b"]]',
    '[["a","b",1,2]]',
    '[["a","b",-1]]',
    '[["a","b",0.5]]',
    '[["a","b",1e10]]',
    '[["a","b","1"]]',
    '[["a",1,1]]',
    JSON.stringify([['a', 'k'.repeat(129), 1]]),
    JSON.stringify(Array.from({ length: 257 }, () => ['a', 'b', 1])),
    `[${' '.repeat(sharingLimits.noteCharactersMax)}]`,
  ];
  for (const text of bad) assert.equal(readNote(text), undefined, text.slice(0, 80));
  fc.assert(fc.property(fc.string(), (text) => void readNote(text)));
  fc.assert(fc.property(fc.json(), (text) => void readNote(text)));
});
