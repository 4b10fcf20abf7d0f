// The type byte of every frame of version 2, as agents in the field number them. The shaping decision: one table, read
// in both directions. It knows nothing of what a frame holds.

import type { ControlMessage } from './control.ts';
import type { EventType } from './message.ts';

export const frameTypes = {
  handshakeRequest: 0x01,
  handshakeResponse: 0x02,
  reply: 0x20,
  cancel: 0x40,
  ping: 0x41,
  pong: 0x42,
} as const;

export const eventFrameTypes = {
  request_headers: 0x10,
  request_body_chunk: 0x11,
  response_headers: 0x12,
  response_body_chunk: 0x13,
  request_complete: 0x14,
  websocket_frame: 0x15,
  guardrail_inspect: 0x16,
  configure: 0x17,
} as const satisfies Record<EventType, number>;

export const controlFrameTypes = {
  health: 0x30,
  metrics: 0x31,
  'config-update': 0x32,
  'flow-control': 0x33,
} as const satisfies Record<ControlMessage['type'], number>;

const eventsByType = invert(eventFrameTypes);
const controlsByType = invert(controlFrameTypes);

export function eventOfFrame(frameType: number): EventType | undefined {
  return eventsByType[frameType];
}

export function controlOfFrame(frameType: number): ControlMessage['type'] | undefined {
  return controlsByType[frameType];
}

function invert<Name extends string>(table: Readonly<Record<Name, number>>): (Name | undefined)[] {
  const names: (Name | undefined)[] = Array.from({ length: 256 });
  for (const name of Object.keys(table) as Name[]) names[table[name]] = name;
  return names;
}
