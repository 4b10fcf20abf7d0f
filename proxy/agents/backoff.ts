// How long to wait before an agent that could not be reached is tried again. Pure: chance is an argument. The delays
// are short, since trying a Unix socket costs microseconds and every moment without the agent is decided by the failure
// mode; chance spreads the workers, which all lose an agent in the same moment.

import { hostLimits } from '#config/limits';

/** `failures` in a row, at least 1; `chance` from 0 to 1 takes off up to half of the delay. */
export function reconnectDelayMs(failures: number, chance: number): number {
  const doublings = Math.min(failures - 1, 10); // 50 ms doubled ten times is past every bound
  const delayMs = Math.min(hostLimits.reconnectFirstMs * 2 ** doublings, hostLimits.reconnectMostMs);
  return Math.round(delayMs * (1 - chance / 2));
}
