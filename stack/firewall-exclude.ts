// `waf exclude`: the proposal that the firewall made and tried, shown, and on request written into the file of exclusions
// and put into effect. The shaping decision: a reload that is refused takes the line back, so the file never holds what
// the firewall would not start with. It refuses to write anything that was not asked for with `--apply`.

import type { Attached } from './attach.ts';
import { type Context, type ExitCode, exitCodes } from './command.ts';
import { complain } from './complain.ts';
import { type Added, addExclusion } from './exclusions-file.ts';
import type { ExplainedShape } from './firewall-shapes.ts';
import { explainedText } from './firewall-view.ts';

interface How {
  readonly apply: boolean;
  readonly stack: Attached | undefined; // that is to take it
}

export async function excludeRequest(context: Context, told: ExplainedShape, { apply, stack }: How): Promise<ExitCode> {
  const { stdout, json } = context;
  const { exclusion, request, exclusionsFile } = told;
  if (exclusion === undefined || (!exclusion.passes && exclusion.hidden.length === 0)) {
    if (!json) stdout.write(explainedText(told, Date.now(), stdout));
    complain(context, {
      code: 'waf-not-excludable',
      what: `no exclusion lets request ${request.id} pass`,
      hint: 'the lines above say why; a rule of your own can allow it',
    });
    return exitCodes.refused;
  }
  if (!json) stdout.write(explainedText(told, Date.now(), stdout));
  if (!apply) {
    if (json) stdout.write(`${JSON.stringify({ ...told, applied: false })}\n`);
    return exitCodes.done;
  }
  const comment = `${new Date().toISOString().slice(0, 16)} request ${request.id}: ${request.method} ${request.target}`;
  const added = await write(context, exclusionsFile, comment, exclusion.text);
  if (added === undefined) return exitCodes.refused;
  return putIntoEffect(context, told, added, stack);
}

async function write(context: Context, path: string, comment: string, line: string): Promise<Added | undefined> {
  try {
    return await addExclusion(path, comment, line);
  } catch (error) {
    complain(context, {
      code: 'waf-exclusions-unwritable',
      what: `${path} cannot be written: ${(error as Error).message}`,
      hint: 'add the line above by hand',
    });
    return undefined;
  }
}

async function putIntoEffect(
  context: Context,
  told: ExplainedShape,
  added: Added,
  stack: Attached | undefined,
): Promise<ExitCode> {
  const { stdout, json } = context;
  const { exclusionsFile } = told;
  const outcome = await stack?.act('/v1/reload');
  const refused =
    outcome?.ok === false ? outcome.complaint : outcome?.value.ok === false ? outcome.value.error : undefined;
  if (refused !== undefined) {
    await added.undo();
    complain(context, refused);
    return exitCodes.refused;
  }
  const effect = stack === undefined ? 'no stack runs; the next one begins with it' : 'the firewall decides by it now';
  stdout.write(
    json
      ? `${JSON.stringify({ ...told, applied: true, reloaded: stack !== undefined })}\n`
      : `\nwritten to ${exclusionsFile}; ${effect}\n`,
  );
  return exitCodes.done;
}
