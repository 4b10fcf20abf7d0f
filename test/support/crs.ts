// Where the OWASP Core Rule Set lies with its regression tests, for tests that need it: CRS_DIR, or a folder beside the
// clone. It is no part of the project; without it those tests are skipped, and say so.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

const beside = join(import.meta.dirname, '..', '..', '..');
const candidates = [
  process.env['CRS_DIR'],
  join(beside, 'shared/crs/v4.28.0'),
  join(beside, '..', 'shared/crs/v4.28.0'), // from a worktree
];

export const crsFolder: string | undefined = candidates.find(
  (folder) => folder !== undefined && existsSync(join(folder, 'rules')),
);

/** For `test(name, { skip }, …)`. */
export const withoutCrs: string | false =
  crsFolder === undefined ? 'there is no Core Rule Set; set CRS_DIR to a folder with rules/ and tests/' : false;
