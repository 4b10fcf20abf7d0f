// SHA256SUMS of everything in a folder of artefacts, and a signature of that file where a key is given: one signature says
// that all of them are ours. It refuses to make a key, and to ask for a passphrase: gpg's agent does.

import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

const artefact = /\.(?:deb|rpm|tar\.xz|tgz)$/;

/** `key`: as gpg knows it, by address or fingerprint. Returns what it wrote. */
export async function writeSums(folder: string, key: string | undefined): Promise<string> {
  const names = (await readdir(folder)).filter((name) => artefact.test(name)).sort();
  const lines = await Promise.all(names.map(async (name) => `${await sha256(join(folder, name))}  ${name}\n`));
  const file = join(folder, 'SHA256SUMS');
  await writeFile(file, lines.join(''));
  await rm(`${file}.asc`, { force: true }); // of other bytes
  if (key === undefined || key === '') return file;
  await execa('gpg', ['--batch', '--yes', '--local-user', key, '--armor', '--detach-sign', file]);
  return `${file}, signed by ${key}`;
}

export async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
