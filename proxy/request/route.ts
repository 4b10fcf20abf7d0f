// The phase that finds the exchange's route: the table's, else the listener's default, else the exchange is refused. What
// the route makes of the path is settled here too, so that nothing is forwarded that nobody judged.

import { messageLimits } from '#config/limits';
import type { Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';
import type { Rewrite } from './rewrite.ts';
import type { Split } from './split.ts';

export function matchRoute(exchange: Exchange): Refusal | undefined {
  const { worker, client } = exchange;
  const route = worker.routeTable.match(exchange) ?? defaultRoute(exchange);
  if (route === undefined) return notFound;
  exchange.route = route;
  exchange.chosenUpstream = route.upstream;
  if (route.split !== undefined) chooseUpstream(exchange, route.split);
  exchange.bodyBytesMax = route.bodyBytesMax;
  client.startExchangeDeadline(route.exchangeMs);
  return route.rewrite === undefined ? undefined : rewriteRequest(exchange, route.rewrite);
}

function chooseUpstream(exchange: Exchange, split: Split): void {
  const choice = split.choose(exchange);
  exchange.chosenUpstream = choice.upstream;
  exchange.chosenBy = choice.by;
  exchange.splitLine = choice.line;
}

function defaultRoute({ worker, client }: Exchange): Exchange['route'] {
  return client.defaultRoute === undefined ? undefined : worker.routes.get(client.defaultRoute);
}

const notFound: Refusal = { code: 'route-not-found' };

/** What is to be forwarded stands beside what was asked, which stays for agents and the access line. */
function rewriteRequest(exchange: Exchange, rewrite: Rewrite): Refusal | undefined {
  if (!rewrite.changesPath) return undefined;
  const rewritten = rewrite.path(exchange.path);
  if (!rewritten.ok) return { code: 'head-malformed', error: `rewritten: ${rewritten.fault}` };
  const mark = exchange.target.indexOf('?');
  const query = mark === -1 ? '' : exchange.target.slice(mark);
  if (rewritten.path.length + query.length > targetBytesMax) return { code: 'target-too-long', error: 'rewritten' };
  exchange.rewrittenTarget = `${rewritten.path}${query}`;
  return undefined;
}

// What is left of a request line beside the longest method, two blanks and the version.
const targetBytesMax = messageLimits.requestLineBytesMax - messageLimits.methodBytesMax - '  HTTP/1.1'.length;
