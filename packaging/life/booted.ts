// A tree with a real systemd as its first process, by systemd-nspawn, for the life of a package as it will be: the unit's
// sandbox, its notify protocol, its watchdog. The shaping decision: it gives the answers that manager.ts, the stand-in,
// gives, so a life does not know who manages it. It shares the network that it is started in, which is why it is started
// in namespaces of its own, and it is shut down as a machine is, or cgroups would be left. Where systemd-nspawn or
// control groups are missing it says why, and nothing has been tried.

import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { eventually } from './manager.ts';
import type { ServiceManager, StackStatus } from './service.ts';

const unit = 'sentinel-stack.service';

export class BootedTree implements ServiceManager {
  readonly tree: string;
  readonly hasWatchdog = true;
  readonly #ended: Promise<unknown>;
  readonly #init: () => number;

  private constructor(tree: string, ended: Promise<unknown>, init: () => number) {
    this.tree = tree;
    this.#ended = ended;
    this.#init = init;
  }

  /** Rejects with what it wrote if it does not come up. */
  static async boot(tree: string): Promise<BootedTree> {
    const options = ['--register=no', '--keep-unit', '--console=pipe', '-D', tree, '-b'];
    const container = execa('systemd-nspawn', options, { reject: false, stdin: 'ignore', all: true });
    const ended = container.then(({ all }) => all);
    const booted = new BootedTree(tree, ended, () => initOf(container.pid ?? 0));
    const isUp = async () => {
      if (container.nodeChildProcess.exitCode !== null) throw new Error(`systemd-nspawn: ${(await ended).trim()}`);
      return /^(?:running|degraded)/.test((await booted.run('systemctl', 'is-system-running')).text);
    };
    await eventually('systemd to be up', isUp);
    return booted;
  }

  /** What stands before a command line that is to run in there. */
  get enter(): readonly string[] {
    const path = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
    return ['nsenter', '-t', String(this.#init()), '-m', '-u', '-i', '-p', '--', 'env', '-i', path, 'LC_ALL=C.UTF-8'];
  }

  async run(...words: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    const [command = '', ...rest] = [...this.enter, ...words];
    const { exitCode = 1, all } = await execa(command, rest, { reject: false, all: true, stdin: 'ignore' });
    return { code: exitCode, text: all };
  }

  async mainPid(): Promise<number> {
    const { text } = await this.run('systemctl', 'show', '--property=MainPID', '--value', unit);
    const inside = Number(text);
    return inside === 0 ? 0 : await this.#outside(inside);
  }

  /** A process has a number of its own in there. */
  async #outside(inside: number): Promise<number> {
    const { stdout } = await execa('sh', ['-c', `grep -l '^NSpid:.*[[:space:]]${inside}$' /proc/[0-9]*/status`], {
      reject: false,
    });
    return Number(/\/proc\/(\d+)\/status/.exec(stdout)?.[1] ?? 0);
  }

  /** With the reason from the journal if it is refused: systemctl points there. */
  async reload(): Promise<readonly [code: number, text: string]> {
    const { code, text } = await this.run('systemctl', 'reload', unit);
    if (code === 0) return [code, text];
    const journal = await this.run('journalctl', '--unit', unit, '--lines=20', '--output=cat', '--no-pager');
    return [code, `${text}\n${journal.text}`];
  }

  async status(): Promise<StackStatus | undefined> {
    const asService = ['setpriv', '--reuid=sentinel-stack', '--regid=sentinel-stack', '--init-groups'];
    const words = ['sentinel-stack', 'status', '--json', '--runtime-dir', '/run/sentinel-stack'];
    const { code, text } = await this.run(...asService, ...words);
    return code === 0 || code === 3 ? JSON.parse(text) : undefined;
  }

  async journal(): Promise<string> {
    return (await this.run('journalctl', '--unit', unit, '--lines=200', '--output=short', '--no-pager')).text;
  }

  async end(): Promise<void> {
    await this.run('systemctl', 'poweroff');
    await this.#ended;
    // It leaves control groups of itself, empty.
    await execa(
      'sh',
      ['-c', 'find /sys/fs/cgroup/*/payload /sys/fs/cgroup/*/supervisor -depth -type d -exec rmdir {} + 2>/dev/null'],
      {
        reject: false,
      },
    );
  }
}

/** The first process of a container: the only child of what runs it; 0 if there is none yet. */
function initOf(container: number): number {
  try {
    return Number(readFileSync(`/proc/${container}/task/${container}/children`, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}
