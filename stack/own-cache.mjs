// Compiled code is kept, from here on: from the second start on it takes half the time to load, of workers and agents, too
// (code-cache.ts). A file by itself, and JavaScript, because whatever comes before it is read without: types are
// taken out by a program that takes 60 ms to wake up, and of a start where all is known nobody calls it.
//
// What is kept is run, so it must be a folder that only this user can write to: not the temp folder, which is
// Node's usual place for it, and where another user may have been first; not what the environment says.

import { enableCompileCache } from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';

try {
  enableCompileCache(join(userInfo().homedir, '.cache', 'sentinel-stack', 'compile-cache'));
} catch {
  // a user without a name, as in containers: it takes longer
}
