// `sentinel-stack waf`: what the firewall does, for people. Programs of the firewall's own room answer, each in a process
// of its own; this file hands them what they need and refuses to know rules.

import { type Context, defineCommand, type ExitCode, exitCodes } from '../command.ts';
import { complain } from '../complain.ts';
import { loadOrComplain } from '../loading.ts';
import { ruleText } from '../rule-check.ts';

export const waf = defineCommand({
  details:
    '`waf show` prints the SecLang that the block `waf` of a configuration stands for, with the rules in between.',
  options: {
    config: {
      kind: 'file',
      short: 'c',
      value: 'FILE',
      summary: 'The configuration (sentinel.kdl here, else the embedded default)',
    },
  },
  positionals: { action: { summary: 'show', required: true, choices: ['show'] } },
  examples: [{ line: 'sentinel-stack waf show', does: 'what modes, levels and exclusions come to' }],
  run: async (context, { config }) => show(context, config),
});

async function show(context: Context, file: string | undefined): Promise<ExitCode> {
  const loaded = loadOrComplain(context, file);
  if (loaded === undefined) return exitCodes.refused;
  const text = await ruleText(loaded.running);
  if (text !== undefined) {
    context.stdout.write(text);
    return exitCodes.done;
  }
  complain(context, { code: 'config-missing-key', what: 'this configuration has no firewall', hint: 'add waf { }' });
  return exitCodes.refused;
}
