// The life of a package on a minimal system, step by step: installed, serving, reloaded, upgraded under load, upgraded to a
// version that does not work, removed, installed again, purged. Each step asserts what an operator would notice. It
// refuses to know which package manager it is.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { SteadyLoad } from '../../test/faults/steady-load.ts';
import type { Installer, Said } from './installers.ts';
import { eventually } from './manager.ts';
import { listTree } from './minimal-tree.ts';
import type { ServiceManager } from './service.ts';

export interface Files {
  readonly first: string;
  readonly second: string;
  readonly secondVersion: string;
  readonly broken: string; // a version whose program ends at once
}

export interface Upgraded {
  readonly asked: number;
  readonly failed: number;
  readonly longestMs: number;
}

const site = 'http://127.0.0.1:8080';
const attack = `${site}/?id=1'%20OR%201=1--`;
// What the operator adds to the configuration.
const ownRoute = 'routes { route "own" { matches { path "/own" }; builtin-handler "not-found" } }';
// A machine that tests run on is busy: a firewall that is late there says nothing about an upgrade.
const patientMs = 10_000;
const configuration = 'etc/sentinel-stack/sentinel.kdl';
const perSecond = 300;
// All of it comes from one address, and a machine that is late has more of its connections open than one may have.
const crowd = 'limits { max-connections-per-client 10000 }';

export class Life {
  readonly #installer: Installer;
  readonly #manager: ServiceManager;
  readonly #files: Files;
  readonly #say: (line: string) => void;
  #before: ReadonlySet<string> = new Set();

  constructor(
    name: string,
    { installer, manager, files }: { installer: Installer; manager: ServiceManager; files: Files },
    say: (line: string) => void,
  ) {
    this.#installer = installer;
    this.#manager = manager;
    this.#files = files;
    this.#say = (line) => say(`${name.padEnd(9)} ${line}`);
  }

  async live(): Promise<Upgraded> {
    this.#before = await listTree(this.#manager.tree);
    await this.#install();
    await this.#reload();
    const upgraded = await this.#upgrade();
    if (this.#manager.hasWatchdog) await this.#standStill();
    await this.#upgradeToBroken();
    await this.#remove();
    await this.#reinstall();
    await this.#purge();
    return upgraded;
  }

  async #install(): Promise<void> {
    expectDone(await this.#installer.install(this.#files.first));
    await eventually('the site', async () => (await statusOf(site)) === 200);
    assert.equal(await statusOf(attack), 403);
    const users = new Set(ourProcesses().map(({ uid }) => uid));
    assert.equal(users.size, 1, 'all processes have one user');
    assert(!users.has(0), 'and that is not root');
    this.#say(`installed: 200, and 403 for an attack; ${ourProcesses().length} processes as user ${[...users][0]}`);
  }

  async #reload(): Promise<void> {
    const installed = await this.#configuration();
    const patient = installed.replace('mode "prevention"', `mode "prevention"; timeout-ms ${patientMs}`);
    assert.notEqual(patient, installed);
    const good = `${patient}\n${crowd}`;
    await this.#configure(`${good}\n${ownRoute}\n`);
    const [code, said] = await this.#manager.reload();
    assert.equal(code, 0, said);
    assert.equal(await statusOf(`${site}/own`), 404);
    await this.#configure(`${good}\nnonsense\n`);
    const [refused, why] = await this.#manager.reload();
    assert.equal(refused, 1, why);
    assert.match(why, /config-unknown-key|config-syntax/);
    assert.equal(await statusOf(`${site}/own`), 404, 'what was before is in effect');
    await this.#configure(`${good}\n${ownRoute}\n`);
    this.#say('reloaded: a new route is in effect; a mistake was refused and changed nothing');
  }

