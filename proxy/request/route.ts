// The phase that finds the exchange's route: the table's, else the listener's default, else the exchange is refused.

import type { Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';

export function matchRoute(exchange: Exchange): Refusal | undefined {
  const { worker, client, host, path, head } = exchange;
  exchange.route = worker.routeTable.match(host, path, head.method) ?? defaultRoute(exchange);
  if (exchange.route === undefined) return notFound;
  exchange.bodyBytesMax = exchange.route.bodyBytesMax;
  client.startExchangeDeadline(exchange.route.exchangeMs);
  return undefined;
}

function defaultRoute({ worker, client }: Exchange): Exchange['route'] {
  return client.defaultRoute === undefined ? undefined : worker.routes.get(client.defaultRoute);
}

const notFound: Refusal = { code: 'route-not-found' };
