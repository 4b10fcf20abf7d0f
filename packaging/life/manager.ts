// As much of systemd as the life of our package needs, for a tree in which none runs: it starts what the unit says, as
// the user that it says, in the folders that it says; starts it again when it ends; stops the supervisor alone
// (KillMode=process). The scripts of the packages talk to it through a stand-in for systemctl, so they take the same way
// as on a real system. It refuses to know anything about the unit that does not stand in the unit.

import { once } from 'node:events';
import { constants, existsSync, openSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import type { ServiceManager, StackStatus } from './service.ts';

const unitPath = 'usr/lib/systemd/system/sentinel-stack.service';

export class Manager implements ServiceManager {
  readonly tree: string;
  readonly hasWatchdog = false;
  /** What the service wrote, for those who want to know why. */
  readonly output: string[] = [];
  /** What systemctl was asked. */
  readonly asked: string[] = [];
  #main: { readonly pid: number; readonly ended: Promise<void> } | undefined;
  #isWanted = false;
  #readyPid = 0; // it has said once that it runs, as `READY=1` is said once

  constructor(tree: string) {
    this.tree = tree;
  }

  async begin(standIn: string): Promise<void> {
    await mkdir(join(this.tree, 'run/systemd/system'), { recursive: true });
    await mkdir(join(this.tree, 'run/manager'), { recursive: true });
    await copyFile(standIn, join(this.tree, 'usr/bin/systemctl'));
    await chmod(join(this.tree, 'usr/bin/systemctl'), 0o755);
    const ask = join(this.tree, 'run/manager/ask');
    await execa('mkfifo', [ask]);
    // For reading and writing, so that it has no end; as a socket, since a file would be read by a thread that waits for ever.
    const input = new Socket({ fd: openSync(ask, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
    createInterface({ input }).on('line', (line) => void this.#take(line));
  }

  get pid(): number {
    return this.#main?.pid ?? 0;
  }

  async mainPid(): Promise<number> {
    return this.pid;
  }

  async #take(line: string): Promise<void> {
    const [asker = '', ...words] = line.split(' ');
    this.asked.push(words.join(' '));
    const [code, text] = await this.#answer(words).catch((error: Error) => [1, `${error.message}\n`] as const);
    await writeFile(join(this.tree, 'run/manager', asker), `${code}\n${text}`);
  }

  async #answer(words: readonly string[]): Promise<readonly [code: number, text: string]> {
    const [verb = '', ...rest] = words.filter((word) => !word.startsWith('-'));
    if (verb === 'start') await this.start();
    else if (verb === 'stop' || words.includes('--now')) await this.stop();
    else if (verb === 'is-active') return [(await this.#isRunning()) ? 0 : 3, ''];
    else if (verb === 'reload') return this.reload();
    else if (verb === 'kill') process.kill(this.pid, 'SIGKILL');
    else if (verb === 'show' && words.includes('--property=MainPID')) return [0, `${this.pid}\n`];
    else if (verb === 'is-enabled') return [0, 'enabled\n'];
    else if (!['daemon-reload', 'preset', 'show', 'enable', 'disable'].includes(verb))
      return [1, `the stand-in for systemctl does not know '${verb} ${rest.join(' ')}'\n`];
    return [0, ''];
  }

  /** As `Type=notify`: returns when it serves. */
  async start(): Promise<void> {
    if (this.#isWanted) return;
    this.#isWanted = true;
    await this.#launch();
    await eventually('the service to run', () => this.#isRunning());
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    if (this.#main === undefined) return;
    process.kill(this.#main.pid, 'SIGTERM');
    await this.#main.ended;
    await rm(join(this.tree, 'run/sentinel-stack'), { recursive: true, force: true });
  }

  /** `ExecReload`. */
  async reload(): Promise<readonly [number, string]> {
    const { exitCode = 1, all } = await this.asService(await this.#words('ExecReload'));
    return [exitCode, `${all}\n`];
  }

  /** A command line in the tree, as the service's user. */
  asService(words: readonly string[]) {
    const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', RUNTIME_DIRECTORY: '/run/sentinel-stack' };
    const user = 'sentinel-stack:sentinel-stack';
    return execa('chroot', [`--userspec=${user}`, this.tree, ...words], {
      env: environment,
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
    });
  }

  async #words(key: string): Promise<string[]> {
    const unit = await readFile(join(this.tree, unitPath), 'utf8');
    const [, value = ''] = new RegExp(`^${key}=(.+)$`, 'm').exec(unit) ?? [];
    return value.split(' ');
  }

  async #launch(): Promise<void> {
    await this.#makeFolders();
    const child = this.asService(await this.#words('ExecStart'));
    const { pid } = child;
    if (pid === undefined) throw new Error('the service cannot be started');
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece: unknown) => void this.output.push(String(piece)));
    const ended = once(child.nodeChildProcess, 'exit').then(async () => {
      this.#main = undefined;
      await this.#startAgain(child.nodeChildProcess.exitCode);
    });
    this.#main = { pid, ended };
  }

  async #startAgain(code: number | null): Promise<void> {
    const prevented = (await this.#words('RestartPreventExitStatus')).includes(String(code));
    if (!this.#isWanted || prevented) return;
    await setTimeout(200); // RestartSec
    if (this.#isWanted) await this.#launch();
  }

  async #makeFolders(): Promise<void> {
    for (const [parent, mode] of [
      ['run', '0700'],
      ['var/lib', '0750'],
      ['var/log', '0750'],
    ] as const) {
      const folder = `/${parent}/sentinel-stack`;
      const owner = ['-o', 'sentinel-stack', '-g', 'sentinel-stack', '-m', mode];
      if (!existsSync(join(this.tree, folder))) await execa('chroot', [this.tree, 'install', '-d', ...owner, folder]);
    }
  }

  async #isRunning(): Promise<boolean> {
    const { pid } = this;
    if (pid === 0 || pid === this.#readyPid) return pid !== 0;
    const status = await this.status();
    if (status?.pid !== pid || status.phase !== 'running') return false;
    this.#readyPid = pid;
    return true;
  }

  async status(): Promise<StackStatus | undefined> {
    const { stdout, exitCode } = await this.asService(['/usr/bin/sentinel-stack', 'status', '--json']);
    return exitCode === 0 || exitCode === 3 ? JSON.parse(stdout) : undefined;
  }
}

export async function eventually(what: string, happens: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  for (const until = performance.now() + withinMs; performance.now() < until; await setTimeout(100))
    if (await happens()) return;
  throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
}
