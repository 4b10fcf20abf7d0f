// The answers of the proxy itself, one function per name of `builtin-handler`. All are given when the request's body has
// been read to its end and thrown away, so the connection stays in step.

import type { RouteConfig } from '#config/schema';
import type { BodySink, Exchange } from '../exchange.ts';
import { type Answer, sendAnswer } from './answer.ts';
import { refuse } from './refuse.ts';

export type Builtin = NonNullable<RouteConfig['builtinHandler']>;

export function replyBuiltin(exchange: Exchange): void {
  exchange.client.readBodyInto(throwAway);
}

const throwAway: BodySink = {
  onPiece: () => undefined,
  onHandedOver: (exchange, isLast) => {
    if (isLast) answer(exchange);
  },
};

function answer(exchange: Exchange): void {
  const handler = exchange.route?.config.builtinHandler;
  if (handler === undefined || handler === 'not-found') return refuse(exchange, { code: 'route-not-found' });
  sendAnswer(exchange, answers[handler](exchange));
}

const answers: Readonly<Record<Exclude<Builtin, 'not-found'>, (exchange: Exchange) => Answer>> = {
  health: () => plain('ok\n'),
  status: ({ worker }) =>
    json({
      status: worker.isDraining ? 'draining' : 'serving',
      requests_in_flight: worker.metrics.exchangesInFlight,
      connections: worker.connectionsOpen,
    }),
  echo: ({ head, path, target, client }) =>
    json({
      method: head.method,
      path,
      query: target.includes('?') ? target.slice(target.indexOf('?') + 1) : '',
      headers: head.lines.list(),
      body_bytes: client.body.bytesRead,
    }),
  demo: ({ head, path }) =>
    plain(`This is the demo backend of sentinel-stack.\n${head.method} ${path}\n${head.lines.count} headers\n`),
};

function plain(body: string): Answer {
  return { status: 200, type: 'text/plain; charset=utf-8', headers: [], body };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', headers: [], body: `${JSON.stringify(value)}\n` };
}
