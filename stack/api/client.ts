// The commands' end of the control socket: ask, and get what was asked for or a complaint in the user's words. The shaping
// decision: nothing is thrown for what the world does; a stack that is gone, is not ours to ask or does not answer is an
// answer too. It refuses to look for stacks: attach.ts does.

import { once } from 'node:events';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { controlLimits } from '#config/limits';
import { request } from '#config/node-http';
import { parseJson } from '#config/parse-json';
import type { Complaint } from '../complain.ts';
import { type LineShape, lineShape, outcomeShape } from './shapes.ts';

export type Told<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly complaint: Complaint };

interface Question<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly shape: z.ZodType<T>;
  /** How long the answer may take; without it as long as the stack likes. */
  readonly withinMs?: number | undefined;
}

const longestAnswerBytes = 64 * 1024 * 1024; // ten thousand routes with all they have, and far from all memory

export async function askStack<T>(
  socketPath: string,
  { method, path, shape, withinMs }: Question<T>,
): Promise<Told<T>> {
  const signal = withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) };
  try {
    const response = await send({ socketPath, method, path, ...signal });
    const data = parseJson(await textOf(response));
    const parsed = shape.safeParse(data);
    if (parsed.success) return { ok: true, value: parsed.data };
    const refusal = outcomeShape.safeParse(data).data;
    if (refusal?.ok === false) return { ok: false, complaint: refusal.error };
    return strange(socketPath, 'what it says is not understood: is it of another version?');
  } catch (error) {
    return { ok: false, complaint: complaintOf(error, socketPath) };
  }
}

/** Line by line until the end of them, or until `over`. */
export async function followStack(
  socketPath: string,
  path: string,
  onLine: (line: LineShape) => void,
  over: AbortSignal,
): Promise<Told<undefined>> {
  try {
    const response = await send({ socketPath, method: 'GET', path, signal: over });
    if (response.statusCode !== 200) return refusedBy(parseJson(await textOf(response)), socketPath);
    for await (const text of createInterface({ input: response })) {
      const line = lineShape.safeParse(parseJson(text)).data;
      if (line !== undefined) onLine(line);
    }
    return { ok: true, value: undefined };
  } catch (error) {
    if (over.aborted) return { ok: true, value: undefined };
    return { ok: false, complaint: complaintOf(error, socketPath) };
  }
}

function refusedBy(data: unknown, socketPath: string): Told<never> {
  const refusal = outcomeShape.safeParse(data).data;
  if (refusal?.ok === false) return { ok: false, complaint: refusal.error };
  return strange(socketPath, 'it refuses in a way that is not understood');
}

async function send(options: RequestOptions): Promise<IncomingMessage> {
  const asking = request(options);
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > longestAnswerBytes) throw new Error('its answer has no end');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function strange(socketPath: string, why: string): Told<never> {
  return { ok: false, complaint: { code: 'control-no-answer', what: `the stack at ${socketPath}: ${why}` } };
}

/** Nobody listens: `stack-not-running`, which attach.ts tells more about. */
function complaintOf(error: unknown, socketPath: string): Complaint {
  const { code = '', name = '' } = error as { code?: string; name?: string };
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR')
    return { code: 'stack-not-running', what: 'no stack is running here' };
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'become the user that runs it, or a member of its `control-group`';
    return { code: 'control-not-permitted', what: `this user may not use ${socketPath}`, hint };
  }
  const late = name === 'AbortError' || name === 'TimeoutError' || code === 'ABORT_ERR';
  const seconds = controlLimits.answerMs / 1000;
  const why = late ? `it did not answer within ${seconds} s` : error instanceof Error ? error.message : String(error);
  const hint = 'its supervisor may be stopped or very busy: `sentinel-stack doctor` looks closer';
  return { code: 'control-no-answer', what: `the stack at ${socketPath}: ${why}`, hint };
}
