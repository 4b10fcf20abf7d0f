// A folder of files for one test, gone at the end of its scope.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TempFolder extends Disposable {
  readonly path: string;
  /** The absolute path of a name in the folder. */
  of(name: string): string;
  write(name: string, content: string | Uint8Array): void;
}

export function tempFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): TempFolder {
  const path = mkdtempSync(join(tmpdir(), 'sentinel-config-'));
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content, { mode: 0o600 });
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return {
    path,
    write,
    of: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
