// The configuration that the stack runs with, the sockets that belong to it, and the next one while it is on trial. The
// shaping decision: everything that can be refused is tried before any process is touched (files, names, addresses,
// paths), so a reload that is refused has changed nothing. It refuses to decide what follows from a difference.

import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { packConfig } from '#config/channel';
import { compare, type Difference } from '#config/compare';
import { asData, effective } from '#config/effective';
import type { Activation } from '#config/handed-sockets';
import { systemLimits } from '#config/limits';
import type { Loaded, Refused } from '#config/load';
import { problemAsData } from '#config/report';
import type { Config } from '#config/schema';
import { type Accounts, findAccounts, makeFolders } from './accounts.ts';
import type { Complaint } from './complain.ts';
import type { ConfigStatus } from './control.ts';
import type { Prepared } from './operator.ts';
import { makePlan, type Plan, type Surroundings, workerCount } from './plan.ts';
import { type HeldSockets, holdSockets } from './sockets.ts';
import type { SharedPort } from './steer.ts';

export interface Sources {
  /** Reads the files as they are now. */
  load(): Loaded | Refused;
  /** What the command line changes of it. */
  override(loaded: Loaded): Config;
  readonly around: Pick<
    Surroundings,
    | 'root'
    | 'node'
    | 'runtimeDir'
    | 'path'
    | 'folder'
    | 'ticketSecret'
    | 'startupMs'
    | 'generation'
    | 'agentsOnly'
    | 'codeCache'
  >;
}

export type Configuring =
  | { readonly ok: true; readonly configured: Configured }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

interface Standing {
  readonly loaded: Loaded;
  readonly config: Config;
  readonly held: HeldSockets;
  readonly plan: Plan;
  readonly accounts: Accounts;
}

/** With every socket open; or nothing, and why. `ours` are processes that may have the ports already. */
export async function configure(
  sources: Sources,
  loaded: Loaded,
  options: { readonly activation?: Activation; readonly ours?: ReadonlySet<number> },
): Promise<Configuring> {
  const config = sources.override(loaded);
  const standing = await stand(sources, { loaded, config }, options);
  if (Array.isArray(standing)) return { ok: false, complaints: standing };
  return { ok: true, configured: new Configured(sources, standing) };
}

type HoldOptions = NonNullable<Parameters<typeof holdSockets>[2]>;

async function stand(
  { around }: Sources,
  { loaded, config }: Pick<Standing, 'loaded' | 'config'>,
  options: HoldOptions,
  before?: Plan,
): Promise<Standing | Complaint[]> {
  const cpus = availableParallelism();
  const accounts = await findAccounts(config, process.getuid?.() === 0);
  if ('code' in accounts) return [accounts];
  const result = await holdSockets(config, workerCount(config, cpus), options);
  if (!result.ok) return [...result.complaints];
  const { held } = result;
  const plan = makePlan(config, {
    ...around,
    accounts,
    cpus,
    sockets: held.sockets,
    listening: held.listening,
    before,
  });
  const tooLong = tooLongPaths(plan);
  if (tooLong.length === 0) {
    await makeFolders(accounts, around.runtimeDir);
    return { loaded, config, held, plan, accounts };
  }
  held.close(options.before);
  return tooLong;
}

export class Configured {
  #sources: Sources;
  #standing: Standing;
  #next: Standing | undefined;
  #status: ConfigStatus;

  constructor(sources: Sources, standing: Standing) {
    this.#sources = sources;
    this.#standing = standing;
    this.#status = statusOf(standing);
  }

  get plan(): Plan {
    return this.#standing.plan;
  }

  get config(): Config {
    return this.#standing.config;
  }

  get status(): ConfigStatus {
    return this.#status;
  }

  /** What is in effect, as data; secrets are masked. */
  get data(): Record<string, unknown> {
    const { config, loaded } = this.#standing;
    return asData(effective(config, loaded.origins));
  }

  /** The files that it was read from, and that a change of matters. */
  get files(): readonly string[] {
    return this.#standing.loaded.files;
  }

  get accounts(): Accounts {
    return this.#standing.accounts;
  }

