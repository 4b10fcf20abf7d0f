// The Node and the re2 addon of an architecture. For the machine's own they are those of node_modules; for another one the
// addon must have been built by `packaging/tree/cross.ts`. It refuses to mix: both are asked what they were made for.

import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

export type Arch = 'x64' | 'arm64';

export interface Engine {
  readonly node: string; // paths of files
  readonly nodeFolder: string;
  readonly addon: string;
}

export const elfMachine: Readonly<Record<Arch, number>> = { x64: 0x3e, arm64: 0xb7 }; // EM_X86_64, EM_AARCH64

export function findEngine(root: string, arch: Arch, crossFolder: string | undefined): Engine {
  const modules = join(root, 'node_modules');
  const nodeFolder = crossFolder === undefined ? join(modules, `node-linux-${arch}`) : join(crossFolder, 'node');
  const addon =
    crossFolder === undefined ? join(modules, 're2', 'build', 'Release', 're2.node') : join(crossFolder, 're2.node');
  const node = join(nodeFolder, 'bin', 'node');
  for (const path of [node, addon]) {
    assert(existsSync(path), `${path} is there: run \`make setup\``);
    assert.equal(machineOf(path), elfMachine[arch], `${path} is for ${arch}`);
  }
  return { node, nodeFolder, addon };
}

/** `e_machine` of the ELF header. */
export function machineOf(path: string): number {
  const head = Buffer.alloc(20);
  const file = openSync(path, 'r');
  readSync(file, head);
  closeSync(file);
  return head.readUInt16LE(18);
}
