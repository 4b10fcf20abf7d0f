// What is answered on the control socket: one shape for everything that has an end, and one for lines that go on. Errors
// are JSON with a code, whatever was asked.

import type { Code } from '#config/errors';
import type { Complaint } from '../complain.ts';
import type { Outcome } from '../control.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly allow?: string | undefined; // the methods that there are
}

export function json(data: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(data)}\n` };
}

export function failure(complaint: Complaint, problems: readonly unknown[] = []): Answer {
  const more = problems.length === 0 ? {} : { problems };
  return json({ ok: false, error: complaint, ...more }, statuses[complaint.code] ?? 422);
}

/** Of those that are not simply what was asked for being impossible. */
const statuses: Partial<Record<Code, number>> = {
  'control-bad-request': 400,
  'control-not-found': 404,
  'child-unknown': 404,
  'stack-busy': 409,
  'control-busy': 503,
  internal: 500,
};

export function outcome(one: Outcome): Answer {
  return one.ok ? json(one) : failure(one.complaint, one.problems);
}
