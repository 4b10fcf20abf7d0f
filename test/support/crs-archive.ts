// Archives that look like a release of the Core Rule Set, with a rule or two.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

const initialization = (version: string) =>
  `SecComponentSignature "OWASP_CRS/${version}"\nSecAction "id:901001,phase:1,pass,nolog"\n`;

/** An archive with what stands in it, by name; below one folder. */
export async function archiveOf(
  folder: string,
  name: string,
  files: Readonly<Record<string, string>>,
  link = false,
): Promise<string> {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  if (link) await symlink('/etc/passwd', join(root, 'rules', 'x.data'));
  const archive = join(folder, `${name}.tar.gz`);
  await execa('tar', ['-czf', archive, '-C', folder, name]);
  return archive;
}

export const crs = (version: string, more = '') => ({
  'crs-setup.conf.example': 'SecAction "id:900990,phase:1,pass,nolog"',
  'rules/REQUEST-901-INITIALIZATION.conf': initialization(version) + more,
});
