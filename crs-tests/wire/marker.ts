// How a test's lines are found in the log of a foreign firewall, which knows nothing of tests: a request with a header
// that a rule logs is sent before and after, and what stands between their lines belongs to the test (go-ftw's way).
// Where lines tell their transaction, those of the markers' own transactions are left out wherever they stand.

export interface MarkerWords {
  readonly header: string; // X-CRS-Test
  readonly host: string;
}

/** As go-ftw sends it, its headers sorted and completed. */
export function markerRequest({ header, host }: MarkerWords, marker: string): string {
  const headers: readonly (readonly [string, string])[] = [
    ['Accept', '*/*'],
    ['Connection', 'close'],
    ['Host', host],
    ['User-Agent', 'go-ftw test agent'],
    [header, marker],
  ];
  const sorted = headers.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `GET /status/200 HTTP/1.1\r\n${sorted.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

export function isMarkerLine({ header }: MarkerWords, marker: string, line: string): boolean {
  const lower = line.toLowerCase();
  return lower.includes(header.toLowerCase()) && lower.includes(marker.toLowerCase());
}

/** The lines that no marker left; `prefix` is what all markers of this run begin with. */
export function withoutMarkers(words: MarkerWords, prefix: string, lines: readonly string[]): readonly string[] {
  const own = new Set(lines.filter((line) => isMarkerLine(words, prefix, line)));
  const transactions = new Set([...own].flatMap((line) => transactionOf(line) ?? []));
  return lines.filter((line) => !own.has(line) && !transactions.has(transactionOf(line) ?? ''));
}

export const transactionOf = (line: string): string | undefined => /\[unique_id "([^"]+)"\]/.exec(line)?.[1];
