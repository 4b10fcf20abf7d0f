// The assembled loop of the scanner: the file that is written holds a module that starts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanProgram } from '../../packaging/scan-program.ts';

test('the pieces of its text are a WebAssembly module', () => {
  const pieces = [...scanProgram().matchAll(/^ {2}'([^']+)'/gm)].map((match) => match[1]);
  const binary = Buffer.from(pieces.join(''), 'base64');
  assert.equal(binary.toString('latin1', 0, 8), '\0asm\x01\0\0\0');
  assert.equal(binary.toString('base64'), pieces.join(''), 'nothing is lost between the lines');
});
