// The variables that tell the time: the caller's clock at the beginning of the phase, in the time zone of the host, as
// ModSecurity does it. It reads no clock of its own.

import type { TransactionState } from './state.ts';
import { one, type Variables } from './variables-kinds.ts';

const at = (tx: TransactionState): Date => new Date(tx.nowMs);
const two = (count: number): string => String(count).padStart(2, '0');

export const timeVariables: Variables = {
  DURATION: one('DURATION', (tx) => String(Math.round((tx.nowMs - tx.startedAtMs) * 1000))), // microseconds
  TIME: one('TIME', (tx) => `${two(at(tx).getHours())}:${two(at(tx).getMinutes())}:${two(at(tx).getSeconds())}`),
  TIME_DAY: one('TIME_DAY', (tx) => String(at(tx).getDate())),
  TIME_EPOCH: one('TIME_EPOCH', (tx) => String(Math.floor(tx.nowMs / 1000))),
  TIME_HOUR: one('TIME_HOUR', (tx) => two(at(tx).getHours())),
  TIME_MIN: one('TIME_MIN', (tx) => two(at(tx).getMinutes())),
  TIME_MON: one('TIME_MON', (tx) => String(at(tx).getMonth())), // from 0, as the manual says
  TIME_SEC: one('TIME_SEC', (tx) => two(at(tx).getSeconds())),
  TIME_WDAY: one('TIME_WDAY', (tx) => String(at(tx).getDay())),
  TIME_YEAR: one('TIME_YEAR', (tx) => String(at(tx).getFullYear())),
};
