// A running copy of scan.wat, with a memory of its own; compiled once in a process. Here is what Node's types do not tell of
// WebAssembly.

import { scanProgram } from './scan-program.ts';

/** Where something lies in the memory. */
interface Place {
  readonly value: number;
}

export interface ScanInstance {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly scan: (length: number, state: number, firstEnd: number, interest: number) => number;
  readonly kindsAt: Place;
  readonly resultAt: Place;
  readonly textAt: Place;
  readonly textBytesMax: Place;
  readonly metAt: Place;
  readonly depthsAt: Place;
  readonly setsAt: Place;
  readonly edgesAt: Place;
}

interface Assembly {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: ScanInstance };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Assembly }).WebAssembly;
const compiled = new Module(Buffer.from(scanProgram, 'base64'));

export const newScanInstance = (): ScanInstance => new Instance(compiled).exports;
