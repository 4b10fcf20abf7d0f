// The ledger of tests that are known to fail, each with its reason. It is held both ways: a failure that is not in it
// fails the run, and so does a test in it that passes, so that the list can only shrink by being corrected.

export interface Ledger {
  readonly knownFailures: ReadonlyMap<string, string>; // test id -> reason
}

export const emptyLedger: Ledger = { knownFailures: new Map() };

/** `{ "knownFailures": { "920100-4": "reason" } }`. */
export function readLedger(text: string): Ledger | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `the ledger is no JSON: ${(error as Error).message}` };
  }
  const entries = Object.entries((value as { knownFailures?: object } | null)?.knownFailures ?? {});
  for (const [id, reason] of entries) {
    if (!/^\d+-\d+$/.test(id)) return { problem: `'${id}' in the ledger is no test; write 920100-4` };
    if (typeof reason !== 'string' || reason.trim() === '') return { problem: `the ledger says no reason for ${id}` };
  }
  return { knownFailures: new Map(entries.map(([id, reason]) => [id, String(reason)])) };
}

export type Standing = 'passed' | 'failed' | 'known-failure' | 'surprise-pass';

export function standingOf(ledger: Ledger, id: string, hasPassed: boolean): Standing {
  const isKnown = ledger.knownFailures.has(id);
  if (hasPassed) return isKnown ? 'surprise-pass' : 'passed';
  return isKnown ? 'known-failure' : 'failed';
}

export const isGood = (standing: Standing): boolean => standing === 'passed' || standing === 'known-failure';

/** The ledger after a run: what failed stays or comes in, what passed goes. Reasons that were given are kept. */
export function updatedLedger(ledger: Ledger, failedIds: readonly string[], ranIds: readonly string[]): string {
  const ran = new Set(ranIds);
  const kept = [...ledger.knownFailures].filter(([id]) => !ran.has(id) || failedIds.includes(id));
  const known = new Map(kept);
  for (const id of failedIds) if (!known.has(id)) known.set(id, 'not looked at yet');
  const sorted = [...known].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }));
  return `${JSON.stringify({ knownFailures: Object.fromEntries(sorted) }, undefined, 2)}\n`;
}
