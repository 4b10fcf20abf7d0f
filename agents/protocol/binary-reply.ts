// Replies in `sentinel-binary`, behind the u32 id of the call:
//
//   kind u8 | parts u8 | for each part whose bit is set, in order: its content
//   kind:   0 allow, 1 another decision (in the part `rest`), 2 no answer, and why (a text)
//   parts:  1 request header changes · 2 response header changes · 4 request body · 8 response body · 16 needs more
//           · 32 rest, to the end: the reply as JSON, without what the other parts say
//
// The shaping decision: an allow that changes nothing is six bytes and one shared object, header changes and bodies are
// raw, and what is rare is the JSON that every other encoding has, narrowed by the same schema. It refuses what the
// schema refuses: a change that would split or reframe a message.

import assert from 'node:assert/strict';
import { wireLimits } from '#config/limits';
import { parseJson } from '#config/parse-json';
import { endOfText, readText, writeText } from './binary-event.ts';
import type { FrameBatch } from './frame-batch.ts';
import {
  type AgentReply,
  type BodyMutation,
  type HeaderMutation,
  noAudit,
  noRouting,
  plainAllow,
  type Reading,
} from './message.ts';
import { mutationProblem, readReply, writeReply } from './reply-json.ts';

const allowKind = 0;
const otherKind = 1;
const failedKind = 2;

const requestHeadersPart = 1;
const responseHeadersPart = 2;
const requestBodyPart = 4;
const responseBodyPart = 8;
const needsMorePart = 16;
const restPart = 32;

/** What an agent answers: a reply, or that it has none. */
export type BinaryAnswer = { readonly reply: AgentReply } | { readonly failed: string };

export function writeBinaryReply(batch: FrameBatch, reply: AgentReply): void {
  batch.room(2);
  const { at } = batch;
  const parts = partsOf(reply);
  batch.bytes[at] = reply.decision.type === 'allow' ? allowKind : otherKind;
  batch.bytes[at + 1] = parts;
  batch.at = at + 2;
  if (parts === 0) return;
  if ((parts & requestHeadersPart) !== 0) writeMutations(batch, reply.requestHeaders);
  if ((parts & responseHeadersPart) !== 0) writeMutations(batch, reply.responseHeaders);
  if (reply.requestBody !== undefined) writeBody(batch, reply.requestBody);
  if (reply.responseBody !== undefined) writeBody(batch, reply.responseBody);
  if ((parts & restPart) !== 0) writeRest(batch, reply);
}

export function writeBinaryFailure(batch: FrameBatch, why: string): void {
  batch.room(2);
  batch.bytes[batch.at] = failedKind;
  batch.bytes[batch.at + 1] = 0;
  batch.at += 2;
  writeText(batch, why);
}

function partsOf(reply: AgentReply): number {
  return (
    (reply.requestHeaders.length > 0 ? requestHeadersPart : 0) |
    (reply.responseHeaders.length > 0 ? responseHeadersPart : 0) |
    (reply.requestBody === undefined ? 0 : requestBodyPart) |
    (reply.responseBody === undefined ? 0 : responseBodyPart) |
    (reply.needsMore ? needsMorePart : 0) |
    (hasRest(reply) ? restPart : 0)
  );
}

function hasRest({ decision, audit, routing, websocket }: AgentReply): boolean {
  return decision.type !== 'allow' || audit !== noAudit || routing !== noRouting || websocket !== undefined;
}

function writeRest(batch: FrameBatch, reply: AgentReply): void {
  const bare = { ...reply, requestHeaders: [], responseHeaders: [], requestBody: undefined, responseBody: undefined };
  const text = JSON.stringify(writeReply(bare, 2));
  batch.room(3 * text.length);
  batch.at += batch.bytes.write(text, batch.at);
}

const ops = ['set', 'add', 'remove'] as const;

/** count u8, then for each: op u8, name, value. */
function writeMutations(batch: FrameBatch, mutations: readonly HeaderMutation[]): void {
  assert(mutations.length <= wireLimits.headerMutationsMax); // whoever made the reply was told so
  batch.room(1);
  batch.bytes[batch.at] = mutations.length;
  batch.at += 1;
  for (const { op, name, value } of mutations) {
    batch.room(1);
    batch.bytes[batch.at] = ops.indexOf(op);
    batch.at += 1;
    writeText(batch, name);
    writeText(batch, value);
  }
}

const noData = 0xffff_ffff;

/** chunk u32, length u32 (all ones: passes as it is), bytes. */
function writeBody(batch: FrameBatch, { data, chunkIndex }: BodyMutation): void {
  batch.room(8 + (data?.length ?? 0));
  batch.bytes.writeUInt32BE(chunkIndex, batch.at);
  batch.bytes.writeUInt32BE(data?.length ?? noData, batch.at + 4);
  if (data !== undefined) batch.bytes.set(data, batch.at + 8);
  batch.at += 8 + (data?.length ?? 0);
}

