// The narrowing that readers of several messages share. The shaping decision: a schema says what is wrong and where in
// one line; the first thing wrong is enough, since the message is refused whole. It refuses to repair: what is not in
// the form that the protocol says is no message.

import { z } from 'zod';
import { wireLimits } from '#config/limits';
import type { Reading } from './message.ts';

export function narrow<T>(schema: z.ZodType<T>, message: unknown): Reading<T> {
  const result = schema.safeParse(message);
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'message' : issue.path.join('.');
  return { ok: false, problem: `${place}: ${issue?.message ?? 'not what the protocol says'}` };
}

/** Absent and null are the same to agents in the field (Rust's `Option`). */
export function maybe<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value) => value ?? undefined);
}

/** An absent text and an empty one are the same: every encoding can say at least one of the two. */
export const maybeText = z
  .string()
  .nullish()
  .transform((value) => value || undefined);

export const shortText = z.string().max(wireLimits.textCharactersMax);
export const correlationId = z.string().max(wireLimits.correlationIdCharactersMax);
export const count = z.number().int().min(0);

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64 in JSON, bytes or base64 in MessagePack. */
export const bytes = z.unknown().transform((value, context): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && value.length % 4 === 0 && base64Pattern.test(value))
    return Buffer.from(value, 'base64');
  context.addIssue('neither base64 nor bytes');
  return z.NEVER;
});

/** Whether `value` nests deeper than anything legitimate does; recursion over it would otherwise end the stack. */
export function tooDeep(value: unknown, levelsLeft: number = wireLimits.nestingMax): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  if (levelsLeft === 0) return true;
  for (const key in value) if (tooDeep(value[key as keyof typeof value], levelsLeft - 1)) return true;
  return false;
}

/** A value that nobody reads here, but somebody will walk: bounded in depth. */
export const anything = z
  .unknown()
  .refine((value) => !tooDeep(value), 'nested too deeply')
  .optional();
