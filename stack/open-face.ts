// How a stack that is started shows itself: for people or for machines, with a headline, and in the log file as well. What
// goes wrong at the start is the error of the command, whatever the face.

import type { Loaded } from '#config/load';
import { formatProblems, problemAsData } from '#config/report';
import type { Config } from '#config/schema';
import { readVersion } from '#config/version';
import type { Context } from './command.ts';
import { complain } from './complain.ts';
import type { Configured } from './configured.ts';
import { type FiledFace, filedFace } from './filed-face.ts';
import { jsonFace } from './json-face.ts';
import { paintFor } from './loading.ts';
import type { UpGiven } from './overrides.ts';
import { paint } from './paint.ts';
import { prettyFace } from './pretty-face.ts';
import type { Face } from './run.ts';
import type { RuntimeFolder } from './runtime.ts';
import { startFailureComplaint } from './words.ts';

export interface Starting {
  readonly context: Context;
  readonly given: UpGiven;
  readonly loaded: Loaded;
  readonly config: Config;
}

export async function openFace(starting: Starting, configured: Configured, folder: RuntimeFolder): Promise<FiledFace> {
  const face = await terminalFace(starting, configured, folder);
  return filedFace(complainingFace(face, starting.context), () => configured.config);
}

function formatOf({ context: { stdout, json }, given, config }: Starting): 'pretty' | 'json' {
  const { format } = config.observability.logging;
  if (given['log-format'] !== undefined) return given['log-format'];
  if (json) return 'json';
  if (format !== 'auto') return format;
  return stdout.isTerminal ? 'pretty' : 'json';
}

async function terminalFace(
  starting: Starting,
  { plan, accounts: { ignored } }: Pick<Configured, 'plan' | 'accounts'>,
  folder: RuntimeFolder,
): Promise<Face> {
  const { context, loaded, config } = starting;
  const { stdout, stderr } = context;
  if (formatOf(starting) === 'json') {
    const face = jsonFace(stdout, stderr, config.observability.logging.level);
    for (const one of loaded.problems) stderr.write(`${JSON.stringify(problemAsData(one))}\n`);
    if (folder.tookOver) face.tookOver(folder.path);
    if (ignored.length > 0) face.ignored(ignored);
    return face;
  }
  const from = loaded.file ?? 'embedded default (no sentinel.kdl; `init` writes one)';
  stdout.write(`${paint(stdout, 'bold', `sentinel-stack ${await readVersion()}`)}   ${from}\n`);
  if (loaded.problems.length > 0) stdout.write(`\n${formatProblems(loaded.problems, paintFor(stdout))}`);
  if (folder.tookOver) stdout.write(`${folder.path} was left by a stack that is gone: taken over\n`);
  if (ignored.length > 0) stdout.write(`not started as root, so nothing runs as another user: ${ignored.join(', ')}\n`);
  stdout.write('\n');
  return prettyFace(stdout, { plan, config, isDefault: loaded.file === undefined });
}

function complainingFace(face: Face, context: Context): Face {
  return {
    started: (child, pid) => face.started(child, pid),
    line: (child, stream, text) => face.line(child, stream, text),
    tell: (fact, lastLines) => {
      face.tell(fact, lastLines);
      if (fact.type === 'start-failed')
        complain(context, startFailureComplaint(fact.failure, lastLines(fact.failure.child)));
    },
  };
}