  async #upgrade(): Promise<Upgraded> {
    const before = new Set(ourProcesses().map(({ pid }) => pid));
    const own = await this.#configuration();
    const outcome = await this.#underLoad(async () => {
      expectDone(await this.#installer.upgrade(this.#files.second));
      await eventually('the version before to be gone', async () =>
        ourProcesses().every(({ pid }) => !before.has(pid)),
      );
    });
    assert.equal((await this.#manager.status())?.version, this.#files.secondVersion);
    assert.equal(await this.#configuration(), own, 'the configuration is as the operator left it');
    assert.deepEqual([await statusOf(`${site}/own`), await statusOf(attack)], [404, 403], 'and in effect');
    this.#say(
      `upgraded to ${this.#files.secondVersion} under load: ${outcome.failed} of ${outcome.asked} requests failed, the slowest took ${outcome.longestMs} ms`,
    );
    assert.equal(outcome.failed, 0, JSON.stringify(outcome.failures));
    return outcome;
  }

  /** The supervisor gives no sign of life: it is killed by the watchdog, and what it left serves until the next is there. */
  async #standStill(): Promise<void> {
    const before = await this.#manager.mainPid();
    const outcome = await this.#underLoad(async () => {
      process.kill(before, 'SIGSTOP');
      await eventually('another supervisor', async () => {
        const status = await this.#manager.status();
        return status?.phase === 'running' && ![0, before].includes(await this.#manager.mainPid());
      });
    });
    assert.equal(outcome.failed, 0, JSON.stringify(outcome.failures));
    this.#say(`a supervisor that stands still: another took over, 0 of ${outcome.asked} requests failed`);
  }

  async #upgradeToBroken(): Promise<void> {
    const before = await this.#manager.mainPid();
    const own = await this.#configuration();
    let said: Said = { code: 0, text: '' };
    const outcome = await this.#underLoad(async () => {
      said = await this.#installer.upgrade(this.#files.broken);
    });
    assert.match(said.text, /the version before serves on/);
    assert.equal(await this.#manager.mainPid(), before);
    assert.equal(await this.#configuration(), own);
    assert.equal(outcome.failed, 0, JSON.stringify(outcome.failures));
    expectDone(await this.#installer.upgrade(this.#files.second));
    await eventually('the site', async () => (await statusOf(site)) === 200);
    this.#say(
      `a version that does not start: reported, the one before serves on, 0 of ${outcome.asked} requests failed`,
    );
  }

  async #remove(): Promise<void> {
    expectDone(await this.#installer.remove());
    await eventually('every process to be gone', async () => ourProcesses().length === 0);
    assert.equal(await statusOf(site), undefined, 'the port is closed');
    const left = await this.#left();
    if (this.#installer.purge !== undefined) assert(left.includes(configuration), 'the configuration stays');
    this.#say(`removed: no process; left are ${left.length} paths: configuration and state`);
  }

  async #reinstall(): Promise<void> {
    expectDone(await this.#installer.install(this.#files.second));
    await eventually('the site', async () => (await statusOf(site)) === 200);
    if (this.#installer.purge !== undefined)
      assert.equal(await statusOf(`${site}/own`), 404, 'with what was configured');
    this.#say('installed again: serves');
  }

  async #purge(): Promise<void> {
    const { purge } = this.#installer;
    expectDone(await this.#installer.remove());
    if (purge !== undefined) {
      expectDone(await purge());
      const users = await readFile(join(this.#manager.tree, 'etc/passwd'), 'utf8');
      assert.doesNotMatch(users, /sentinel/);
    }
    const left = (await this.#left()).filter((path) => purge !== undefined || !keptByRpm.test(path));
    assert.deepEqual([left, ourProcesses()], [[], []]);
    this.#say(purge === undefined ? 'removed: left are state and changed configuration' : 'purged: nothing is left');
  }

  async #left(): Promise<string[]> {
    return [...(await listTree(this.#manager.tree))].filter((path) => !this.#before.has(path)).sort();
  }

  async #underLoad(action: () => Promise<void>): Promise<Upgraded & { readonly failures: unknown }> {
    await using load = new SteadyLoad(site, perSecond);
    await action();
    return load.outcome();
  }

  #configuration(): Promise<string> {
    return readFile(join(this.#manager.tree, configuration), 'utf8');
  }

  async #configure(text: string): Promise<void> {
    const path = join(this.#manager.tree, configuration);
    const { uid, gid } = await stat(path);
    await writeFile(path, text);
    await chown(path, uid, gid);
    await chmod(path, 0o644);
  }
}

// rpm knows no purge: what the service wrote and what the operator changed is the operator's. And folders of systemd, which
// our package requires and this tree has not, were made for it.
const keptByRpm =
  /^(?:(?:var\/(?:lib|log)|etc)\/sentinel-stack(?:\/|$)|usr\/lib\/(?:systemd\/system-preset|sysusers\.d)$)/;

function expectDone({ code, text }: Said): void {
  assert.equal(code, 0, text);
}

/** On a connection of its own: what is kept may end at a worker that drains, with what was before a reload. */
async function statusOf(url: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  get(url, { agent: false }, (response) => {
    resolve(response.statusCode);
    response.resume();
  }).once('error', () => resolve(undefined));
  return promise;
}

/** What runs the Node of the package, in our own process namespace. */
function ourProcesses(): Array<{ readonly pid: number; readonly uid: number }> {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith('/usr/lib/sentinel-stack/bin/node')) return [];
        const [, uid] = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
        const isOver = /^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'utf8'));
        return isOver ? [] : [{ pid: Number(name), uid: Number(uid) }];
      } catch {
        return []; // it ended in this moment
      }
    });
}
