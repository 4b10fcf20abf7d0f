// Asking the agents of a route about the upstream's reply: its head, before any byte goes to the client, and its body where
// they want to see it. What is asked about waits: the upstream is not read meanwhile. Event streams and switched protocols
// are never held: they have no end that one could wait for. It refuses to write: relaying does (reply/relay.ts).

import type { Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';
import { headerOf } from '../request/cookies.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import { ask } from './asking.ts';
import { responseHeadersEvent } from './events.ts';
import { Inquiry } from './inquiry.ts';
import { type BodyTerms, bodyTermsOf, type RoutePlan } from './plan.ts';
import { refusalOf } from './refusal.ts';
import { besides } from './request-phase.ts';

/** Whether anybody is asked about this reply. */
export function asksAboutReply({ groups }: RoutePlan, { head }: UpstreamConnection): boolean {
  if (head.fault !== undefined || head.status < 200) return false;
  return groups['response-headers'].length > 0 || groups['response-body'].length > 0;
}

export async function askAboutReplyHead(
  exchange: Exchange,
  plan: RoutePlan,
  upstream: UpstreamConnection,
): Promise<Refusal | undefined> {
  const inquiry = inquiryOf(exchange);
  const stop = await ask(inquiry, {
    phase: 'response-headers',
    groups: plan.groups['response-headers'],
    event: () => responseHeadersEvent(exchange, upstream, inquiry.responseChanges),
  });
  if (stop !== undefined) return refusalOf(exchange, stop);
  takeReplyChanges(exchange, inquiry);
  return undefined;
}

export function inquiryOf(exchange: Exchange): Inquiry {
  exchange.inquiry ??= new Inquiry(exchange);
  return exchange.inquiry;
}

/** The agents' changes anew, with what the route's own features said on top. */
export function takeReplyChanges(exchange: Exchange, { responseChanges }: Inquiry): void {
  exchange.ownResponseMutations ??= exchange.responseMutations.slice(exchange.agentMutations);
  const changes = responseChanges.list();
  exchange.agentMutations = changes.length;
  exchange.responseMutations = besides(exchange.ownResponseMutations, changes);
}

/** How the body of this reply is held, if anybody wants to see it. */
export function replyBodyTerms(plan: RoutePlan, { head }: UpstreamConnection): BodyTerms | undefined {
  const groups = plan.groups['response-body'];
  if (groups.length === 0) return undefined;
  const type = headerOf(head.lines, contentType);
  return type?.toLowerCase().startsWith('text/event-stream') === true ? undefined : bodyTermsOf(groups, type);
}

const contentType = Buffer.from('content-type');
