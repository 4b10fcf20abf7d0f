// One request as it is kept: what came of it, what was found in it, and the request itself, masked. The shaping decision:
// all of it is one JSON text beside a few columns to look it up by, so that a later version reads what an earlier one
// wrote, or says that it cannot. It refuses to believe what it reads: the file may be anybody's.

import { z } from 'zod';
import { wafStoreLimits } from '#config/limits-waf-agent';
import { parseJson } from '#config/parse-json';
import type { Outcome } from '../blocked.ts';
import type { Transaction } from '../engine.ts';
import { maskedRequest } from './masked-request.ts';

const pair = z.tuple([z.string(), z.string()]).readonly();

const finding = z.object({
  ruleId: z.number(),
  phase: z.number(),
  where: z.string().optional(), // `ARGS:html`
  message: z.string().optional(),
});

const stored = z.object({
  id: z.string(),
  at: z.number(), // milliseconds since 1970
  verdict: z.enum(['blocked', 'detected', 'passed']),
  route: z.string().optional(),
  client: z.string(),
  status: z.number(), // that the client got
  score: z.number().optional(),
  ruleId: z.number().optional(), // that refused it; none where a limit did
  phase: z.number().optional(), // in which it was refused
  reason: z.string().optional(),
  findings: z.array(finding),
  method: z.string(),
  target: z.string(),
  protocol: z.string(),
  headers: z.array(pair).readonly(),
  body: z.string().optional(),
  isBodyCut: z.boolean(),
  masked: z.array(z.string()).readonly(),
});

export type StoredRequest = z.output<typeof stored>;
export type Finding = z.output<typeof finding>;

export interface Around {
  readonly route: string | undefined;
  readonly status: number;
  readonly outcome: Outcome | undefined; // undefined: it passed
  readonly bodyBytesMax: number;
}

export function storedRequest(
  transaction: Transaction,
  { route, status, outcome, bodyBytesMax }: Around,
): StoredRequest {
  const { state, verdict } = transaction;
  const { rule } = outcome?.facts ?? {};
  const refusing = typeof rule === 'number' ? rule : undefined;
  return {
    id: state.uniqueId,
    at: state.startedAtMs,
    verdict: outcome === undefined ? 'passed' : outcome.event === 'waf-blocked' ? 'blocked' : 'detected',
    route,
    client: state.connection.clientAddress,
    status,
    score: verdict.score,
    ruleId: refusing,
    phase: state.interruption?.phase ?? state.alerts.find((alert) => alert.rule.id === refusing)?.phase,
    reason: verdict.reason,
    findings: findingsOf(transaction),
    ...maskedRequest(state, bodyBytesMax),
  };
}

/** What matched and where, each once; the texts of rules may quote what was sent, so they are left to the rules. */
function findingsOf({ state }: Transaction): Finding[] {
  const known = new Map<string, Finding>();
  for (const { rule, phase, where, isLogged } of state.alerts) {
    const isTold = isLogged || rule.disruption.kind === 'deny' || rule.disruption.kind === 'drop';
    if (!isTold || phase === 5 || known.size >= wafStoreLimits.findingsMax) continue;
    known.set(`${rule.id} ${where}`, { ruleId: rule.id, phase, where, message: rule.meta.message?.source });
  }
  return [...known.values()];
}

export const textOfStored = (request: StoredRequest): string => JSON.stringify(request);

/** `undefined`: it is not what this version writes. */
export function readStored(text: string): StoredRequest | undefined {
  return stored.safeParse(parseJson(text)).data;
}
