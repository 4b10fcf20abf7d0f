// The words of Node's permission model for a bundled agent: it may read its own code and what its configuration names,
// use its socket, and nothing else: no other file is read, none is written but those that are named, no program is started,
// no native library is called. The shaping decision: what an agent needs stands in a table here, beside the words, so that a review of one is a
// review of the other. It refuses to confine what is not ours: a stranger is another language's program.
//
// What this does not do: Node knows the network only as a whole, so an agent may connect anywhere that its user may, the
// sockets in the runtime folder included. A native addon (re2) is outside of the model, as any machine code is.

import { dirname, join, resolve } from 'node:path';
import type { AgentConfig } from '#config/schema';
import { recordedRequestsName } from '#config/waf';

export interface Place {
  readonly root: string; // where agents/ and config/ lie
  readonly socketPath: string;
  readonly folder: string; // that relative paths begin in
  readonly codeCache?: string | undefined; // to be read alone
}

/** What an agent may keep beside its socket, by the agent's name; SQLite puts more behind the name. */
const besideSocket: Readonly<Record<string, readonly string[]>> = { waf: [recordedRequestsName] };

/** Bundled agents that do without native code. */
const withoutAddons: ReadonlySet<string> = new Set(['echo']);

export function confinement(agent: AgentConfig, { root, socketPath, folder, codeCache }: Place): string[] {
  if (!agent.confined) return [];
  const own = besideSocket[agent.use ?? ''] ?? [];
  const ours = ['agents', 'config', 'node_modules'].map((name) => `${join(root, name)}/`);
  const cache = codeCache === undefined ? [] : [`${codeCache}/`];
  const readable = [
    ...ours,
    ...cache,
    join(root, 'package.json'),
    `${socketPath}*`,
    ...namedFiles(agent.config, folder),
  ];
  return [
    '--permission',
    ...quiet,
    '--allow-net', // its Unix socket counts as that
    ...(withoutAddons.has(agent.use ?? '') ? [] : ['--allow-addons']),
    ...[...readable, ...agent.mayRead.map((path) => resolve(folder, path))].map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${socketPath}*`, // bound as PATH.PID, then renamed
    ...[...agent.mayWrite, ...own.map((name) => join(dirname(socketPath), name))]
      .map((path) => `${resolve(folder, path)}*`)
      .flatMap((path) => [`--allow-fs-read=${path}`, `--allow-fs-write=${path}`]),
  ];
}

// That addons and the network are let in is said at every start otherwise.
const quiet = ['--disable-warning=PERM0001', '--disable-warning=ExperimentalWarning'];

/** Values of keys such as `paths-file` in the agent's own `config`: it was told to read them. */
function namedFiles(config: unknown, folder: string, key = ''): string[] {
  if (typeof config === 'string') return fileKey.test(key) ? [resolve(folder, config)] : [];
  if (Array.isArray(config)) return config.flatMap((one) => namedFiles(one, folder, key));
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([name, value]) => namedFiles(value, folder, fileKey.test(key) ? key : name));
}

const fileKey = /(?:^|-)files?$/;
