// `sentinel-stack waf`: what the firewall does, for people: why a request was refused, what would let it pass, what other
// rules would do to what was recorded. Programs of the firewall's own room answer, each in a process of its own; this file
// hands them what they need and refuses to know rules.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { wafStoreLimits } from '#config/limits-waf-agent';
import { installedCrs, ourRules } from '#config/rule-files';
import type { Config } from '#config/schema';
import { firewallConfig } from '#config/waf';
import { followStack } from '../api/client.ts';
import { attach, attachOptions, giveUp } from '../attach.ts';
import { type Arguments, type Context, defineCommand, type ExitCode, exitCodes, UsageError } from '../command.ts';
import { complain } from '../complain.ts';
import { excludeRequest } from '../firewall-exclude.ts';
import { explainedShape, replayedShape, topShape, tunedShape } from '../firewall-shapes.ts';
import { refusalIn, refusalText } from '../firewall-tail.ts';
import { explainedText, replayedText, topText, tunedText } from '../firewall-view.ts';
import { loadOrComplain } from '../loading.ts';
import { ruleExplanation, ruleText } from '../rule-check.ts';
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
  rules: {
    kind: 'texts',
    value: 'RULES',
    summary: 'explain: these rules instead: sentinel, crs, a folder, a file; may be repeated',
  },
  request: { kind: 'file', value: 'FILE', summary: 'explain: the request as it stands in a file' },
  route: { kind: 'text', value: 'NAME', summary: 'explain: what is said for this route holds' },
  client: { kind: 'text', value: 'ADDRESS', summary: 'explain: where the request comes from (127.0.0.1)' },
  'paranoia-level': { kind: 'count', value: 'N', summary: 'explain: in place of the level that is configured' },
  all: { kind: 'flag', summary: 'explain: every rule that ran, on every value' },
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
  words: {
    summary:
      "explain, exclude: the id of a recorded request, or the beginning of it; explain: 'curl …', METHOD URL, URL",
    many: true,
  },
} as const;
type Given = Arguments<typeof options, typeof positionals>;

export const waf = defineCommand({
  details: `\`tail\` shows refusals as they happen, \`explain\` says why one was refused and what would let it pass, \`exclude\` does that.
\`explain\` with a curl command or an address runs that request through the rules and sends nothing.
Refused requests are recorded with secrets masked (waf { recorded-requests }); \`replay\` judges them by the rules as they are now, or
by those of another file; \`top\` says which rules refuse most, \`tune\` proposes exclusions. \`show\` prints the SecLang that the block
\`waf\` stands for, with the rules in between.`,
  options,
  positionals,
  examples: [
    { line: 'sentinel-stack waf tail', does: 'what is refused, as it happens' },
    { line: 'sentinel-stack waf explain 01JD8', does: 'why, by which rules, and the narrowest exclusion' },
    {
      line: `sentinel-stack waf explain 'curl https://shop.example/?id=1 -d a=b'`,
      does: 'the same for a request that nobody has sent; quoted as one word',
    },
    { line: 'sentinel-stack waf explain POST /cart --rules crs --all', does: 'every rule of the Core Rule Set' },
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
  return complainOfNone(context);
}

function complainOfNone(context: Context): ExitCode {
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
  if (!isRecordedId(given)) return explainUnsent(context, given);
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

/** An id and no address: one word without a dot or a slash, with a digit in it. */
const isRecordedId = ({ words: [word = '', ...more], request }: Given): boolean =>
  request === undefined && more.length === 0 && /^(?=.*\d)[\w-]{4,200}$/.test(word);

function idOf({ words: [id, ...more] }: Given): string {
  if (id === undefined || more.length > 0)
    throw new UsageError('the id of one request is needed', '`sentinel-stack waf tail` shows ids');
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

// ---- a request that nobody has sent

async function explainUnsent(context: Context, given: Given): Promise<ExitCode> {
  const request = await requestOf(context, given);
  if (request === undefined) return exitCodes.usage;
  const loaded = loadOrComplain(context, given.config);
  if (loaded === undefined) return exitCodes.refused;
  const told = firewallConfig(loaded.running);
  if (told === undefined && given.rules.length === 0) return complainOfNone(context);
  if (!isRoute(context, loaded.running, given.route)) return exitCodes.usage;
  const { stdout, stderr, code } = await ruleExplanation({
    told,
    rules: given.rules.map((written) => placeOf(context, written)),
    paranoiaLevel: given['paranoia-level'],
    given: request,
    client: given.client ?? '127.0.0.1',
    route: given.route,
    isAll: given.all,
    isJson: context.json,
  });
  context.stdout.write(stdout);
  context.stderr.write(stderr);
  return [exitCodes.done, exitCodes.refused, exitCodes.usage].find((known) => known === code) ?? exitCodes.internal;
}

async function requestOf(context: Context, { request, words }: Given): Promise<unknown> {
  const complainAbout = (what: string, hint: string): undefined => {
    complain(context, { code: 'usage', what, hint });
  };
  if (request === undefined && words.length > 0) return { kind: 'words', words };
  if (request === undefined)
    return complainAbout('there is no request to explain', "such as: waf explain 'curl /?id=1'");
  if (words.length > 0) return complainAbout(`there is --request and '${words[0]}'`, 'give one of them');
  const bytes = await readFile(resolve(context.cwd, request)).catch(() => undefined);
  if (bytes === undefined) return complainAbout(`the file ${request} cannot be read`, 'give the path of a request');
  return { kind: 'raw', base64: bytes.toString('base64') };
}

function isRoute(context: Context, { routes }: Config, name: string | undefined): boolean {
  if (name === undefined || routes.some((route) => route.name === name)) return true;
  const known = routes.map((route) => route.name).join(', ');
  complain(context, { code: 'usage', what: `there is no route "${name}"`, hint: `there are ${known}` });
  return false;
}

/** As in `waf { rules … }`. */
function placeOf({ cwd, env }: Context, written: string): string {
  if (written === 'sentinel') return ourRules;
  return (written === 'crs' ? installedCrs(env) : undefined) ?? resolve(cwd, written);
}
