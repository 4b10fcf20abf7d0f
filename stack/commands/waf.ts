// `sentinel-stack waf`: what the firewall does, for people: why a request was refused, what would let it pass, what other
// rules would do to what was recorded. Programs of the firewall's own room answer, each in a process of its own; this file
// hands them what they need and refuses to know rules.

import type { z } from 'zod';
import { wafStoreLimits } from '#config/limits-waf-agent';
import { followStack } from '../api/client.ts';
import { attach, attachOptions, giveUp } from '../attach.ts';
import { type Arguments, type Context, defineCommand, type ExitCode, exitCodes, UsageError } from '../command.ts';
import { complain } from '../complain.ts';
import { excludeRequest } from '../firewall-exclude.ts';
import { explainedShape, replayedShape, topShape, tunedShape } from '../firewall-shapes.ts';
import { refusalIn, refusalText } from '../firewall-tail.ts';
import { explainedText, replayedText, topText, tunedText } from '../firewall-view.ts';
import { loadOrComplain } from '../loading.ts';
import { ruleText } from '../rule-check.ts';
import { askDesk, type Firewall, firewallOf, toldByFile } from '../rule-desk.ts';

const options = {
  ...attachOptions,
  blocked: { kind: 'flag', summary: 'tail: leave out what is only detected' },
  lines: { kind: 'count', short: 'n', value: 'N', summary: 'tail: begin with the last N lines of the stack (200)' },
  once: { kind: 'flag', summary: 'tail: print what there is and stop' },
  apply: { kind: 'flag', summary: 'exclude: write the line into the exclusions file and reload' },
  prefix: {
    kind: 'text',
    value: 'PATH',
    summary: 'explain, exclude: for all paths that begin so, not for the one alone',
  },
  with: { kind: 'file', value: 'FILE', summary: 'replay: compare with the rules of this configuration' },
  requests: {
    kind: 'count',
    value: 'N',
    summary: `How many of the recorded requests are looked at, the latest first (${wafStoreLimits.replayedMax})`,
  },
} as const;
const positionals = {
  action: {
    summary: 'show, tail, explain, exclude, replay, top, tune',
    required: true,
    choices: ['show', 'tail', 'explain', 'exclude', 'replay', 'top', 'tune'],
  },
  id: { summary: 'explain, exclude: the id of the request, or the beginning of it' },
} as const;
type Given = Arguments<typeof options, typeof positionals>;

export const waf = defineCommand({
  details: `\`tail\` shows refusals as they happen, \`explain\` says why one was refused and what would let it pass, \`exclude\` does that.
Refused requests are recorded with secrets masked (waf { recorded-requests }); \`replay\` judges them by the rules as they are now, or
by those of another file; \`top\` says which rules refuse most, \`tune\` proposes exclusions. \`show\` prints the SecLang that the block
\`waf\` stands for, with the rules in between.`,
  options,
  positionals,
  examples: [
    { line: 'sentinel-stack waf tail', does: 'what is refused, as it happens' },
    { line: 'sentinel-stack waf explain 01JD8', does: 'why, by which rules, and the narrowest exclusion' },
    { line: 'sentinel-stack waf exclude 01JD8 --apply', does: 'that exclusion, in effect' },
    {
      line: 'sentinel-stack waf replay --with new.kdl',
      does: 'which recorded requests another file would judge otherwise',
    },
    { line: 'sentinel-stack waf show', does: 'what modes, levels and exclusions come to' },
  ],
  run: (context, given) => actions[given.action as keyof typeof actions](context, given),
});

const actions = { show, tail, explain, exclude, replay, top, tune } as const;

async function show(context: Context, { config: file }: Given): Promise<ExitCode> {
  const loaded = loadOrComplain(context, file);
  if (loaded === undefined) return exitCodes.refused;
  const text = await ruleText(loaded.running);
  if (text !== undefined) {
    context.stdout.write(context.json ? `${JSON.stringify({ seclang: text })}\n` : text);
    return exitCodes.done;
  }
  complain(context, { code: 'config-missing-key', what: 'this configuration has no firewall', hint: 'add waf { }' });
  return exitCodes.refused;
}

async function tail(context: Context, given: Given): Promise<ExitCode> {
  const attached = await attach(context, given);
  if (typeof attached === 'number') return attached;
  const { stdout, json, onSignal } = context;
  const over = new AbortController();
  const forget = onSignal('SIGINT', () => over.abort());
  const query = new URLSearchParams({ level: 'warn', lines: String(given.lines ?? linesUsual) });
  if (!given.once) query.set('follow', '1');
  const told = await followStack(
    attached.stack.socketPath,
    `/v1/logs?${query}`,
    (line) => {
      const refusal = refusalIn(line, given.blocked);
      if (refusal === undefined || 'dropped' in line) return;
      stdout.write(json ? `${JSON.stringify({ at: line.at, ...refusal })}\n` : refusalText(refusal, line.at, stdout));
    },
    over.signal,
  );
  forget();
  return told.ok ? exitCodes.done : giveUp(context, told.complaint);
}

const linesUsual = 200;

function explain(context: Context, given: Given): Promise<ExitCode> {
  return tell(context, given, asked(given, idOf(given)), explainedShape, (told) =>
    explainedText(told, Date.now(), context.stdout),
  );
}

async function exclude(context: Context, given: Given): Promise<ExitCode> {
  const id = idOf(given);
  const firewall = await firewallOf(context, given);
  if (firewall === undefined) return exitCodes.refused;
  const answer = await askDesk({ ...asked(given, id), ...questionOf(firewall) }, explainedShape);
  if (!answer.ok) return giveUp(context, answer.complaint);
  return excludeRequest(context, answer.value, { apply: given.apply, stack: firewall.stack });
}

function replay(context: Context, given: Given): Promise<ExitCode> {
  const other = given.with === undefined ? undefined : toldByFile(context, given.with);
  if (given.with !== undefined && other === undefined) return Promise.resolve(exitCodes.refused);
  return tell(context, given, { action: 'replay', other, requests: given.requests }, replayedShape, ({ comparison }) =>
    replayedText(comparison, context.stdout),
  );
}

function top(context: Context, given: Given): Promise<ExitCode> {
  return tell(context, given, { action: 'top', requests: given.requests }, topShape, (told) =>
    topText(told, context.stdout),
  );
}

function tune(context: Context, given: Given): Promise<ExitCode> {
  return tell(context, given, { action: 'tune', requests: given.requests }, tunedShape, (told) =>
    tunedText(told, context.stdout),
  );
}

// ---- asking

function idOf({ id }: Given): string {
  if (id === undefined) throw new UsageError('the id of a request is missing', '`sentinel-stack waf tail` shows ids');
  return id;
}

const asked = ({ prefix, requests }: Given, id: string) => ({ action: 'explain', id, prefix, requests });

const questionOf = ({ told, stores }: Firewall) => ({ told, stores });

async function tell<T>(
  context: Context,
  given: Given,
  question: Readonly<Record<string, unknown>>,
  shape: z.ZodType<T>,
  words: (answer: T) => string,
): Promise<ExitCode> {
  const firewall = await firewallOf(context, given);
  if (firewall === undefined) return exitCodes.refused;
  const answer = await askDesk({ ...question, ...questionOf(firewall) }, shape);
  if (!answer.ok) return giveUp(context, answer.complaint);
  context.stdout.write(context.json ? `${JSON.stringify(answer.value)}\n` : words(answer.value));
  return exitCodes.done;
}
