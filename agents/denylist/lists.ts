// The agent's `config { }` block, checked and made ready to be asked. The shaping decision: exact things are hashes
// (a million paths cost one lookup), networks a hash per prefix length, user agents one RE2 program for all of them;
// only expressions are tried one after the other, so only they have a small bound. A block is taken wholly or refused
// with its problems, each with its place. It refuses to judge: judge.ts does.

import RE2 from 're2';
import { z } from 'zod';
import { denylistLimits, wireLimits } from '#config/limits';
import { anyOf } from './list-file.ts';
import type { Action, Denylists, FileKind, ListFile } from './model.ts';
import { NetworkSet } from './networks.ts';
import { normalizePath } from './target.ts';

export type ListsReading =
  | { readonly ok: true; readonly lists: Denylists; readonly files: readonly ListFile[]; readonly act: Action }
  | { readonly ok: false; readonly problems: readonly string[] };

export function readLists(config: unknown): ListsReading {
  const result = wholeBlock.safeParse(withHyphens(config));
  if (!result.success)
    return { ok: false, problems: result.error.issues.slice(0, denylistLimits.problemsShownMax).map(describe) };
  const { paths, patterns, networks, 'user-agents': userAgents, 'builtin-attacks': builtinAttacks } = result.data;
  const lists = { name: 'config', paths, patterns, networks, userAgents, builtinAttacks };
  return { ok: true, lists, files: filesOf(result.data), act: actionOf(result.data) };
}

/** Names may be written with `_` or `-`, as everywhere in the configuration. */
function withHyphens(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config;
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replaceAll('_', '-'), value]));
}

/** One value or several: `paths "/a"` and `paths "/a" "/b"` arrive as a text and as a list. */
function texts(mostEntries: number, longest: number = denylistLimits.textCharactersMax) {
  const text = z
    .string('a text is needed')
    .min(1, 'an empty text would match nothing or everything')
    .max(longest, `at most ${longest} characters`);
  const list = z.array(text, 'a text or several are needed').max(mostEntries, `at most ${mostEntries} entries`);
  return z.preprocess((value) => (typeof value === 'string' ? [value] : value), list).default([]);
}

const blockSchema = z.strictObject({
  paths: texts(denylistLimits.entriesMax).transform(readPaths),
  patterns: texts(denylistLimits.patternsMax).transform(readPatterns),
  networks: texts(denylistLimits.entriesMax).transform(readNetworks),
  'user-agents': texts(denylistLimits.userAgentsMax, denylistLimits.userAgentCharactersMax).transform(anyOf),
  'builtin-attacks': z.boolean('#true or #false is needed').default(false),
  'paths-file': texts(denylistLimits.filesMax).transform(readFileNames),
  'patterns-file': texts(denylistLimits.filesMax).transform(readFileNames),
  'networks-file': texts(denylistLimits.filesMax).transform(readFileNames),
  'user-agents-file': texts(denylistLimits.filesMax).transform(readFileNames),
  action: z.enum(['block', 'redirect', 'challenge'], 'block, redirect or challenge').default('block'),
  status: z.int('a status from 400 to 599').min(400).max(599).default(403),
  body: z.string('a text is needed').optional(),
  'redirect-url': z
    .string('a text is needed')
    .max(wireLimits.redirectUrlBytesMax)
    .regex(/^[\x21-\x7e]+$/, 'a URL is printable ASCII without spaces')
    .optional(),
  'challenge-type': z.string('a text is needed').min(1).max(100).default('proof-of-work'),
});
const wholeBlock = blockSchema.refine((given) => given.action !== 'redirect' || given['redirect-url'] !== undefined, {
  path: ['redirect-url'],
  message: 'is needed where the action is a redirect',
});
type Block = z.output<typeof blockSchema>;

const fileKinds: readonly FileKind[] = ['paths', 'patterns', 'networks', 'user-agents'];

function filesOf(given: Block): ListFile[] {
  return fileKinds.flatMap((kind) => given[`${kind}-file`].map((path): ListFile => ({ kind, path })));
}

function actionOf(given: Block): Action {
  const { action, status, body, 'redirect-url': redirectUrl, 'challenge-type': challengeType } = given;
  return { action, status, body, redirectUrl, challengeType };
}

/** The program that runs the agent may change where it runs; a list must not depend on it. */
function readFileNames(paths: readonly string[], context: Context): readonly string[] {
  for (const [index, path] of paths.entries())
    if (!path.startsWith('/')) refuse(context, index, `'${path}' is not an absolute path`);
  return paths;
}

type Context = z.core.$RefinementCtx;

function readPaths(paths: readonly string[], context: Context): ReadonlySet<string> {
  const set = new Set<string>();
  for (const [index, path] of paths.entries()) {
    if (path.startsWith('/')) set.add(normalizePath(path));
    else refuse(context, index, `'${path}' does not begin with a slash; write '/${path}'`);
  }
  return set;
}

function readPatterns(patterns: readonly string[], context: Context): RE2[] {
  const compiled: RE2[] = [];
  for (const [index, pattern] of patterns.entries()) {
    try {
      compiled.push(new RE2(pattern, 'u'));
    } catch (error) {
      refuse(
        context,
        index,
        `'${pattern}' is not an RE2 expression: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return compiled;
}

function readNetworks(networks: readonly string[], context: Context): NetworkSet {
  const set = new NetworkSet();
  for (const [index, network] of networks.entries()) {
    const why = set.add(network);
    if (why !== undefined) refuse(context, index, `'${network}' ${why}; write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32`);
  }
  return set;
}

function refuse(context: Context, index: number, message: string): void {
  context.addIssue({ code: 'custom', path: [index], message });
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => `'${key}'`).join(', ');
    return `config: unknown key ${unknown}; the keys are ${Object.keys(blockSchema.shape).join(', ')} [agent-config]`;
  }
  const [key, entry] = issue.path;
  const place = `config${key === undefined ? '' : `.${String(key)}`}${entry === undefined ? '' : `[${String(entry)}]`}`;
  return `${place}: ${issue.path.length === 0 ? 'a block of keys is needed' : issue.message} [agent-config]`;
}
