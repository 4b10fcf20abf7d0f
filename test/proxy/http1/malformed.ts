// The corpus of requests that must be refused, whole; its parts are in the files beside it. The same rows are sent to a
// running proxy, which must forward none of them (test/proxy/malformed.test.ts).

import { malformedFraming } from './malformed-framing.ts';
import { malformedHeaders } from './malformed-headers.ts';
import { malformedRequestLines } from './malformed-lines.ts';
import type { Row } from './malformed-parts.ts';

export const malformedRequests: readonly Row[] = [...malformedRequestLines, ...malformedHeaders, ...malformedFraming];
