// The head of one WebSocket frame, and whether it may stand where it stands (RFC 6455 section 5). For connections whose
// frames agents look at: they must see what both ends see, so whatever the two could read differently is a fault here.
// It refuses extensions: none is offered where frames are looked at, so a reserved bit means nothing.

import { type WebsocketOpcode, websocketOpcodes } from '#protocol/message';

export interface FrameHead {
  readonly opcode: WebsocketOpcode;
  readonly isFinal: boolean;
  readonly isControl: boolean;
  readonly headBytes: number;
  readonly payloadBytes: number;
  readonly maskAt: number; // from the beginning of the frame; -1: not masked
}

/** Why a frame is none. */
export type FrameFault =
  | 'a reserved bit'
  | 'an unknown opcode'
  | 'not masked as it should be'
  | 'a control frame over its bounds'
  | 'a continuation of nothing'
  | 'a message within another'
  | 'a length that nothing has';

/** What stands at `at`; `undefined` if more bytes are needed to know. */
export function readFrameHead(bytes: Buffer, at: number, end: number): FrameHead | FrameFault | undefined {
  if (end - at < leastHead) return undefined;
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
  const short = second & lengthBits;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = (second & maskBit) !== 0;
  const headBytes = leastHead + lengthBytes + (isMasked ? maskBytes : 0);
  const opcode = opcodes.get(first & opcodeBits);
  if ((first & reservedBits) !== 0) return 'a reserved bit';
  if (opcode === undefined) return 'an unknown opcode';
  const isFinal = (first & finalBit) !== 0;
  const isControl = (first & controlBit) !== 0;
  if (isControl && (!isFinal || short > controlBytesMax)) return 'a control frame over its bounds';
  if (end - at < headBytes) return undefined;
  const payloadBytes = lengthBytes === 0 ? short : readLength(bytes, at + leastHead, lengthBytes);
  if (payloadBytes === undefined) return 'a length that nothing has';
  const maskAt = isMasked ? leastHead + lengthBytes : -1;
  return { opcode, isFinal, isControl, headBytes, payloadBytes, maskAt };
}

/** Whether frames follow each other as fragments of messages do; each way has one. */
export class FrameOrder {
  #isInMessage = false;

  next({ opcode, isFinal, isControl }: FrameHead): FrameFault | undefined {
    if (isControl) return undefined;
    if (opcode === 'continuation' && !this.#isInMessage) return 'a continuation of nothing';
    if (opcode !== 'continuation' && this.#isInMessage) return 'a message within another';
    this.#isInMessage = !isFinal;
    return undefined;
  }
}

/** The payload as it was before it was masked, in memory of its own. */
export function unmasked(frame: Buffer, { headBytes, maskAt }: FrameHead): Buffer {
  const payload = Buffer.from(frame.subarray(headBytes));
  if (maskAt === -1) return payload;
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] as number) ^ (frame[maskAt + (index & 3)] as number);
  return payload;
}

/** In place of a fragment: it keeps the message whole, and says nothing. `mask`: as a client must. */
export function emptyFragment({ opcode, isFinal }: FrameHead, mask: Buffer | undefined): Buffer {
  const code = [...opcodes].find(([, name]) => name === opcode)?.[0] ?? 0;
  const first = (isFinal ? finalBit : 0) | code;
  return mask === undefined ? Buffer.from([first, 0]) : Buffer.concat([Buffer.from([first, maskBit]), mask]);
}

const leastHead = 2;
const maskBytes = 4;
const finalBit = 0x80;
const reservedBits = 0x70;
const opcodeBits = 0x0f;
const controlBit = 0x08;
const maskBit = 0x80;
const lengthBits = 0x7f;
const controlBytesMax = 125;

const [continuation, text, binary, close, ping, pong] = websocketOpcodes;
const opcodes: ReadonlyMap<number, WebsocketOpcode> = new Map([
  [0x0, continuation],
  [0x1, text],
  [0x2, binary],
  [0x8, close],
  [0x9, ping],
  [0xa, pong],
]);

function readLength(bytes: Buffer, at: number, lengthBytes: number): number | undefined {
  if (lengthBytes === 2) return bytes.readUInt16BE(at);
  const high = bytes.readUInt32BE(at);
  return high > 0x1f_ffff ? undefined : high * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
