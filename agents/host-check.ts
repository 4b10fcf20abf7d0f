// Whether what a handler returned is a reply that a proxy will take. The shaping decision: it is asked before anything
// is written, because on a connection with many calls in flight the proxy's answer to nonsense is to close it, and all
// of them would pay for one. Header changes are looked at one by one; the rest, which is rare, by the schema by which
// the proxy will read it. It refuses nothing that the proxy would take.

import { wireLimits } from '#config/limits';
import { type AgentReply, type HeaderMutation, noAudit, noRouting, plainAllow } from '#protocol/message';
import { mutationProblem, readReply, writeReply } from '#protocol/reply-json';

/** What is wrong with it, or nothing. May throw where `reply` is not even nearly one. */
export function replyProblem(reply: AgentReply | undefined): string | undefined {
  if (typeof reply !== 'object' || reply === null) return `a handler returned ${String(reply)}`;
  return (
    mutationsProblem(reply.requestHeaders, 'request') ??
    mutationsProblem(reply.responseHeaders, 'response') ??
    bodyProblem(reply) ??
    (hasOnlyChanges(reply) ? undefined : restProblem(reply))
  );
}

function mutationsProblem(mutations: readonly HeaderMutation[], of: 'request' | 'response'): string | undefined {
  if (mutations.length > wireLimits.headerMutationsMax) return `more than ${wireLimits.headerMutationsMax} changes`;
  for (const mutation of mutations) {
    const problem = mutationProblem(mutation, of);
    if (problem !== undefined) return `${of} header ${mutation.name}: ${problem}`;
  }
  return undefined;
}

function bodyProblem({ requestBody, responseBody }: AgentReply): string | undefined {
  for (const body of [requestBody, responseBody])
    if (body?.data !== undefined && !(body.data instanceof Uint8Array)) return 'a body is bytes (Uint8Array)';
  return undefined;
}

function hasOnlyChanges({ decision, audit, routing, websocket, needsMore }: AgentReply): boolean {
  const bare = audit === noAudit && routing === noRouting && websocket === undefined;
  return decision.type === 'allow' && bare && typeof needsMore === 'boolean';
}

function restProblem(reply: AgentReply): string | undefined {
  const { requestHeaders, responseHeaders, requestBody, responseBody } = plainAllow;
  const rest = writeReply({ ...reply, requestHeaders, responseHeaders, requestBody, responseBody }, 2);
  const reading = readReply(JSON.parse(JSON.stringify(rest)), 2);
  return reading.ok ? undefined : reading.problem;
}
