// The whole stack as a target: it is started with the rules between a socket and the built-in backend, tests go through
// it side by side, and each one's lines are found in its logs by the address that it came from. What passes here passes
// as a client meets it: parser, proxy, protocol, engine.

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crsLimits } from '#config/limits-crs';
import { rulePathsOf } from '#waf';
import type { Case, Stage } from './case.ts';
import { requestBytes } from './request-bytes.ts';
import { Attribution, clientAddress, type StageLog } from './stack/attribution.ts';
import { type RunningStack, startStack } from './stack/running.ts';
import { Stop } from './stop.ts';
import type { StageSeen, WireTarget } from './target.ts';
import { notesOf, outcomeOf } from './target-url.ts';
import { type Backend, startBackend } from './wire/backend-server.ts';
import { LogTail } from './wire/log-tail.ts';
import { type Sending, send } from './wire/send.ts';

export interface StackTargetOptions {
  readonly rulesFolder: string;
  readonly connections: number;
  readonly sending: Sending;
}

export class StackTarget implements WireTarget, AsyncDisposable {
  readonly name = 'stack';
  readonly parallel: number;
  readonly #sending: Sending;
  readonly #stack: RunningStack;
  readonly #backend: Backend;
  readonly #logs: { readonly access: LogTail; readonly alerts: LogTail };
  readonly #attribution = new Attribution();
  #reading: Promise<void> | undefined;
  #clients = 0;

  private constructor(
    { connections, sending }: StackTargetOptions,
    parts: {
      readonly stack: RunningStack;
      readonly backend: Backend;
      readonly access: LogTail;
      readonly alerts: LogTail;
    },
  ) {
    this.parallel = connections;
    this.#sending = sending;
    this.#stack = parts.stack;
    this.#backend = parts.backend;
    this.#logs = parts;
  }

  static async start(options: StackTargetOptions): Promise<StackTarget> {
    const rules = await rulePathsOf(resolve(options.rulesFolder)).catch((error: Error) => {
      throw new Stop(3, `the rules in ${options.rulesFolder} cannot be read: ${error.message}`);
    });
    await using parts = new AsyncDisposableStack();
    const backend = parts.use(await startBackend());
    const processes = Math.min(2, availableParallelism());
    const stack = parts.use(await startStack({ rules, backend: backend.address, processes }, 1));
    const access = parts.use(await LogTail.open(stack.folder.accessLog));
    const alerts = parts.use(await LogTail.open(stack.folder.alertLog));
    parts.move();
    return new StackTarget(options, { stack, backend, access, alerts });
  }

  async run(_: Case, { input }: Stage): Promise<StageSeen> {
    const client = clientAddress(this.#clients);
    this.#clients += 1;
    const request = requestBytes(input);
    const address = { host: '127.0.0.1', port: this.#stack.port, isTls: false };
    const received = await send(address, request, { ...this.#sending, from: client });
    const { lines, notes } = await this.#logOf(client);
    return { request, outcome: { ...outcomeOf(received), log: lines }, notes: [...notes, ...notesOf(received)] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
    await this.#backend[Symbol.asyncDispose]();
    await this.#logs.access[Symbol.asyncDispose]();
    await this.#logs.alerts[Symbol.asyncDispose]();
  }

  async #logOf(client: string): Promise<StageLog> {
    const deadlineMs = performance.now() + crsLimits.stackLogWaitMs;
    for (;;) {
      this.#reading ??= this.#readLogs().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
      const log = this.#attribution.take(client);
      if (log !== undefined) return log;
      if (this.#stack.hasEnded()) throw new Stop(3, `the stack has ended:\n${this.#stack.lastWords()}`);
      if (performance.now() > deadlineMs) return { lines: [], notes: ['the stack logged nothing about it in time'] };
      await sleep(crsLimits.stackLogPollMs);
    }
  }

  /** One reading serves all who wait. Access lines last: what they name may be looked for at once. */
  async #readLogs(): Promise<void> {
    const { access, alerts } = this.#logs;
    for (const line of await access.read()) this.#attribution.addAccessLine(line);
    for (const line of await alerts.read()) this.#attribution.addAlertLine(line);
  }
}
