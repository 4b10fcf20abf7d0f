// What a listener's `strictness` means for the parser: tables and switches chosen once per listener, so that the strict
// path has no test of it per byte. `waf-lab` allows exactly what the regression tests of the OWASP Core Rule Set need to
// reach the rules and what leaves no doubt about where a message ends; docs/strictness.md counts them. It refuses to touch
// lengths, codings, line ends and header lines: those are the same everywhere.

import type { ListenerConfig } from '#config/schema';
import { isMethod, isTarget, isToken } from './bytes.ts';

export interface RequestGrammar {
  readonly isMethod: Uint8Array;
  readonly isTarget: Uint8Array;
  readonly takesAnyVersion: boolean; // but HTTP/0.x, which has no headers
  readonly takesEmptyHost: boolean; // in HTTP/1.0
}

export const grammars: Readonly<Record<ListenerConfig['strictness'], RequestGrammar>> = {
  strict: { isMethod, isTarget, takesAnyVersion: false, takesEmptyHost: false },
  'waf-lab': {
    isMethod: isToken,
    isTarget: isTarget.map((holds, byte) => (byte >= 0x80 ? 1 : holds)),
    takesAnyVersion: true,
    takesEmptyHost: true,
  },
};
