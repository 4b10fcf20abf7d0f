// A set of rules while its files are read: what has been said so far, to which each directive adds. It decides nothing.

import type { Place } from '../lang/tree.ts';
import type { UnicodeMap } from '../transform/url.ts';
import type { ActionSet } from './actions.ts';
import type { Complaints } from './complaints.ts';
import type { Draft } from './draft.ts';
import type { RuleFiles } from './expand.ts';
import type { Leaves } from './leaves.ts';
import type { Marker, Phase, Settings } from './rule-set.ts';
import { defaultSettings } from './settings.ts';

/** The set as far as it has been read. */
export interface Building {
  readonly leaves: Leaves;
  readonly files: RuleFiles;
  readonly complaints: Complaints;
  settings: Settings;
  unicodeMap: UnicodeMap | undefined; // of SecUnicodeMapFile, for every rule wherever it stands
  readonly signatures: string[];
  readonly defaults: Map<Phase, ActionSet>;
  steps: Array<Draft | Marker>;
  readonly ids: Map<number, Place>; // every id that has been given, also those taken out again
  chain: Draft | undefined; // whose next link is to come
}

export function newBuilding(leaves: Leaves, files: RuleFiles, complaints: Complaints): Building {
  return {
    leaves,
    files,
    complaints,
    settings: defaultSettings,
    unicodeMap: undefined,
    signatures: [],
    defaults: new Map(),
    steps: [],
    ids: new Map(),
    chain: undefined,
  };
}
