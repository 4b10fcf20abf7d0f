// Asking the agents of a route about a request: about its head, then, where they want to see it, about its body. In
// `buffer` mode the body is held until they have decided; in `stream` mode the pieces are put to them on their way to the
// upstream (body-stream.ts). What they changed is put on the exchange when all have let it pass. It refuses to write.

import type { AgentEvent } from '#protocol/message';
import type { BodySink, Exchange } from '../exchange.ts';
import type { Mutation } from '../http1/header-edit.ts';
import type { Refusal } from '../reply/refusals.ts';
import { grantContinue } from '../request/body.ts';
import { headerOf } from '../request/cookies.ts';
import { Asking, ask } from './asking.ts';
import { RequestHeadOf, requestBodyEvent } from './events.ts';
import { HeldBody } from './held-body.ts';
import { Inquiry, type Stop } from './inquiry.ts';
import { type BodyTerms, bodyTermsOf, type Group, type RoutePlan } from './plan.ts';
import { refusalOf } from './refusal.ts';

/** Where the exchange goes on when all have been asked. */
export type GoOn = (exchange: Exchange, refusal: Refusal | undefined) => void;

/** `goOn` is called once, in this turn or later; not at all for an exchange that is over before. It must not throw. */
export function askAboutRequest(exchange: Exchange, plan: RoutePlan, goOn: GoOn): void {
  const inquiry = new Inquiry(exchange);
  exchange.inquiry = inquiry;
  new HeadAsking(exchange, inquiry, plan, goOn).begin();
}

class HeadAsking extends Asking {
  readonly #exchange: Exchange;
  readonly #plan: RoutePlan;
  readonly #goOn: GoOn;

  constructor(exchange: Exchange, inquiry: Inquiry, plan: RoutePlan, goOn: GoOn) {
    super(inquiry, 'request-headers', plan.groups['request-headers']);
    this.#exchange = exchange;
    this.#plan = plan;
    this.#goOn = goOn;
  }

