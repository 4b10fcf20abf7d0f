// What a listener's `strictness` means for the parser: tables and switches chosen once per listener, so that the strict
// path has no test of it per byte. `waf-lab` allows exactly what the regression tests of the OWASP Core Rule Set need to
// reach the rules, and where two readers could see two ends of a message it takes the reading of RFC 9112 and closes the
// connection behind it; docs/strictness.md counts them. It refuses to touch line ends and header lines.

import type { ListenerConfig } from '#config/schema';
import { isMethod, isTarget, isToken } from './bytes.ts';

export interface RequestGrammar {
  readonly isMethod: Uint8Array;
  readonly isTarget: Uint8Array;
  readonly takesAnyVersion: boolean; // but HTTP/0.x, which has no headers
  readonly takesEmptyHost: boolean; // in HTTP/1.0
  readonly takesConnect: boolean; // forwarded as any other; what follows its answer is read by nobody
  readonly prefersChunks: boolean; // to a Content-Length beside them, which is then as if it were not there (section 6.3)
  readonly showsWrittenTarget: boolean; // to agents: an absolute one as it stands on the line
}

export const grammars: Readonly<Record<ListenerConfig['strictness'], RequestGrammar>> = {
  strict: {
    isMethod,
    isTarget,
    takesAnyVersion: false,
    takesEmptyHost: false,
    takesConnect: false,
    prefersChunks: false,
    showsWrittenTarget: false,
  },
  'waf-lab': {
    isMethod: isToken,
    isTarget: isTarget.map((holds, byte) => (byte >= 0x80 ? 1 : holds)),
    takesAnyVersion: true,
    takesEmptyHost: true,
    takesConnect: true,
    prefersChunks: true,
    showsWrittenTarget: true,
  },
};
