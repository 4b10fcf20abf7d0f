// `sentinel-stack init`: a commented file to start from. It never overwrites one.

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { profileNames, profiles, starter } from '#config/starter';
import { defineCommand, exitCodes } from '../command.ts';
import { type Complaint, complain } from '../complain.ts';

export const init = defineCommand({
  details: `Profiles: ${profileNames.map((name) => `${name} (${profiles[name].summary})`).join(', ')}.`,
  options: {
    profile: {
      kind: 'choice',
      choices: profileNames,
      summary: 'What to start from (waf)',
    },
  },
  positionals: { file: { summary: 'The file to write (sentinel.kdl)' } },
  examples: [
    { line: 'sentinel-stack init', does: 'writes sentinel.kdl for one upstream behind the firewall' },
    { line: 'sentinel-stack init --profile api shop.kdl', does: 'an API behind the firewall, into shop.kdl' },
  ],
  async run(context, { file = 'sentinel.kdl', profile = 'waf' }) {
    const path = resolve(context.cwd, file);
    try {
      await writeFile(path, starter(profile), { flag: 'wx', mode: 0o644 });
    } catch (error) {
      complain(context, reasonOf(error, file));
      return exitCodes.refused;
    }
    const shown = file === 'sentinel.kdl' ? '' : ` ${file}`;
    const words = `wrote ${file}\n  change ${profiles[profile].change}, then: sentinel-stack check${shown}, sentinel-stack up${file === 'sentinel.kdl' ? '' : ` -c ${file}`}\n`;
    context.stdout.write(context.json ? `${JSON.stringify({ wrote: path, profile })}\n` : words);
    return exitCodes.done;
  },
});

function reasonOf(error: unknown, file: string): Complaint {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EEXIST')
    return {
      code: 'file-exists',
      what: `${file} is there already`,
      hint: 'name another file: sentinel-stack init other.kdl',
    };
  return {
    code: 'config-unreadable',
    what: `cannot write ${file} (${code || String(error)})`,
    hint: 'check that the folder exists and may be written to',
  };
}
