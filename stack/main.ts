#!/usr/bin/env node
// The program `sentinel-stack`: hands the process (its words, its streams, its signals) to the command line and takes
// an exit code back. The only file of this room that touches the process's globals.

import './own-cache.mjs';
import { fstatSync } from 'node:fs';
import { exitCodes, type SystemSignal } from './command.ts';
import { complainOfUs } from './complain.ts';
import { openOutput } from './output-stream.ts';

process.on('SIGUSR1', () => undefined); // from here on it opens no debugger; `up` opens log files anew
const { runCommandLine } = await import('./command-line.ts');
const { commandTable } = await import('./command-table.ts');

const stdout = openOutput(1, process.stdout, process.env);
const stderr = isSameFile(1, 2) ? stdout : openOutput(2, process.stderr, process.env);
const world = { stdout, stderr, env: process.env, cwd: process.cwd(), onSignal };

process.on('uncaughtException', (error) => void endByOurMistake(error));
process.exitCode = await runCommandLine(process.argv.slice(2), world, commandTable);
await Promise.all([stdout.flushed(), stderr.flushed()]);

/** Thrown where nobody waits: in the answer to an event. The children notice that we are gone, finish and end. */
async function endByOurMistake(error: Error): Promise<void> {
  await complainOfUs({ stderr, json: process.argv.includes('--json') }, error);
  await stderr.flushed();
  process.exit(exitCodes.internal);
}

/** One terminal, or `2>&1`: then one queue, and lines stand in the order in which they were written. */
function isSameFile(one: number, other: number): boolean {
  try {
    const [left, right] = [fstatSync(one), fstatSync(other)];
    return left.ino === right.ino && left.dev === right.dev;
  } catch {
    return false; // closed: nothing to keep in order
  }
}

function onSignal(signal: SystemSignal, listener: () => void): () => void {
  process.on(signal, listener);
  return () => void process.off(signal, listener);
}
