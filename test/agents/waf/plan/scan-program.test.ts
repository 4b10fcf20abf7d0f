// The program of the scanner is what its source says, and reaches nothing but its own memory.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scanProgram } from '../../../../agents/waf/plan/scan-program.ts';
import { scanProgram as assembled } from '../../../../packaging/scan-program.ts';

test('assembled from scan.wat', () => {
  const file = join(import.meta.dirname, '..', '..', '..', '..', 'agents', 'waf', 'plan', 'scan-program.ts');
  assert.equal(readFileSync(file, 'utf8'), assembled());
});

test('it imports nothing', () => {
  const imports = 2; // the number of that section
  assert(!sectionsOf(Buffer.from(scanProgram, 'base64')).includes(imports));
});

function sectionsOf(binary: Buffer): readonly number[] {
  const sections: number[] = [];
  for (let at = 8; at < binary.length; ) {
    sections.push(binary[at] as number);
    let [length, shift, byte] = [0, 0, 0x80];
    for (at += 1; (byte & 0x80) !== 0; at += 1, shift += 7) {
      byte = binary[at] as number;
      length |= (byte & 0x7f) << shift;
    }
    at += length;
  }
  return sections;
}
