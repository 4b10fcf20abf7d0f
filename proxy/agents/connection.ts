// One connection to an agent, whatever version of the protocol it speaks: what link.ts asks of it and what it tells. A
// call that was sent has exactly one outcome, because whatever goes wrong ends the connection, and the end settles every
// call on it in the moment the kernel says so. It holds no deadline of a call: who has one cancels it.

import type { ConfigUpdate } from '#protocol/control';
import type { AgentCall, AgentFault, FailedCall, Phase } from './call.ts';

/** Why a reply is not waited for. The names are those of the protocol. */
export type CancelReason = 'client_disconnect' | 'timeout';

export interface AgentConnection {
  readonly version: 1 | 2;
  /** The agent has answered in this version. */
  readonly isUnderstood: boolean;
  /** Whether it takes one more call. */
  readonly isFree: boolean;
  readonly callsInFlight: number;
  send(call: AgentCall): void;
  cancel(call: AgentCall, reason: CancelReason): void;
  /** Ends it, and every call on it. Only the first reason counts. */
  end(fault: AgentFault, detail: string): void;
}

/** What an agent says about itself. */
export interface Standing {
  readonly phases: ReadonlySet<Phase> | undefined; // undefined: all
  readonly callsMax: number;
  readonly bodyBytesMax: number;
  readonly version: 1 | 2;
  readonly encoding: string;
}

export interface ConnectionEvents {
  /** It took its configuration and can be used. */
  onOpen(connection: AgentConnection, standing: Standing): void;
  /** It takes calls again. */
  onFree(connection: AgentConnection): void;
  /** Once, in the moment of the end, before the calls in flight are told. */
  onEnd(connection: AgentConnection, ended: FailedCall): void;
  /** The agent's own word about its health; of version 2. */
  onHealth(health: Health): void;
  /** What it says of itself besides, for the log. */
  onWord(facts: Readonly<Record<string, unknown>>): void;
  /** What it wants changed; of version 2. */
  onUpdate(update: ConfigUpdate): void;
}

export interface Health {
  readonly status: 'healthy' | 'degraded' | 'draining' | 'unhealthy';
  readonly timeoutFactor: number;
  readonly detail: string | undefined;
}
