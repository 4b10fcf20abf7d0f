// How the commands that need a configuration get one, or say on stderr why there is none: all problems, as `check` would.

import { type Loaded, loadConfig } from '#config/load';
import { coloured, formatProblems, type Paint, plain, problemAsData } from '#config/report';
import type { Context, Output } from './command.ts';

export function loadOrComplain(context: Context, file: string | undefined): Loaded | undefined {
  const { env, cwd, stderr, json } = context;
  const loaded = loadConfig(file, { environment: env, cwd });
  if (loaded.ok) return loaded;
  const problems = loaded.problems.map((one) => problemAsData(one));
  stderr.write(
    json
      ? `${JSON.stringify({ ok: false, problems })}\n`
      : formatProblems(loaded.problems, paintFor(stderr), loaded.sources.length),
  );
  return undefined;
}

export function paintFor(output: Pick<Output, 'color'>): Paint {
  return output.color ? coloured : plain;
}