  get sharedPorts(): readonly SharedPort[] {
    return this.#standing.held.sharedPorts;
  }

  async prepare(pids: readonly number[]): Promise<Prepared> {
    const loaded = this.#sources.load();
    if (!loaded.ok) return refusedFiles(loaded);
    const { config } = this.#standing;
    const next = this.#sources.override(loaded);
    this.#sources = nextGeneration(this.#sources); // none is used twice, whatever comes of this one
    const options = { before: this.#standing.held, ours: new Set(pids) };
    const read = { loaded, config: withSameFolder(next, config) };
    const standing = await stand(this.#sources, read, options, this.#standing.plan);
    if (!Array.isArray(standing)) {
      this.#next = standing;
      return { ok: true, plan: standing.plan, changes: changesBetween(this.#standing.loaded, loaded) };
    }
    const [complaint] = standing;
    return complaint === undefined ? neverEmpty() : { ok: false, complaint, problems: standing };
  }

  settle(taken: boolean): void {
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    if (!taken) return next.held.close(this.#standing.held);
    this.#standing.held.close(next.held);
    this.#standing = next;
    this.#status = statusOf(next);
  }

  closeSockets(): void {
    this.#next?.held.close(this.#standing.held);
    this.#standing.held.close();
  }
}

function nextGeneration({ around, ...rest }: Sources): Sources {
  return { ...rest, around: { ...around, generation: around.generation + 1 } };
}

function neverEmpty(): never {
  throw new Error('what is refused is refused for a reason');
}

/** The folder is held by its lock for as long as the stack runs: another one needs another start. */
function withSameFolder(next: Config, { system }: Config): Config {
  return { ...next, system: { ...next.system, runtimeDir: system.runtimeDir } };
}

function refusedFiles({ problems }: Refused): Prepared {
  const errors = problems.filter(({ severity }) => severity !== 'warning').length;
  const what = `the configuration has ${errors} error${errors === 1 ? '' : 's'}; the one before stays in effect`;
  const lines = problems.slice(0, problemLinesMax).map((one) => problemLine(problemAsData(one)));
  const hint = '`sentinel-stack check` shows each with its place';
  return {
    ok: false,
    complaint: { code: 'reload-refused', what, lines, hint },
    problems: problems.map((one) => problemAsData(one)),
  };
}

const problemLinesMax = 20;

function problemLine(data: Record<string, unknown>): string {
  const { file, line, code, message } = data;
  return `${String(file)}:${String(line)} ${String(message)} [${String(code)}]`;
}

function statusOf({ loaded, config }: Standing): ConfigStatus {
  const sha256 = createHash('sha256').update(packConfig(config)).digest('hex');
  return { file: loaded.file, sha256, loadedAt: Date.now() };
}

/** `routes.api: policies.timeout-secs 30 -> 10`, one line for each thing that changed. */
function changesBetween(before: Loaded, after: Loaded): string[] {
  return compare(effective(before.config, before.origins), effective(after.config, after.origins)).map(changeLine);
}

function changeLine({ where, sign, name, changes }: Difference): string {
  const thing = name === '' ? where : `${where}.${name}`;
  if (sign !== '~') return `${sign} ${thing}`;
  const words = changes.map(({ key, before, after }) => `${key} ${before ?? 'not set'} -> ${after ?? 'not set'}`);
  return `~ ${thing}: ${words.join(', ')}`;
}

// An agent binds PATH.PID first and renames it.
const socketPathBytesMax = systemLimits.unixPathBytesMax - '.4194304'.length;

function tooLongPaths({ children }: Plan): Complaint[] {
  const sockets = children.flatMap((spec) => (spec.kind === 'agent' ? [spec] : []));
  const tooLong = sockets.filter(({ socketPath }) => Buffer.byteLength(socketPath) > socketPathBytesMax);
  return tooLong.map(({ name, socketPath }) => ({
    code: 'agent-socket-too-long',
    what: `the socket path of agent "${name}" has ${Buffer.byteLength(socketPath)} bytes, at most ${socketPathBytesMax} work: ${socketPath}`,
    hint: 'choose a shorter `runtime-dir` or `unix-socket`',
  }));
}
