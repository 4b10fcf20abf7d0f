// `sentinel-stack waf`: what the firewall does, for people. Programs of the firewall's own room answer, each in a process
// of its own; this file hands them what they need and refuses to know rules.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { installedCrs, ourRules } from '#config/rule-files';
import type { Config } from '#config/schema';
import { isWafAgent } from '#config/waf';
import { type Context, defineCommand, type ExitCode, exitCodes } from '../command.ts';
import { complain } from '../complain.ts';
import { loadOrComplain } from '../loading.ts';
import { ruleExplanation, ruleText } from '../rule-check.ts';

export const waf = defineCommand({
  details:
    '`waf show` prints the SecLang that the block `waf` of a configuration stands for, with the rules in between. `waf explain` runs one request through the rules, sends nothing, and tells what was seen, what matched and how the score grew. A curl command is one word: quote it.',
  options: {
    config: {
      kind: 'file',
      short: 'c',
      value: 'FILE',
      summary: 'The configuration (sentinel.kdl here, else the embedded default)',
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
  },
  positionals: {
    action: { summary: 'show, or explain a request', required: true, choices: ['show', 'explain'] },
    words: { summary: "explain: 'curl …', an address, or a method and an address", many: true },
  },
  examples: [
    { line: 'sentinel-stack waf show', does: 'what modes, levels and exclusions come to' },
    { line: `sentinel-stack waf explain 'curl https://shop.example/?id=1 -d a=b'`, does: 'why it is blocked, or not' },
    { line: 'sentinel-stack waf explain POST /cart --rules crs --all', does: 'every rule of the Core Rule Set' },
  ],
  run: async (context, given) => (given.action === 'show' ? show(context, given.config) : explain(context, given)),
});

async function show(context: Context, file: string | undefined): Promise<ExitCode> {
  const loaded = loadOrComplain(context, file);
  if (loaded === undefined) return exitCodes.refused;
  const text = await ruleText(loaded.running);
  if (text !== undefined) {
    context.stdout.write(text);
    return exitCodes.done;
  }
  return complainOfNone(context);
}

function complainOfNone(context: Context): ExitCode {
  complain(context, { code: 'config-missing-key', what: 'this configuration has no firewall', hint: 'add waf { }' });
  return exitCodes.refused;
}

interface Explaining {
  readonly config: string | undefined;
  readonly rules: readonly string[];
  readonly request: string | undefined;
  readonly route: string | undefined;
  readonly client: string | undefined;
  readonly 'paranoia-level': number | undefined;
  readonly all: boolean;
  readonly words: readonly string[];
}

async function explain(context: Context, given: Explaining): Promise<ExitCode> {
  const request = await requestOf(context, given);
  if (request === undefined) return exitCodes.usage;
  const loaded = loadOrComplain(context, given.config);
  if (loaded === undefined) return exitCodes.refused;
  const told = loaded.running.agents.find(isWafAgent)?.config;
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

async function requestOf(context: Context, { request, words }: Explaining): Promise<unknown> {
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
