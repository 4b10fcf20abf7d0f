// Rules are judged by the program that runs them: the firewall is asked for what it thinks of its configuration, or for
// the SecLang that this comes to. A process of its own with a deadline, so a mistake of the engine's is none of ours.

import { execa } from 'execa';
import { z } from 'zod';
import { type Problem, problem } from '#config/errors';
import { wafCheckLimits } from '#config/limits-waf-agent';
import { parseJson } from '#config/parse-json';
import { programFile } from '#config/program-file';
import type { Config } from '#config/schema';
import { firewallConfig } from '#config/waf';
import { agentNodeFlags } from '#config/worker-program';
import { codeCacheFolder } from './code-cache.ts';

const program = programFile(import.meta.dirname, '..', 'agents', 'waf');

const answer = z.object({
  problems: z.array(z.custom<Problem>((one) => typeof one === 'object' && one !== null && 'what' in one)),
});

/** Everything that is wrong with the rules of a configuration as it is run; nothing where there is no firewall. */
export async function ruleProblems(running: Config): Promise<readonly Problem[]> {
  const told = firewallConfig(running);
  if (told === undefined) return [];
  const { stdout, timedOut, stderr } = await askFirewall('--check', told);
  const read = answer.safeParse(parseJson(stdout)).data;
  if (read !== undefined) return read.problems;
  const why = timedOut
    ? `it took more than ${wafCheckLimits.checkMs / 1000} s`
    : stderr.slice(-wafCheckLimits.tailCharactersMax);
  return [problem('rule-file-unusable', `the firewall could not judge the rules: ${why}`)];
}

/** The SecLang between which the rules stand, or nothing. */
export async function ruleText(running: Config): Promise<string | undefined> {
  const told = firewallConfig(running);
  return told === undefined ? undefined : (await askFirewall('--show', told)).stdout;
}

export interface RuleAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | undefined; // undefined: it was ended, or took too long
}

/** What happens to one request, and why. */
export async function ruleExplanation(asked: unknown): Promise<RuleAnswer> {
  const { stdout, stderr, exitCode, timedOut } = await askFirewall('--explain', asked);
  const late = timedOut ? `it took more than ${wafCheckLimits.checkMs / 1000} s` : '';
  return { stdout, stderr: `${stderr}${late}`, code: exitCode };
}

/** Its program, asked one question in a process of its own. */
export function askFirewall(
  mode: '--check' | '--show' | '--explain' | '--desk',
  question: unknown,
  timeoutMs: number = wafCheckLimits.checkMs,
) {
  const cache = codeCacheFolder();
  return execa(process.execPath, [...agentNodeFlags, program, mode], {
    input: JSON.stringify(question),
    reject: false,
    stripFinalNewline: mode !== '--explain',
    timeout: timeoutMs,
    maxBuffer: wafCheckLimits.answerCharactersMax,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_NO_WARNINGS: '1',
      ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }), // the same flags as of the agent: it finds its code there
    },
  });
}