// ---- reading ----

/** The answer in `bytes` from `at` to `end`. It keeps nothing of the bytes. */
export function readBinaryReply(bytes: Buffer, at: number, end: number): Reading<BinaryAnswer> {
  if (end - at < 2) return refused('a reply without its two first bytes');
  const kind = bytes.readUInt8(at);
  const parts = bytes.readUInt8(at + 1);
  if (kind === allowKind && parts === 0) return end - at === 2 ? plainAllowed : refused('bytes behind a reply');
  if (kind === failedKind) return readFailure(bytes, at + 2, end);
  if (kind > failedKind) return refused(`a reply of the unknown kind ${kind}`);
  return new ReplyReading(bytes, at + 2, end).read(kind, parts);
}

const plainAllowed: Reading<BinaryAnswer> = { ok: true, value: { reply: plainAllow } };

function refused(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

function readFailure(bytes: Buffer, at: number, end: number): Reading<BinaryAnswer> {
  if (at + 2 > end || endOfText(bytes, at) !== end) return refused('a failure without its reason');
  return { ok: true, value: { failed: readText(bytes, at).slice(0, wireLimits.textCharactersMax) } };
}

/** Walks the parts of one reply. The first thing wrong is kept; what follows is then read as empty. */
class ReplyReading {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;
  #problem: string | undefined;

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  read(kind: number, parts: number): Reading<BinaryAnswer> {
    const requestHeaders = (parts & requestHeadersPart) === 0 ? [] : this.#mutations('request');
    const responseHeaders = (parts & responseHeadersPart) === 0 ? [] : this.#mutations('response');
    const requestBody = (parts & requestBodyPart) === 0 ? undefined : this.#body();
    const responseBody = (parts & responseBodyPart) === 0 ? undefined : this.#body();
    const rest = (parts & restPart) === 0 ? this.#nothing() : this.#rest();
    if (this.#problem !== undefined || rest === undefined) return refused(this.#problem ?? 'a reply without its rest');
    if ((rest.decision.type === 'allow') !== (kind === allowKind)) return refused('a reply with two decisions');
    const needsMore = (parts & needsMorePart) !== 0;
    return {
      ok: true,
      value: { reply: { ...rest, requestHeaders, responseHeaders, requestBody, responseBody, needsMore } },
    };
  }

  /** Whether so many bytes are there; notes it if not. */
  #has(wantedBytes: number): boolean {
    if (this.#end - this.#at >= wantedBytes) return true;
    this.#problem ??= 'a reply that ends too early';
    return false;
  }

  #mutations(of: 'request' | 'response'): HeaderMutation[] {
    const mutations: HeaderMutation[] = [];
    let left = this.#byte();
    if (left > wireLimits.headerMutationsMax) this.#problem ??= 'too many header changes';
    for (; left > 0 && this.#problem === undefined; left -= 1) {
      const op = ops[this.#byte()];
      if (op === undefined) this.#problem ??= 'an unknown header change';
      else mutations.push(this.#checked({ op, name: this.#text(), value: this.#text() }, of));
    }
    return mutations;
  }

  #checked(mutation: HeaderMutation, of: 'request' | 'response'): HeaderMutation {
    const problem = mutationProblem(mutation, of);
    if (problem !== undefined) this.#problem ??= `${of} headers: ${problem}`;
    return mutation;
  }

  #byte(): number {
    if (!this.#has(1)) return 0;
    this.#at += 1;
    return this.#bytes.readUInt8(this.#at - 1);
  }

  #text(): string {
    if (!this.#has(2) || !this.#has(endOfText(this.#bytes, this.#at) - this.#at)) return '';
    const text = readText(this.#bytes, this.#at);
    this.#at = endOfText(this.#bytes, this.#at);
    return text;
  }

  #body(): BodyMutation | undefined {
    if (!this.#has(8)) return undefined;
    const chunkIndex = this.#bytes.readUInt32BE(this.#at);
    const dataBytes = this.#bytes.readUInt32BE(this.#at + 4);
    this.#at += 8;
    if (dataBytes === noData) return { data: undefined, chunkIndex };
    if (!this.#has(dataBytes)) return undefined;
    this.#at += dataBytes;
    return { data: Buffer.from(this.#bytes.subarray(this.#at - dataBytes, this.#at)), chunkIndex };
  }

  #nothing(): AgentReply {
    if (this.#at !== this.#end) this.#problem ??= 'bytes behind a reply';
    return plainAllow;
  }

  #rest(): AgentReply | undefined {
    if (this.#problem !== undefined) return undefined;
    const reading = readReply(parseJson(this.#bytes.toString('utf8', this.#at, this.#end)), 2);
    if (!reading.ok) this.#problem = reading.problem;
    return reading.ok ? reading.value : undefined;
  }
}
