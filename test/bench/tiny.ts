// Each benchmark, small: no peers, no wrk, no pinning, a fraction of a second. What it says is not how fast but whether
// all was answered right: the hash of every status and body through the proxy must be that of what was to be expected.

import assert from 'node:assert/strict';
import { expectedHash, load } from './load.ts';
import { measureMemory, tinyMemoryTask } from './memory.ts';
import { ours, startServer, startUpstream } from './servers.ts';
import { type Work, works } from './work.ts';

const connections = 4;

/** The hash of what came back. */
export async function runTinyWork(work: Work, folder: string): Promise<string> {
  await using upstream = await startUpstream(folder);
  await using server = await startServer(ours, folder, upstream);
  const { hash } = await load(server.portFor(work), work, work.tinyRequests, connections);
  assert.equal(hash, expectedHash(work, work.tinyRequests, connections), `${work.name}: a reply was wrong`);
  return hash;
}

export async function runTinyMemory(folder: string): Promise<string> {
  const { hash } = await measureMemory(ours, works[0] as Work, tinyMemoryTask, folder);
  return hash;
}
