// The file of exclusions, which `waf exclude --apply` adds to: a comment and a line of SecLang each time, at its end. The
// shaping decision: a plain file of rules, so that people read it, edit it and keep it with the configuration. What a
// comment quotes was chosen by a stranger, so only plain characters of it are written. It refuses to change what is there.

import { appendFile, stat, truncate } from 'node:fs/promises';

export interface Added {
  /** As it was before, for when the line turns out to be refused. */
  undo(): Promise<void>;
}

export async function addExclusion(path: string, comment: string, line: string): Promise<Added> {
  const before = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  await appendFile(path, `# ${plain(comment)}\n${line}\n`, { mode: 0o644 });
  return { undo: () => truncate(path, before) };
}

const commentCharacters = 160;
const plain = (text: string): string => text.replace(/[^\w ./:,()-]/g, '?').slice(0, commentCharacters);
