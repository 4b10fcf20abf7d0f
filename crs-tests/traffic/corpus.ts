// Clean traffic as a stream: the kinds at the shares that a host with a shop, a blog, an API and a forum behind it sees.
// One seed makes one corpus. Written before the rules were tuned: a rule that is wrong about it is changed, not this.

import { browserReport, jsonCall } from './apis.ts';
import { applicationCall } from './applications.ts';
import { edited } from './editors.ts';
import { filledForm } from './forms.ts';
import type { CleanRequest } from './message.ts';
import { apiRead, asset, beacon, landing, list, plainPage, search, signIn } from './pages.ts';
import { Random } from './random.ts';
import { upload } from './uploads.ts';

export type { CleanRequest } from './message.ts';

export const corpusSize = 20_000;
export const corpusSeed = 1;

/** In percent. */
const shares: ReadonlyArray<readonly [share: number, make: (random: Random) => CleanRequest]> = [
  [11, asset],
  [12, plainPage],
  [12, search],
  [6, list],
  [4, landing],
  [3, signIn],
  [5, beacon],
  [8, apiRead],
  [13, filledForm],
  [10, jsonCall],
  [2, browserReport],
  [3, upload],
  [6, applicationCall],
  [5, edited],
];

export function* cleanTraffic(count: number = corpusSize, seed: number = corpusSeed): Generator<CleanRequest> {
  const random = new Random(seed);
  for (let made = 0; made < count; made += 1) yield oneRequest(random);
}

function oneRequest(random: Random): CleanRequest {
  let at = random.next() * 100;
  for (const [share, make] of shares) {
    at -= share;
    if (at < 0) return make(random);
  }
  return plainPage(random);
}
