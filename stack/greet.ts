// Is a program that is not ours ready to be asked? Its socket accepts; where it speaks version 2 of the agent protocol it
// takes the offer, in which its `config` is; and it does not say that it is unhealthy. The shaping decision: of the
// protocol this file knows three frames, all JSON at this point (agents/protocol/README.md, "The handshake"), because the
// supervisor links no code that reads what agents send about traffic. Who answers nothing to the offer speaks version 1,
// which has no handshake: accepting is all that can be known of it. It refuses to wait for ever on one connection.

import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { supervisorLimits } from '#config/limits';
import { parseJson } from '#config/parse-json';

export interface Greeted {
  ready(detail: string): void;
  problem(code: string, what: string): void;
}

/** `offer`: the payload of the handshake; undefined: it is to be spoken to in version 1. Tries until it is ready or has ended. */
export async function greet(
  path: string,
  offer: string | undefined,
  hasEnded: () => boolean,
  told: Greeted,
): Promise<void> {
  while (!hasEnded()) {
    const answer = await ask(path, offer, hasEnded);
    if (answer.is === 'ready') return told.ready(answer.detail);
    if (answer.is === 'refused') told.problem('agent-not-ready', answer.why);
    await setTimeout(pollMs);
  }
}

const pollMs = 50;

type Answer =
  | { readonly is: 'ready'; readonly detail: string }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'absent' };

async function ask(path: string, offer: string | undefined, hasEnded: () => boolean): Promise<Answer> {
  const socket = await connected(path);
  if (socket === undefined) return { is: 'absent' };
  try {
    return offer === undefined ? accepts : await offerTo(socket, offer, hasEnded);
  } finally {
    socket.destroy();
  }
}

const accepts: Answer = { is: 'ready', detail: 'its socket accepts' };

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

const types = { offer: 0x01, answer: 0x02, health: 0x30 } as const;

const answerSchema = z.object({
  success: z.boolean(),
  error: z.string().max(1000).nullish(),
  capabilities: z.object({ features: z.object({ health_reporting: z.boolean().optional() }).optional() }).optional(),
});

const healthSchema = z.object({
  state: z.object({ status: z.string().max(20), reason: z.string().max(1000).nullish() }),
});

/** What the program says on this connection, as far as it counts. */
function offerTo(socket: Socket, offer: string, hasEnded: () => boolean): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const deadline = new Deadline();
  const agreed: Answer = { is: 'ready', detail: 'it takes version 2' };
  let last: Answer = accepts; // who hangs up on an offer, or is silent, speaks version 1
  const settle = () => resolve(hasEnded() ? { is: 'absent' } : last);
  const reader = new FrameReader((type, payload) => {
    if (type === types.answer) {
      const answer = answerSchema.safeParse(payload).data;
      if (answer?.success !== true) return resolve(refusal(answer?.error));
      last = agreed;
      if (answer.capabilities?.features?.health_reporting !== true) return resolve(agreed);
      deadline.set(supervisorLimits.healthWordMs, settle); // most say a word at once, some only when it changes
    } else if (type === types.health) {
      const state = healthSchema.safeParse(payload).data?.state;
      if (state?.status === 'healthy' || state?.status === 'degraded') return resolve(agreed);
      last = { is: 'refused', why: `it says that it is ${state?.status}: ${state?.reason ?? 'without a reason'}` };
      deadline.set(supervisorLimits.offerMs, settle); // then it is asked anew
    }
    return undefined;
  });
  socket.on('data', (bytes: Buffer) => {
    if (!reader.push(bytes)) settle();
  });
  socket.once('close', settle);
  deadline.set(supervisorLimits.offerMs, settle);
  socket.write(frame(types.offer, offer));
  return promise.finally(() => deadline.clear());
}

function refusal(error: string | null | undefined): Answer {
  return { is: 'refused', why: `it refuses the offer of version 2: ${error ?? 'without a reason'}` };
}

class Deadline {
  #timer: NodeJS.Timeout | undefined;

  set(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = globalThis.setTimeout(act, ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** A length of four bytes that counts the type and the payload, a type of one. */
function frame(type: number, payload: string): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length + 1);
  head[4] = type;
  return Buffer.concat([head, bytes]);
}

class FrameReader {
  readonly #onFrame: (type: number, payload: unknown) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(onFrame: (type: number, payload: unknown) => void) {
    this.#onFrame = onFrame;
  }

  /** False if these are no frames that belong here. */
  push(bytes: Buffer): boolean {
    this.#held = Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= 5) {
      const length = this.#held.readUInt32BE();
      if (length === 0 || length > supervisorLimits.greetingBytesMax) return false;
      if (this.#held.length < length + 4) return true;
      const payload = parseJson(this.#held.subarray(5, length + 4).toString());
      if (payload === undefined) return false;
      this.#onFrame(this.#held[4] ?? 0, payload);
      this.#held = this.#held.subarray(length + 4);
    }
    return true;
  }
}
