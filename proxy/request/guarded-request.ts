// What the questions of a route (access.ts) see of an exchange, and the few things that they put on it. An exchange is
// one; a type of its own, because a route is part of an exchange and must not know it in turn.

import type { Mutation } from '../http1/header-edit.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import type { TimerWheel } from '../timers.ts';
import type { Sender } from './client-address.ts';

export interface GuardedRequest {
  readonly worker: { readonly timers: TimerWheel };
  readonly head: { readonly method: string; readonly lines: HeaderLines };
  readonly sender: Pick<Sender, 'ip' | 'scheme'>;
  readonly isClosed: boolean;
  error: string | undefined; // for the access line
  responseMutations: readonly Mutation[];
  isPreflight: boolean;
  isInRoute: boolean; // counted as in flight there
}
