// From a message to its answer, without sockets: what an agent says is tested here as a transcript. The shaping
// decision: v1 has no error reply, so an answer is a reply or the fault for which the connection is closed, and the
// proxy's failure mode decides at once. It refuses to ask an agent that wants a configuration before it has taken one.

import { isDeepStrictEqual } from 'node:util';
import { wireLimits } from '#config/limits';
import type { Logger } from '#config/log';
import { readEvent } from '#protocol/event-json';
import {
  type AgentEvent,
  type AgentReply,
  type ConfigureEvent,
  plainAllow,
  type RequestHeadersEvent,
} from '#protocol/message';
import { writeReply } from '#protocol/reply-json';

type Awaitable<T> = T | Promise<T>;

/** What an agent is. */
export interface Agent {
  readonly name: string;
  /** Takes the `config { }` block; returns what is wrong with it, a sentence with its place each, or nothing. */
  onConfigure?(config: unknown): Awaitable<readonly string[]>;
  onRequestHeaders(event: RequestHeadersEvent): Awaitable<AgentReply>;
}

export type Answer = { readonly reply: unknown } | { readonly fault: string };

const refusalStatus = 422; // the configuration is well-formed and cannot be used

export class Answerer {
  readonly #agent: Agent;
  readonly #log: Logger;
  #taken: { readonly config: unknown } | undefined;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(agent: Agent, log: Logger) {
    this.#agent = agent;
    this.#log = log;
  }

  async answer(message: unknown): Promise<Answer> {
    const event = readEvent(message);
    if (!event.ok) return { fault: event.problem };
    try {
      return await this.#answerEvent(event.value);
    } catch (error) {
      this.#log.error('internal-error', { during: event.value.type, error: describe(error) });
      return { fault: 'the agent failed' };
    }
  }

  async #answerEvent(event: AgentEvent): Promise<Answer> {
    if (event.type === 'configure') return this.#configure(event);
    return event.type === 'request_headers' ? this.#decide(event) : { fault: `an event ${event.type}` };
  }

  async #decide(event: RequestHeadersEvent): Promise<Answer> {
    if (this.#agent.onConfigure !== undefined && this.#taken === undefined)
      return { fault: 'asked before it was configured' };
    return { reply: writeReply(await this.#agent.onRequestHeaders(event)) };
  }

  /** One at a time: every connection of every worker brings the same configuration, and the last one told counts. */
  #configure(event: ConfigureEvent): Promise<Answer> {
    const answer = this.#taking.then(() => this.#take(event));
    this.#taking = answer.catch(() => undefined);
    return answer;
  }

  async #take({ config, configVersion }: ConfigureEvent): Promise<Answer> {
    if (this.#taken !== undefined && isDeepStrictEqual(this.#taken.config, config)) return accepted;
    const problems = (await this.#agent.onConfigure?.(config)) ?? [];
    if (problems.length > 0) {
      this.#log.error('agent-refused-config', { problems });
      return refused(problems);
    }
    this.#taken = { config };
    this.#log.info('agent-configured', { version: configVersion });
    return accepted;
  }
}

const accepted: Answer = { reply: writeReply(plainAllow) };

function refused(problems: readonly string[]): Answer {
  const body = problems.join('\n');
  const reason = problems[0]?.slice(0, wireLimits.textCharactersMax);
  return {
    reply: writeReply({
      ...plainAllow,
      decision: { type: 'block', status: refusalStatus, body, headers: [], reason, ruleId: undefined },
    }),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
