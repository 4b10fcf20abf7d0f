// `sentinel-stack check`: every problem of a configuration, with its place, in one run.

import { hasErrors } from '#config/errors';
import { loadConfig } from '#config/load';
import { formatProblems, problemAsData } from '#config/report';
import { defineCommand, exitCodes } from '../command.ts';
import { paintFor } from '../loading.ts';
import { ruleProblems } from '../rule-check.ts';

export const check = defineCommand({
  details:
    'Reads the file, what it includes and the rules of its firewall, and says everything that is wrong with them. Starts nothing.',
  options: {},
  positionals: { file: { summary: 'The file (sentinel.kdl here, else /etc/sentinel-stack/sentinel.kdl)' } },
  examples: [
    { line: 'sentinel-stack check', does: 'sentinel.kdl in this folder' },
    { line: 'sentinel-stack check conf/shop.kdl --json', does: 'the same, as data' },
  ],
  async run({ stdout, env, cwd, json }, { file }) {
    const loaded = loadConfig(file, { environment: env, cwd });
    const files = loaded.sources.map((source) => source.file);
    const all = loaded.ok ? [...loaded.problems, ...(await ruleProblems(loaded.running))] : loaded.problems;
    const ok = !hasErrors(all);
    if (json) {
      const problems = all.map((one) => problemAsData(one));
      stdout.write(`${JSON.stringify({ ok, files, problems }, undefined, 2)}\n`);
    } else stdout.write(formatProblems(all, paintFor(stdout), files.length));
    return ok ? exitCodes.done : exitCodes.refused;
  },
});
