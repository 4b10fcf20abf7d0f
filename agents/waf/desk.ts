// The mode `--desk` of the firewall's program, for people who look after it: it reads what was recorded, loads the rules as they are configured,
// and answers one question about them (`explain`, `exclude`, `replay`, `top`, `tune`) as JSON on standard output. The
// shaping decision: it is no part of the process that serves, so a question costs traffic nothing, whatever it takes.
// It refuses to write anything but its answer.

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Code } from '#config/errors';
import { wafAgentLimits, wafStoreLimits } from '#config/limits-waf-agent';
import { formatProblem } from '#config/report';
import { compare } from './desk/compare.ts';
import { exclusionIds, freeId } from './desk/exclusion.ts';
import { groupsOf, topRules } from './desk/groups.ts';
import { explainRequest, type Sources } from './desk/request-words.ts';
import type { RuleSet } from './engine.ts';
import { loadSet } from './load-set.ts';
import { openForReading, type StoreReader } from './store/read-store.ts';
import type { StoredRequest } from './store/stored-request.ts';
import { readTold, type Told } from './told.ts';

const question = z.object({
  action: z.enum(['explain', 'replay', 'top', 'tune']),
  told: z.unknown(),
  other: z.unknown().optional(), // of `replay`: the configuration to compare with
  stores: z.array(z.string()).min(1),
  id: z.string().max(200).optional(),
  prefix: z.string().startsWith('/').max(500).optional(),
  requests: z.number().int().min(1).max(wafStoreLimits.replayedMost).default(wafStoreLimits.replayedMax),
});
type Question = z.output<typeof question>;

class Refused extends Error {
  readonly code: Code;
  readonly hint: string | undefined;

  constructor(code: Code, what: string, hint?: string) {
    super(what);
    this.code = code;
    this.hint = hint;
  }
}

type Answer = Readonly<Record<string, unknown>>;

async function answer(): Promise<Answer> {
  const asked = question.parse(JSON.parse(await text(process.stdin)));
  using store = open(asked.stores);
  const { action, requests } = asked;
  const recorded = (): Iterable<StoredRequest> => store.latest(requests);
  if (action === 'top') return { recorded: store.count, rules: topRules(recorded()) };
  const told = toldOf(asked.told);
  if (action === 'explain') return await explain(asked, told, store);
  const ruleSet = await setOf(told);
  if (action === 'replay') {
    const other = asked.other === undefined ? undefined : await setOf(toldOf(asked.other));
    const comparison =
      other === undefined ? compare(recorded(), undefined, ruleSet) : compare(recorded(), ruleSet, other);
    return { recorded: store.count, comparison };
  }
  return await tune(store, { ruleSet, loadWith: loaderOf(told), recorded }, await idFor(told));
}

function open(stores: readonly string[]): StoreReader {
  const store = openForReading(stores);
  if ('problem' in store)
    throw new Refused(
      'waf-requests-unreadable',
      store.problem,
      'the firewall makes the file when it starts; is the stack up, and is this user allowed to read it?',
    );
  return store;
}

async function explain({ id = '', prefix, requests }: Question, told: Told, store: StoreReader): Promise<Answer> {
  const request = store.find(id);
  if (request === 'many')
    throw new Refused(
      'waf-request-unknown',
      `several requests have an id that begins with "${id}"`,
      'write more of it',
    );
  if (request === undefined)
    throw new Refused(
      'waf-request-unknown',
      `no request "${id}" is recorded`,
      '`sentinel-stack waf tail` shows ids; only refused requests are recorded, and old ones make room',
    );
  const sources = { ruleSet: await setOf(told), loadWith: loaderOf(told), recorded: () => store.latest(requests) };
  const explained = await explainRequest(request, sources, { id: await idFor(told), prefix });
  return { ...explained, exclusionsFile: told.exclusionsFile };
}

/** A proposal for each group, tried and proven as for one request; the ids follow one another. */
async function tune(store: StoreReader, sources: Sources, first: number): Promise<Answer> {
  const groups = [];
  for (const { example, ...group } of groupsOf(sources.recorded()).slice(0, wafStoreLimits.tunedGroupsMax)) {
    const { exclusion, culprits } = await explainRequest(example, sources, {
      id: first + groups.length,
      prefix: undefined,
    });
    groups.push({ ...group, example: example.id, tags: [...new Set(culprits.flatMap(({ tags }) => tags))], exclusion });
  }
  return { recorded: store.count, groups };
}

function toldOf(config: unknown): Told {
  const told = readTold(config);
  if ('length' in told) throw new Refused('agent-config', told.join('\n'));
  return told;
}

async function setOf(told: Told, added = ''): Promise<RuleSet> {
  const loaded = await loadSet(told, { added });
  if ('ruleSet' in loaded) return loaded.ruleSet;
  const shown = loaded.problems.slice(0, wafAgentLimits.problemsShownMax).map((one) => formatProblem(one));
  throw new Refused('rule-file-unusable', `the rules have mistakes:\n${shown.join('')}`, 'sentinel-stack check');
}

const loaderOf =
  (told: Told) =>
  (added: string): Promise<RuleSet> =>
    setOf(told, added);

async function idFor({ exclusionsFile }: Told): Promise<number> {
  const id = freeId(await readFile(exclusionsFile, 'latin1').catch(() => ''));
  if (id !== undefined) return id;
  throw new Refused(
    'waf-exclusions-full',
    `${exclusionsFile} has no room: ids from ${exclusionIds.first} to ${exclusionIds.last} are taken`,
    'merge exclusions in it',
  );
}

export async function runDesk(): Promise<number> {
  try {
    process.stdout.write(`${JSON.stringify({ ok: true, ...(await answer()) })}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, message: what, hint } = error;
    process.stdout.write(`${JSON.stringify({ ok: false, error: { code, what, hint } })}\n`);
    return 1;
  }
}
