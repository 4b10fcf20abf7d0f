// `sentinel-stack proxy`: the dataplane alone, in the foreground, as a process that is not watched. What it says and how
// it ends is its own; this file starts it, passes signals on, and refuses to know more about it.

import { execa } from 'execa';
import { givenDescriptors } from '#config/handed-sockets';
import { programFile } from '#config/program-file';
import { workerNodeFlags } from '#config/worker-program';
import { defineCommand, type ExitCode, exitCodes } from '../command.ts';
import { complain } from '../complain.ts';

const program = programFile(import.meta.dirname, '..', '..', 'proxy');

export const proxy = defineCommand({
  details:
    'For another supervisor, or for a look at the proxy by itself. Agents of the configuration are expected to be running.',
  options: {
    config: {
      kind: 'file',
      short: 'c',
      value: 'FILE',
      summary: 'The configuration (sentinel.kdl here, else the embedded default)',
    },
  },
  positionals: {},
  examples: [{ line: 'sentinel-stack proxy -c shop.kdl', does: 'one worker, until Ctrl-C' }],
  async run(context, { config }) {
    const args = config === undefined ? [] : ['-c', config];
    const given = givenDescriptors(context.env).map((fd) => fd as 3); // execa takes them all; its types know 3 to 9
    const [command, before] = given.length === 0 ? [process.execPath, []] : ['sh', ['-c', renamed, process.execPath]];
    const child = execa(command, [...before, ...workerNodeFlags, program, ...args], {
      cwd: context.cwd,
      stdio: ['inherit', 'inherit', 'inherit', ...given],
      reject: false,
      forceKillAfterDelay: false, // it drains as long as its configuration allows
    });
    // A Ctrl-C of the terminal reaches it by itself; without a listener here we would be gone before it.
    const forget = [
      context.onSignal('SIGINT', () => undefined),
      context.onSignal('SIGTERM', () => child.kill('SIGTERM')),
      context.onSignal('SIGUSR1', () => child.kill('SIGUSR1')),
    ];
    const { exitCode, signal } = await child;
    for (const stop of forget) stop();
    if (exitCode !== undefined) return asExitCode(exitCode);
    complain(context, { code: 'proxy-ended', what: `the proxy was ended by ${signal ?? 'the system'}` });
    return exitCodes.refused;
  },
});

/** LISTEN_PID names the process that the sockets are for, and its number is known only once it is there. */
const renamed = 'LISTEN_PID=$$; export LISTEN_PID; exec "$0" "$@"';

function asExitCode(code: number): ExitCode {
  return Object.values(exitCodes).find((known) => known === code) ?? exitCodes.refused;
}
