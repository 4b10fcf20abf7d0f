// `sentinel-stack check`: every problem of a configuration, with its place, in one run.

import { loadConfig } from '#config/load';
import { formatProblems, problemAsData } from '#config/report';
import { defineCommand, exitCodes } from '../command.ts';
import { paintFor } from '../loading.ts';

export const check = defineCommand({
  details: 'Reads the file and what it includes, and says everything that is wrong with it. Starts nothing.',
  options: {},
  positionals: { file: { summary: 'The file (sentinel.kdl here, else /etc/sentinel-stack/sentinel.kdl)' } },
  examples: [
    { line: 'sentinel-stack check', does: 'sentinel.kdl in this folder' },
    { line: 'sentinel-stack check conf/shop.kdl --json', does: 'the same, as data' },
  ],
  async run({ stdout, env, cwd, json }, { file }) {
    const loaded = loadConfig(file, { environment: env, cwd });
    const files = loaded.sources.map((source) => source.file);
    if (json) {
      const problems = loaded.problems.map((one) => problemAsData(one));
      stdout.write(`${JSON.stringify({ ok: loaded.ok, files, problems }, undefined, 2)}\n`);
    } else stdout.write(formatProblems(loaded.problems, paintFor(stdout), files.length));
    return loaded.ok ? exitCodes.done : exitCodes.refused;
  },
});
