// What the log of a transaction comes to at each paranoia level. One run at level 4 that blocks nothing tells of all four,
// since a rule of a level runs at that level and above, and adds the points of its severity once for each match: sums of
// its lines are the scores. It knows the tags and severities that CRS uses and rules of ours too; it runs nothing.

export const levels = [1, 2, 3, 4] as const;
export type Level = (typeof levels)[number];

export interface Match {
  readonly ruleId: number;
  readonly level: Level | undefined; // undefined: it refuses by itself, at every level
  readonly points: number;
  readonly isReply: boolean;
}

/** The defaults of CRS: what a request and a reply may have before they are refused. */
const inboundThreshold = 5;
const outboundThreshold = 4;

const pointsOf: Readonly<Record<string, number>> = { CRITICAL: 5, ERROR: 4, WARNING: 3, NOTICE: 2 };

/** Ids of engine settings that refuse bodies which cannot be read; they have no level. */
export const bodyRuleIds: ReadonlySet<number> = new Set([200002, 200003]);

/** One for each line of a rule that counts; rules that sum up or set something do not. */
export function matchesIn(log: readonly string[]): readonly Match[] {
  return log.flatMap((line) => {
    const ruleId = Number(/ \[id "(\d+)"\]/.exec(line)?.[1] ?? 0);
    const level = /\[tag "paranoia-level\/([1-4])"\]/.exec(line)?.[1];
    if (level === undefined && !bodyRuleIds.has(ruleId)) return [];
    return [
      {
        ruleId,
        level: level === undefined ? undefined : (Number(level) as Level),
        points: pointsOf[/\[severity "(\w+)"\]/.exec(line)?.[1] ?? ''] ?? 0,
        isReply: isReplyRule(ruleId),
      },
    ];
  });
}

/** CRS numbers what looks at replies from 950 to 959 thousand; rules of ours carry the same number inside theirs. */
const isReplyRule = (ruleId: number): boolean => /^(?:33)?95\d{4}$/.test(String(ruleId).padStart(6, '0'));

/** The lowest level at which these matches refuse the exchange. */
export function blockingLevel(matches: readonly Match[]): Level | undefined {
  return levels.find((level) => isBlockedAt(level, matches));
}

export function isBlockedAt(level: Level, matches: readonly Match[]): boolean {
  if (matches.some((match) => match.level === undefined)) return true;
  const counted = matches.filter((match) => match.level !== undefined && match.level <= level);
  const sum = (isReply: boolean): number =>
    counted.filter((match) => match.isReply === isReply).reduce((points, match) => points + match.points, 0);
  return sum(false) >= inboundThreshold || sum(true) >= outboundThreshold;
}
