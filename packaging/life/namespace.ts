// Runs a program of ours where it can break nothing: with mounts, a network and process numbers of its own, which all go
// when it ends, killed or not. It needs root, as debootstrap does.

import { execa } from 'execa';

/** `program` is a file, run with Node; it gets the order as its last word, and what it writes is ours. */
export async function runInNamespace(program: string, order: unknown): Promise<number> {
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
  const up = 'ip link set lo up && "$0" "$@"; exit $?'; // the shell stays, as process 1: it takes in who lost a parent
  const { exitCode } = await execa(
    'unshare',
    [...namespaces, 'sh', '-c', up, process.execPath, program, JSON.stringify(order)],
    { stdio: ['ignore', 'inherit', 'inherit'], reject: false },
  );
  return exitCode ?? 1;
}
