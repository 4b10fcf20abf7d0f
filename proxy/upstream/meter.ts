// What has been measured of one target, for the algorithms that judge targets by it: how long replies take to begin, how
// bad that has been of late, and how often they fail. Three numbers that fade with time, not with the number of requests.
// It refuses to decide anything.

import { pickLimits } from '#config/limits';

export class Meter {
  latencyMs = 0; // the mean; 0: nothing measured
  success = 1; // the share that did not fail
  #peakMs = 0; // goes up at once, comes down slowly
  #measuredMs = 0;

  /** An attempt is over: its reply has begun, or it has failed. */
  measure(latencyMs: number, isGood: boolean, nowMs: number, decayMs: number): void {
    const sample = Math.max(latencyMs, isGood ? leastMs : pickLimits.failureLatencyMs);
    const isFirst = this.latencyMs === 0;
    const kept = isFirst ? 0 : Math.exp(-Math.max(nowMs - this.#measuredMs, leastMs) / decayMs);
    this.latencyMs = kept * this.latencyMs + (1 - kept) * sample;
    this.success = kept * this.success + (1 - kept) * Number(isGood);
    this.#peakMs = sample > this.#peakMs ? sample : kept * this.#peakMs + (1 - kept) * sample;
    this.#measuredMs = nowMs;
  }

  /** The peak as it has faded by now: nobody has proved that it is still so slow. */
  peakMs(nowMs: number, decayMs: number): number {
    return this.#peakMs === 0 ? 0 : this.#peakMs * Math.exp((this.#measuredMs - nowMs) / decayMs);
  }
}

const leastMs = 1; // the clock is read once per turn of the event loop, so that many samples share an instant
