// `sentinel-stack version`: the version, and with --json what a bug report needs beside it.

import { readVersion } from '#config/version';
import { defineCommand, exitCodes } from '../command.ts';

export const version = defineCommand({
  options: {},
  positionals: {},
  examples: [{ line: 'sentinel-stack version --json', does: 'with the versions of Node and the platform' }],
  async run({ stdout, json }) {
    const installed = await readVersion();
    const facts = { version: installed, node: process.version, platform: process.platform, arch: process.arch };
    stdout.write(json ? `${JSON.stringify(facts)}\n` : `sentinel-stack ${installed}\n`);
    return exitCodes.done;
  },
});
