// The version of what is installed, read from package.json beside the program: the one place where it is written.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', 'package.json');

export async function readVersion(): Promise<string> {
  const { version }: { version: unknown } = JSON.parse(await readFile(file, 'utf8'));
  assert(typeof version === 'string', 'package.json, which is ours, names a version');
  return version;
}
