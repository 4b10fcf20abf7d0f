// What the supervisor and its children say to each other over their private channel (Node's IPC), and nothing more.
// Both sides narrow what they receive with the schemas here: a child that lies is as bad as a client that does.
// A configuration travels as text in which secrets are marked, because everything else that prints a secret masks it.

import { z } from 'zod';
import { questions } from './figures/answers.ts';
import { handedSocketSchema } from './handed-sockets.ts';
import { figureLimits, sharingLimits, supervisorLimits } from './limits.ts';
import { type Config, configSchema } from './schema.ts';
import { Secret } from './secret.ts';

const memoryText = z.string().max(sharingLimits.memoryCharactersMax);
const noteText = z.string().max(sharingLimits.noteCharactersMax);

const toChild = z.discriminatedUnion('type', [
  // Serve with this configuration, on these sockets: descriptors that the child was started with.
  z.object({
    type: z.literal('start'),
    worker: z.number().int(),
    config: z.string(),
    sockets: z.array(handedSocketSchema),
    ticketSecret: z.string().max(200), // the same for all workers: TLS sessions are resumed at any of them
  }),
  // To an agent: its configuration, as JSON, before anybody connects.
  z.object({ type: z.literal('configure'), config: z.string() }),
  // Another worker has ended: serve the sockets that are its own, too, so that nobody waits for its return.
  z.object({ type: z.literal('cover'), worker: z.number().int() }),
  // What another worker wants its peers to know, as it wrote it: the supervisor passes notes on and reads none. `from`
  // is one process: while a worker is replaced there are two of its number.
  z.object({ type: z.literal('note'), from: z.number().int(), text: noteText }),
  // That process has ended.
  z.object({ type: z.literal('gone'), from: z.number().int() }),
  // An agent of that name is ready, perhaps again: who could not reach it need not wait to try.
  z.object({ type: z.literal('agent-ready'), name: z.string().max(200) }),
  // Say what a worker that follows should know: answered with `memory` and the same number.
  z.object({ type: z.literal('remember'), id: z.number().int() }),
  // The answer to `recall`: what another worker remembers, or nothing.
  z.object({ type: z.literal('memory'), text: memoryText }),
  // Are you alive? Answered with `pong` and the same number, from the event loop that serves.
  z.object({ type: z.literal('ping'), id: z.number().int() }),
  // Say how you are: answered with `report` and the same number.
  z.object({ type: z.literal('report'), id: z.number().int() }),
  // The answer to `ask` of the same number.
  z.object({ type: z.literal('answer'), id: z.number().int(), text: z.string().max(figureLimits.answerCharactersMax) }),
  // Open log files anew: they have been put aside.
  z.object({ type: z.literal('reopen') }),
  // Finish what is in flight, then exit with 0.
  z.object({ type: z.literal('drain') }),
]);

const fromChild = z.discriminatedUnion('type', [
  // Able to serve, from now. `detail` is a few words for people.
  z.object({ type: z.literal('ready'), detail: z.string().max(200) }),
  // Cannot start, and why, in one sentence with its code.
  z.object({
    type: z.literal('failed'),
    code: z.string().max(100),
    what: z.string().max(supervisorLimits.failureCharactersMax),
  }),
  // Log files that all workers write to have been put aside: everybody opens its own anew.
  z.object({ type: z.literal('put-aside') }),
  // What stopping cost, right before the end: connections that were closed, requests that were cut in the middle.
  z.object({ type: z.literal('drained'), connections: z.number().int().min(0), cut: z.number().int().min(0) }),
  // For the other workers.
  z.object({ type: z.literal('note'), text: noteText }),
  // What does another worker remember? Answered once, with `memory`.
  z.object({ type: z.literal('recall') }),
  z.object({ type: z.literal('memory'), id: z.number().int(), text: memoryText }),
  z.object({ type: z.literal('pong'), id: z.number().int() }),
  // How is the whole stack? Whoever serves operators asks; answered with `answer` and the same number.
  z.object({
    type: z.literal('ask'),
    id: z.number().int(),
    question: z.enum(questions),
    since: z.number().int(), // of events: what came after this one
  }),
  // Metrics and state of a worker, health and load of an agent: JSON, of the child's own making. With the number 0: its
  // last word, unasked, before it ends.
  z.object({
    type: z.literal('report'),
    id: z.number().int(),
    text: z.string().max(supervisorLimits.reportCharactersMax),
  }),
]);

export type ToChild = z.output<typeof toChild>;
export type FromChild = z.output<typeof fromChild>;

/** The message, or `undefined` if it is none of ours. */
export function readToChild(message: unknown): ToChild | undefined {
  return toChild.safeParse(message).data;
}

export function readFromChild(message: unknown): FromChild | undefined {
  return fromChild.safeParse(message).data;
}

const secretMark = '\0secret'; // no key of a configuration can hold NUL, so nothing an operator writes looks like it

export function packConfig(config: Config): string {
  return JSON.stringify(config, function mark(this: Record<string, unknown>, key, value: unknown) {
    const original = this[key]; // `value` has been through toJSON, which masks
    return original instanceof Secret ? { [secretMark]: original.reveal() } : value;
  });
}

/** Throws if the text is not what `packConfig` made: both ends are ours. */
export function unpackConfig(text: string): Config {
  const value: unknown = JSON.parse(text, (_, one: unknown) => unmarked(one));
  return configSchema.parse(value);
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(secretMark in value)) return value;
  const { [secretMark]: text } = value;
  return typeof text === 'string' && Object.keys(value).length === 1 ? new Secret(text) : value;
}
