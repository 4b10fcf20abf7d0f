// From an event to its answer, without sockets and versions: what an agent says is tested here as a transcript. The
// shaping decision: an answer is a reply or a fault, given exactly once, in the same turn where the handler gave it in
// the same turn; so a call of a quick handler costs no promise. A handler that throws, hangs or returns nonsense is a
// fault of that call. It refuses to ask an agent that wants a configuration before it has taken one.

import { isDeepStrictEqual } from 'node:util';
import type { Family } from '#config/figures/family';
import { hostLimits, wireLimits } from '#config/limits';
import type { Logger } from '#config/log';
import {
  type AgentEvent,
  type AgentReply,
  type ConfigureEvent,
  type GuardrailInspectEvent,
  plainAllow,
  type RequestBodyChunkEvent,
  type RequestCompleteEvent,
  type RequestHeadersEvent,
  type ResponseBodyChunkEvent,
  type ResponseHeadersEvent,
  type WebsocketFrameEvent,
} from '#protocol/message';
import { type Answer, Call, Fault } from './host-call.ts';
import { replyProblem } from './host-check.ts';
import type { HostStatus } from './host-status.ts';

type Awaitable<T> = T | Promise<T>;

/** What an agent is: a name, and a function for every kind of event that it wants to see. */
export interface Agent {
  readonly name: string;
  readonly version?: string;
  readonly callMsMax?: number; // of a handler; the call is then given up
  /** A few words for people about what it runs with, once it has its configuration. */
  describe?(): string | undefined;
  /** What it counts, beside what is counted for every agent. */
  figures?(): readonly Family[];
  /** Called once, before the first event. */
  onStart?(status: HostStatus): void;
  /** Takes the `config { }` block; returns what is wrong with it, a sentence with its place each, or nothing. */
  onConfigure?(config: unknown): Awaitable<readonly string[]>;
  onRequestHeaders?(event: RequestHeadersEvent, call: Call): Awaitable<AgentReply>;
  onRequestBodyChunk?(event: RequestBodyChunkEvent, call: Call): Awaitable<AgentReply>;
  onResponseHeaders?(event: ResponseHeadersEvent, call: Call): Awaitable<AgentReply>;
  onResponseBodyChunk?(event: ResponseBodyChunkEvent, call: Call): Awaitable<AgentReply>;
  onWebsocketFrame?(event: WebsocketFrameEvent, call: Call): Awaitable<AgentReply>;
  onGuardrailInspect?(event: GuardrailInspectEvent, call: Call): Awaitable<AgentReply>;
  /** The exchange is over: the place to forget what was kept about it. */
  onRequestComplete?(event: RequestCompleteEvent, call: Call): Awaitable<void>;
  /** Called when no call is left: the last chance to close files and watchers. */
  onStop?(): Awaitable<void> | undefined;
}

const refusalStatus = 422; // the configuration is well-formed and cannot be used