  protected override event(): AgentEvent {
    return new RequestHeadOf(this.#exchange, this.inquiry.requestChanges);
  }

  protected override onDone(stop: Stop | undefined): void {
    const exchange = this.#exchange;
    if (stop !== undefined) return this.#goOn(exchange, refusalOf(exchange, stop));
    const groups = withThoseThatWantMore(this.#plan.groups['request-body'], this.inquiry);
    if (groups.length === 0) return this.#pass();
    askAboutBody(exchange, this.inquiry, groups).then(
      (refusal) => (refusal === undefined ? this.#pass() : this.#goOn(exchange, refusal)),
      (error: unknown) => this.onMistake(error),
    );
  }

  protected override onMistake(error: unknown): void {
    this.#exchange.onMistake(error);
  }

  #pass(): void {
    if (!this.#exchange.isClosed) applyChanges(this.#exchange, this.inquiry, this.#plan);
    this.#goOn(this.#exchange, undefined);
  }
}

/** Who said that it needs the body is asked about it, whatever its events are. */
function withThoseThatWantMore(groups: readonly Group[], { wantsBody }: Inquiry): readonly Group[] {
  if (wantsBody.length === 0) return groups;
  const asked = new Set(groups.flat().map(({ filter }) => filter));
  const more = wantsBody.filter(({ filter }) => !asked.has(filter));
  return more.length === 0 ? groups : [...groups, ...more.map((step) => [step])];
}

async function askAboutBody(
  exchange: Exchange,
  inquiry: Inquiry,
  groups: readonly Group[],
): Promise<Refusal | undefined> {
  const { head } = exchange;
  const isEmpty = !head.isChunked && head.contentLength <= 0;
  if (isEmpty) return askAboutNothing(exchange, inquiry);
  const terms = bodyTermsOf(groups, headerOf(head.lines, contentType));
  if (terms === undefined || exchange.upgrade !== undefined) return undefined; // who switches protocols has no body yet
  if (terms.mode === 'stream') {
    exchange.streamedTerms = terms;
    return undefined;
  }
  const body = await holdBody(exchange, terms);
  if (body.overflow !== undefined && terms.onTooLarge === 'refuse') return tooLarge(exchange, body.overflow, terms);
  if (body.overflow !== undefined) inquiry.tag('inspected-prefix');
  return askAboutHeld(exchange, inquiry, terms, body);
}

/** There is no body for those who asked for one: they are told so, and decide. */
async function askAboutNothing(exchange: Exchange, inquiry: Inquiry): Promise<Refusal | undefined> {
  const groups = inquiry.wantsBody.map((step) => [step]);
  const piece = { data: noBytes, isLast: true, totalSize: 0, chunkIndex: 0, bytes: 0 };
  const stop = await ask(inquiry, { phase: 'request-body', groups, event: () => requestBodyEvent(exchange, piece) });
  return stop === undefined ? undefined : refusalOf(exchange, stop);
}

async function askAboutHeld(
  exchange: Exchange,
  inquiry: Inquiry,
  terms: BodyTerms,
  body: HeldBody,
): Promise<Refusal | undefined> {
  const { contentLength } = exchange.head;
  const shownBefore = body.shown.length;
  const totalSize = contentLength >= 0 ? contentLength : shownBefore + body.beyondBytes;
  const stop = await ask(inquiry, {
    phase: 'request-body',
    groups: terms.groups,
    event: () =>
      requestBodyEvent(exchange, {
        data: body.shown,
        isLast: true,
        totalSize,
        chunkIndex: 0,
        bytes: body.shown.length,
      }),
    onReply: ({ requestBody }) => {
      if (requestBody?.data !== undefined) body.replace(requestBody.data);
    },
  });
  if (stop !== undefined) return refusalOf(exchange, stop);
  if (contentLength >= 0) exchange.bodyLength = contentLength - shownBefore + body.shown.length;
  return undefined;
}

/** Settles when the body is whole, or as much of it is held as may be; never, if the exchange ends before. */
function holdBody(exchange: Exchange, terms: BodyTerms): Promise<HeldBody> {
  const { client, worker, head } = exchange;
  const body = new HeldBody(worker.inspectionMemory, terms.bytesMax);
  exchange.heldBody = body;
  if (terms.onTooLarge === 'refuse' && head.contentLength > terms.bytesMax) {
    body.overflow = 'too-large'; // before a byte of it is read
    return Promise.resolve(body);
  }
  return new Promise((resolve) => {
    const sink: BodySink = {
      onPiece: (_, bytes, start, end) => body.add(bytes, start, end),
      onHandedOver: (_, isLast) => {
        if (isLast) exchange.isBodyHeldWhole = true;
        else if (body.overflow === undefined) return;
        else client.pause();
        resolve(body);
      },
    };
    grantContinue(exchange);
    client.readBodyInto(sink);
  });
}

function tooLarge(exchange: Exchange, why: 'too-large' | 'no-memory', { bytesMax }: BodyTerms): Refusal {
  exchange.keepsClient = false; // the rest of it is still to come
  return why === 'too-large'
    ? { code: 'body-too-large', error: `over ${bytesMax} bytes for agents` }
    : { code: 'inspection-full', error: 'no room in inspection-memory' };
}

function applyChanges(exchange: Exchange, inquiry: Inquiry, plan: RoutePlan): void {
  const changes = inquiry.requestChanges.list();
  const asksAboutReplyBody = plan.groups['response-body'].length > 0;
  exchange.requestMutations = asksAboutReplyBody ? [...changes, onlyPlain] : changes;
  if (exchange.upgrade !== undefined && plan.groups['websocket-frame'].length > 0)
    exchange.requestMutations = [...exchange.requestMutations, noExtensions];
  exchange.responseMutations = besides(exchange.responseMutations, inquiry.responseChanges.list());
  reroute(exchange, inquiry);
}

/** What agents are to read must not be compressed. */
const onlyPlain: Mutation = { op: 'set', name: 'Accept-Encoding', value: 'identity' };

/** Compressed frames could not be looked at. */
const noExtensions: Mutation = { op: 'remove', name: 'Sec-WebSocket-Extensions', value: '' };

/** Who is asked about the frames of this connection, should it become a WebSocket. */
export function frameGroups({ askedPlan, route }: Exchange): readonly Group[] {
  return (askedPlan ?? route?.agents)?.groups['websocket-frame'] ?? [];
}

/** What the route's own features said comes after what agents said, and so wins. */
export function besides(own: readonly Mutation[], agents: readonly Mutation[]): readonly Mutation[] {
  return own.length === 0 ? agents : [...agents, ...own];
}

/** To names that the configuration has and the agent may choose (inquiry.ts). */
function reroute(exchange: Exchange, { routeOverride, upstreamOverride }: Inquiry): void {
  const { worker } = exchange;
  const route = routeOverride === undefined ? undefined : worker.routes.get(routeOverride);
  if (route !== undefined && route !== exchange.route) {
    exchange.askedPlan = exchange.route?.agents;
    if (exchange.isInRoute) exchange.route?.access?.leave(exchange);
    exchange.isInRoute = false;
    exchange.route = route;
    exchange.chosenUpstream = route.upstream ?? route.split?.choose(exchange).upstream;
  }
  const upstream = upstreamOverride === undefined ? undefined : worker.upstreams.get(upstreamOverride);
  if (upstream !== undefined && exchange.chosenUpstream !== undefined) exchange.chosenUpstream = upstream;
}

const noBytes = new Uint8Array();
const contentType = Buffer.from('content-type');
