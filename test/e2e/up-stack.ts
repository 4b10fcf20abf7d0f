// A real stack for end-to-end tests: `sentinel-stack up` as a process of its own, told by its JSON lines, in a folder
// with a configuration; stopped, and looked after for what it leaves behind, at the end of the scope.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { identify } from '../../stack/process-identity.ts';
import { eventually } from '../stack/processes.ts';

/** The program as a person runs it from a clone. */
export const launcher = join(import.meta.dirname, '..', '..', 'sentinel-stack');

export interface LogLine {
  readonly event?: string;
  readonly child?: string;
  readonly pid?: number;
  readonly [fact: string]: unknown;
}

export interface Setting {
  /** What stands in sentinel.kdl besides a listener on a port of the system's choice; undefined: no file. */
  readonly config?: string;
  /** The whole of sentinel.kdl instead, but for the runtime folder. */
  readonly wholeConfig?: string;
  /** What stands in its `system` block besides a runtime folder of its own. */
  readonly system?: string;
  readonly args?: readonly string[];
  /** What stands beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Variables, by name; `{folder}` is the folder of the configuration. */
  readonly env?: Readonly<Record<string, string>>;
  /** Other users may pass through its folder. */
  readonly isOpen?: boolean;
}

export async function startStack({
  config,
  wholeConfig,
  system = '',
  args = [],
  files = {},
  env = {},
  isOpen,
}: Setting) {
  const folder = await mkdtemp(join(tmpdir(), 'up-'));
  if (isOpen === true) await chmod(folder, 0o711);
  const listener = 'listeners { listener "http" { address "127.0.0.1:0" } }';
  const text = wholeConfig ?? (config === undefined ? undefined : `${listener}\n${config}\n`);
  const ours = `system { runtime-dir "${join(folder, 'run')}"; ${system} }\n`;
  if (text !== undefined) await writeFile(join(folder, 'sentinel.kdl'), ours + text);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const lines: LogLine[] = [];
  const output: string[] = [];
  const up = execa(launcher, ['up', '--log-format', 'json', ...args], {
    cwd: folder,
    reject: false,
    buffer: false,
    env: {
      XDG_RUNTIME_DIR: folder,
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replaceAll('{folder}', folder)])),
    },
  });
  const reading = Promise.all([read(up.stdout, output, lines), read(up.stderr, output, lines)]);
  const pidsOf = (child?: string) =>
    lines.flatMap((line) =>
      line.event === 'child-started' && (child ?? line.child) === line.child && line.pid ? [line.pid] : [],
    );
  const find = (matching: (line: LogLine) => boolean, what: string) =>
    eventually(`${what}\n${output.join('\n')}`, () => lines.find(matching));
  const exited = up.then(async (result) => {
    await reading;
    return result;
  });
  return {
    folder,
    lines,
    output,
    pidsOf,
    find,
    exited,
    pid: up.pid ?? 0,
    kill: (signal: NodeJS.Signals) => up.kill(signal),
    count: (event: string, child: string) =>
      lines.filter((line) => line.event === event && line.child === child).length,
    /** Where it listens, once it is ready. */
    async url(listener = 'http'): Promise<string> {
      const ready = await find((line) => line.event === 'stack-ready', 'stack-ready');
      const [address] = (ready['listening'] as Record<string, readonly string[]>)[listener] ?? [];
      assert(address !== undefined);
      return `http://${address}`;
    },
    async [Symbol.asyncDispose]() {
      up.kill('SIGINT');
      up.kill('SIGTERM');
      await exited;
      await eventually('every process of the stack to be gone', async () => {
        const alive = await Promise.all(pidsOf().map(identify));
        return alive.every((identity) => identity === undefined);
      });
      await rm(folder, { recursive: true });
    },
  };
}

async function read(stream: AsyncIterable<Buffer | string>, output: string[], lines: LogLine[]): Promise<void> {
  let rest = '';
  for await (const piece of stream) {
    const [last = '', ...whole] = `${rest}${piece}`.split('\n').toReversed();
    rest = last;
    for (const text of whole.toReversed()) {
      output.push(text);
      if (text.startsWith('{')) lines.push(JSON.parse(text));
    }
  }
}

/** Its file with another text, behind the system block of the test, which is the first line. */
export async function rewrite({ folder }: { readonly folder: string }, text: string): Promise<void> {
  const file = join(folder, 'sentinel.kdl');
  const [first = ''] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, `${first}\n${text}\n`);
}
