// `sentinel-stack fmt`: lays files out anew without changing what they mean, or writes them for a newer version of the
// language. A file is replaced whole or not at all.

import { format } from '#config/format';
import { loadConfig } from '#config/load';
import { type Context, defineCommand, exitCodes } from '../command.ts';
import { type Outcome, type Result, readSource, replaceFile, sayProblems, sayResults } from '../fmt-files.ts';
import { upgradeFiles } from '../fmt-upgrade.ts';

export const fmt = defineCommand({
  details:
    'Keeps every comment. Without files: sentinel.kdl in this folder and all that it includes. Nothing but --upgrade changes the version of the language that files are written in.',
  options: {
    check: {
      kind: 'flag',
      summary: 'Change nothing; name the files that would change, and exit with 1 if there are any',
    },
    upgrade: {
      kind: 'flag',
      summary: 'Write files of an older version of the language for the newest: all of them, or none',
    },
  },
  positionals: { files: { summary: 'Files to lay out', many: true } },
  examples: [
    { line: 'sentinel-stack fmt', does: 'sentinel.kdl and what it includes' },
    { line: 'sentinel-stack fmt --check conf.d/*.kdl', does: 'for a pipeline: exit 1 if a file is not laid out' },
    { line: 'sentinel-stack fmt --upgrade', does: 'after an upgrade, if the language has a new version' },
  ],
  async run(context, { files, check, upgrade }) {
    const wanted = files.length > 0 ? files : includedFiles(context);
    if (upgrade) return upgradeFiles(context, wanted, check);
    const results: Result[] = [];
    for (const file of wanted) results.push({ file, outcome: await formatFile(context, file, check) });
    sayResults(context, results, check ? 'would change' : 'laid out');
    const failed = results.some(({ outcome }) => outcome === 'refused' || (check && outcome === 'changed'));
    return failed ? exitCodes.refused : exitCodes.done;
  },
});

/** The file in this folder and those that it includes; its problems are `check`'s business. */
function includedFiles({ env, cwd }: Context): string[] {
  const { sources } = loadConfig('sentinel.kdl', { environment: env, cwd });
  return sources.length === 0 ? ['sentinel.kdl'] : sources.map(({ file }) => file);
}

async function formatFile(context: Context, file: string, check: boolean): Promise<Outcome> {
  const source = await readSource(context, file);
  if (source === undefined) return 'refused';
  const formatted = format(source);
  if (!formatted.ok) {
    sayProblems(context, formatted.problems);
    return 'refused';
  }
  if (formatted.text === source.text) return 'unchanged';
  if (!check) await replaceFile(source.path, formatted.text);
  return 'changed';
}
