// Every command of the product, held to what all of them promise.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandTable } from '../../stack/command-table.ts';

test('every file in commands/ is in the table, and the other way round', () => {
  const files = readdirSync(join(import.meta.dirname, '..', '..', 'stack', 'commands')).map((name) =>
    name.replace('.ts', ''),
  );
  assert.deepEqual(commandTable.map(({ name }) => name).toSorted(), files.toSorted());
});

test('no name stands twice', () => {
  const names = commandTable.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
});

for (const entry of commandTable) {
  test(`${entry.name}: a summary, examples that call it, and options that clash with nothing`, async () => {
    const command = await entry.load();
    assert.match(entry.summary, /^[A-Z].*[^.]$/);
    assert(command.examples.length > 0);
    for (const { line } of command.examples) assert.match(line, new RegExp(`sentinel-stack ${entry.name}\\b`));
    const shorts = Object.values(command.options).flatMap(({ short }) => (short === undefined ? [] : [short]));
    assert.equal(new Set([...shorts, 'h', 'V']).size, shorts.length + 2);
    for (const key of Object.keys(command.options)) assert(!['json', 'no-color', 'help', 'version'].includes(key));
    for (const { summary } of [...Object.values(command.options), ...Object.values(command.positionals)])
      assert.match(summary, /\S/);
  });
}
