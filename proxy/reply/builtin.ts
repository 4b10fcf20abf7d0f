// The answers of the proxy itself, one function per name of `builtin-handler`. All are given when the request's body has
// been read to its end and thrown away, so the connection stays in step.

import type { RouteConfig } from '#config/schema';
import type { BodySink, Exchange } from '../exchange.ts';
import { type Answer, sendAnswer } from './answer.ts';
import { refuse } from './refuse.ts';

export type Builtin = NonNullable<RouteConfig['builtinHandler']>;

export const replyBuiltin: (exchange: Exchange) => void = afterBody((exchange) => {
  const handler = exchange.route?.config.builtinHandler;
  if (handler === undefined || handler === 'not-found') return refuse(exchange, { code: 'route-not-found' });
  sendAnswer(exchange, answers[handler](exchange));
});

/** Reads the request's body to its end, throws it away, and then answers. */
export function afterBody(answer: (exchange: Exchange) => void): (exchange: Exchange) => void {
  const sink: BodySink = {
    onPiece: () => undefined,
    onHandedOver: (exchange, isLast) => {
      if (isLast) answer(exchange);
    },
  };
  return (exchange) => exchange.client.readBodyInto(sink);
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