export class Answerer {
  readonly agent: Agent;
  readonly status: HostStatus;
  readonly #log: Logger;
  readonly #running = new Set<Call>(); // of handlers that have not answered in the same turn
  #sweep: NodeJS.Timeout | undefined;
  #taken: { readonly config: unknown } | undefined;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(agent: Agent, log: Logger, status: HostStatus) {
    this.agent = agent;
    this.status = status;
    this.#log = log;
    agent.onStart?.(status);
  }

  /** Calls `done` once, in this turn or later. The call that is returned can be cancelled until then. */
  answer(event: AgentEvent, done: (answer: Answer) => void): Call {
    const call = new Call(this.#log, (answer) => {
      this.status.ended(call, answer instanceof Fault);
      done(answer);
    });
    this.status.begun();
    try {
      const answer = this.#handle(event, call);
      if (answer instanceof Promise) this.#wait(event, call, answer);
      else call.settle(this.#checked(event, answer));
    } catch (error) {
      call.settle(this.#failed(event, error));
    }
    return call;
  }

  /** From whoever started us, before anybody connects. Returns what is wrong with it. */
  async configure(config: unknown): Promise<readonly string[]> {
    const { decision } = await this.#configure({
      type: 'configure',
      agentId: this.agent.name,
      config,
      configVersion: undefined,
    });
    return decision.type === 'block' ? (decision.body ?? 'it was refused').split('\n') : [];
  }

  #handle(event: AgentEvent, call: Call): Awaitable<AgentReply | Fault | undefined> {
    const { agent } = this;
    if (event.type === 'configure') return this.#configure(event);
    if (agent.onConfigure !== undefined && this.#taken === undefined)
      return new Fault('asked before it was configured');
    switch (event.type) {
      case 'request_headers':
        return agent.onRequestHeaders === undefined ? plainAllow : agent.onRequestHeaders(event, call);
      case 'request_body_chunk':
        return agent.onRequestBodyChunk === undefined ? plainAllow : agent.onRequestBodyChunk(event, call);
      case 'response_headers':
        return agent.onResponseHeaders === undefined ? plainAllow : agent.onResponseHeaders(event, call);
      case 'response_body_chunk':
        return agent.onResponseBodyChunk === undefined ? plainAllow : agent.onResponseBodyChunk(event, call);
      case 'websocket_frame':
        return agent.onWebsocketFrame === undefined ? plainAllow : agent.onWebsocketFrame(event, call);
      case 'guardrail_inspect':
        return agent.onGuardrailInspect === undefined ? plainAllow : agent.onGuardrailInspect(event, call);
      case 'request_complete':
        return this.#complete(event, call);
    }
  }

  /** Nobody waits for what it returns. */
  #complete(event: RequestCompleteEvent, call: Call): Awaitable<AgentReply> {
    const told: unknown = this.agent.onRequestComplete?.(event, call);
    return told instanceof Promise ? told.then(() => plainAllow) : plainAllow;
  }

  #wait(event: AgentEvent, call: Call, answer: Promise<AgentReply | Fault | undefined>): void {
    this.#running.add(call);
    this.#sweep ??= setInterval(() => this.#sweepOverdue(), hostLimits.callSweepMs).unref();
    answer.then(
      (given) => this.#end(call, () => this.#checked(event, given)),
      (error: unknown) => this.#end(call, () => this.#failed(event, error)),
    );
  }

  #end(call: Call, answer: () => Answer): void {
    if (this.#running.delete(call) && !call.settled) call.settle(answer());
    if (this.#running.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  /** Handlers that hang are left behind: what they hold is theirs, their call is over. */
  #sweepOverdue(): void {
    const now = performance.now();
    const callMsMax = this.agent.callMsMax ?? hostLimits.callMs;
    for (const call of this.#running) {
      if (now - call.startedMs < callMsMax) break; // in the order of their beginning
      this.status.timedOut();
      this.#end(call, () => new Fault(`no answer within ${callMsMax} ms`));
      call.abort('timeout');
    }
  }

  #checked(event: AgentEvent, answer: AgentReply | Fault | undefined): Answer {
    if (answer === plainAllow || answer instanceof Fault) return answer;
    const problem = replyProblem(answer);
    if (problem === undefined && answer !== undefined) return answer;
    this.#log.error('internal-error', { during: event.type, error: `not a reply: ${problem}` });
    return new Fault('the agent failed');
  }

  #failed(event: AgentEvent, error: unknown): Fault {
    this.#log.error('internal-error', { during: event.type, error: describe(error) });
    return new Fault('the agent failed');
  }

  /** One at a time: every connection of every worker brings the same configuration, and the last one told counts. */
  #configure(event: ConfigureEvent): Promise<AgentReply> {
    const answer = this.#taking.then(() => this.#take(event));
    this.#taking = answer.catch(() => undefined);
    return answer;
  }

  async #take({ config, configVersion }: ConfigureEvent): Promise<AgentReply> {
    if (this.#taken !== undefined && isDeepStrictEqual(this.#taken.config, config)) return plainAllow;
    const problems = (await this.agent.onConfigure?.(config)) ?? [];
    if (problems.length > 0) {
      this.#log.error('agent-refused-config', { problems });
      return refused(problems);
    }
    this.#taken = { config };
    this.#log.info('agent-configured', { version: configVersion });
    return plainAllow;
  }
}

function refused(problems: readonly string[]): AgentReply {
  const body = problems.join('\n');
  const reason = problems[0]?.slice(0, wireLimits.textCharactersMax);
  return {
    ...plainAllow,
    decision: { type: 'block', status: refusalStatus, body, headers: [], reason, ruleId: undefined },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
