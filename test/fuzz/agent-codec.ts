// The agent protocol under fuzz: events and replies there and back in every encoding through a stream cut anywhere, and
// the same with bytes changed on the way, which may be refused but never throw. From a seed, so that what is found can
// be found again.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AgentReader, type ProxyMessage, ProxyReader, sendEvent, sendReply } from '#protocol/codec-v2';
import { encodings } from '#protocol/control';
import { FrameReader } from '#protocol/frame-v1';
import { events, plain, plainReply, replies } from '../agents/protocol/arbitraries.ts';
import { written } from './written.ts';

const encoding = fc.constantFrom(...encodings);
const cuts = fc.array(fc.nat(4000), { maxLength: 8 });
const changes = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 6 });

const intact = fc.property(encoding, events, replies, cuts, (chosen, event, reply, splits) => {
  const asked: unknown[] = [];
  const agent = new AgentReader((message) => asked.push(message.type === 'event' ? plain(message.event) : message));
  const answered: unknown[] = [];
  const proxy = new ProxyReader((message) =>
    answered.push(message.type === 'reply' ? plainReply(message.reply) : message),
  );
  agent.encoding = chosen;
  proxy.encoding = chosen;
  push(
    agent,
    written((batch) => sendEvent(batch, chosen, 1, event)),
    splits,
  );
  push(
    proxy,
    written((batch) => sendReply(batch, chosen, 1, 'c', reply)),
    splits,
  );
  assert.deepEqual(asked, [plain(event)]);
  assert.deepEqual(answered, [plainReply(reply)]);
});

const damaged = fc.property(encoding, events, replies, cuts, changes, (chosen, event, reply, splits, damage) => {
  const agent = new AgentReader(lookAtAll);
  const proxy = new ProxyReader(() => undefined);
  agent.encoding = chosen;
  proxy.encoding = chosen;
  for (const bytes of [
    written((batch) => sendEvent(batch, chosen, 1, event)),
    written((batch) => sendReply(batch, chosen, 1, 'c', reply)),
  ]) {
    for (const [at, byte] of damage) bytes[at % bytes.length] = byte;
    for (const reader of [agent, proxy, new FrameReader()]) push(reader, bytes, splits);
  }
});

/** What went wrong with so many cases of each sort, or nothing. */
export function fuzzAgentCodec(seed: number, runs: number): string | undefined {
  for (const property of [intact, damaged] as const) {
    const details = fc.check(property as fc.IProperty<unknown>, { seed, numRuns: runs });
    if (details.failed) return `agent protocol, seed ${seed}: ${fc.defaultReportMessage(details)}`;
  }
  return undefined;
}

function lookAtAll(message: ProxyMessage): void {
  if (message.type === 'event') plain(message.event);
}

function push(reader: { push(chunk: Buffer): unknown }, bytes: Buffer, splits: readonly number[]): void {
  let at = 0;
  const places = splits.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other);
  for (const cut of [...places, bytes.length]) {
    reader.push(Buffer.from(bytes.subarray(at, cut)));
    at = cut;
  }
}
