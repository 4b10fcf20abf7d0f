// The bounds of the regression runner belong together.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crsLimits } from '../../config/limits-crs.ts';

test('what is usual lies within what may be set, and short waits within long ones', () => {
  const { connectTimeoutMs, readTimeoutMs, timeoutMsMax, markerRetries, markerRetriesMax } = crsLimits;
  assert(connectTimeoutMs <= readTimeoutMs && readTimeoutMs <= timeoutMsMax && crsLimits.waitTimeoutMs <= timeoutMsMax);
  assert(markerRetries <= markerRetriesMax && crsLimits.markerLinesMax <= crsLimits.markerLinesCeiling);
  assert(crsLimits.logPollMs < crsLimits.markerWaitMs && crsLimits.stackLogPollMs < crsLimits.stackLogWaitMs);
  assert(crsLimits.replyBodyBytesKept <= crsLimits.replyBodyBytesMax && crsLimits.stackConnections < 100); // --jobs
});
