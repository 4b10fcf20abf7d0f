// What the parts of the denylist hand each other: types and nothing to run.

import type RE2 from 're2';
import type { NetworkSet } from './networks.ts';

export interface Denylists {
  readonly name: string; // where they come from: `config`, or a file
  readonly paths: ReadonlySet<string>;
  readonly patterns: readonly RE2[];
  readonly networks: NetworkSet;
  readonly userAgents: RE2 | undefined; // one expression: any of the parts occurs
  readonly builtinAttacks: boolean;
}

export type FileKind = 'paths' | 'patterns' | 'networks' | 'user-agents';

export interface ListFile {
  readonly kind: FileKind;
  readonly path: string;
}

/** What happens to a request that is denied. */
export interface Action {
  readonly action: 'block' | 'redirect' | 'challenge';
  readonly status: number; // of a block
  readonly body: string | undefined;
  readonly redirectUrl: string | undefined;
  readonly challengeType: string;
}
