// `waf explain`, the work behind the words: what was asked arrives as JSON, is narrowed here, and is answered as a text
// or as JSON. Rules are loaded as the agent loads them, for one request, in a process that ends with it.

import { z } from 'zod';
import { type Problem, problem } from '#config/errors';
import { wafAgentRanges } from '#config/limits-waf-agent';
import { formatProblem } from '#config/report';
import { loadSet } from '../load-set.ts';
import { routeVariable } from '../setup-text.ts';
import { readTold } from '../told.ts';
import { askedRequest } from './asked.ts';
import { type Explained, explainRequest } from './facts.ts';
import { explainedText, readable } from './view.ts';

const asking = z.strictObject({
  told: z.record(z.string(), z.unknown()).optional(), // by the configuration; none: the words of a firewall that nobody has said
  rules: z.array(z.string()), // in place of those of the configuration; absolute
  paranoiaLevel: z.number().optional(),
  given: z.union([
    z.strictObject({ kind: z.literal('words'), words: z.array(z.string()).min(1) }),
    z.strictObject({ kind: z.literal('raw'), base64: z.string() }),
  ]),
  client: z.string(),
  route: z.string().optional(),
  isAll: z.boolean(),
  isJson: z.boolean(),
});

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: 0 | 1 | 2; // explained; the rules cannot be used; this is no request
}

export async function explainAnswer(input: unknown, nowMs: number): Promise<Answer> {
  const asked = asking.parse(input); // from the supervisor's own command, never from outside
  const told = readTold(toldFor(asked));
  if ('length' in told) return refused(told.map((what) => problem('agent-config', what)));
  const request = askedRequest(asked.given);
  if ('problem' in request) return { stdout: '', stderr: `error: ${request.problem}\n`, code: 2 };
  const loaded = await loadSet(told, { isPlanned: false });
  if ('problems' in loaded) return refused(loaded.problems);
  const { client, route } = asked;
  const environment: Record<string, string> = route === undefined ? {} : { [routeVariable]: route };
  const explained = explainRequest(loaded.ruleSet, { request, client, route, environment, nowMs });
  const stdout = asked.isJson ? `${jsonText(explained, asked.isAll)}\n` : explainedText(explained, asked.isAll);
  return { stdout, stderr: '', code: 0 };
}

/** As `waf { }` alone has it, blocking. */
const unsaid = {
  mode: 'prevention',
  rules: [],
  rulesDigest: '',
  processes: 1,
  paranoiaLevel: 1,
  anomalyThreshold: 5,
  outboundThreshold: 4,
  workBudget: wafAgentRanges.workBudget.default,
  bodyInspection: { request: true, response: false, maxBytes: 1024 * 1024, onTooLarge: 'refuse' },
  exclusions: [],
  exclusionsFile: '',
  recordedRequests: { maxRequests: 0, maxSize: 1024 * 1024, maxAgeMs: 1000, maxBodySize: 0, passingSampleMs: 0 },
  routes: {},
};

function toldFor({ told = unsaid, rules, paranoiaLevel }: z.output<typeof asking>): unknown {
  return {
    ...told,
    ...(rules.length === 0 ? {} : { rules }),
    ...(paranoiaLevel === undefined ? {} : { paranoiaLevel }),
  };
}

const refused = (problems: readonly Problem[]): Answer => ({
  stdout: '',
  stderr: problems.map((one) => `${formatProblem(one)}\n`).join(''),
  code: 1,
});

/** Every step only with --all: it is a line for each rule and value. Bytes are UTF-8 where they are, else Latin-1. */
function jsonText({ events, ...rest }: Explained, isAll: boolean): string {
  return JSON.stringify(isAll ? { ...rest, events } : rest, (_, value: unknown) =>
    typeof value === 'string' ? readable(value) : value,
  );
}
