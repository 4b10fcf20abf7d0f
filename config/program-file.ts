// Where the file of a program lies: `main.ts` in a clone, which Node runs as it is written, `main.js` in a package, where
// each program is one bundle in the same folder. The file that asks knows which it is by its own name. It refuses to know
// which programs there are.

import { extname, join } from 'node:path';

/** `.ts` or `.js`. */
export const codeExtension = extname(import.meta.filename);

/** The program of a room or an agent: of `stack`, `proxy`, `agents/denylist`. */
export function programFile(...folder: readonly string[]): string {
  return join(...folder, `main${codeExtension}`);
}
