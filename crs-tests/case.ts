// What a regression test is, in our words: one rule, one or more stages, each a request and what is expected of its log
// and its answer. Types only; cases.ts reads them from go-ftw's YAML.

export interface Case {
  readonly id: string; // `920100-4`, as go-ftw names it
  readonly ruleId: number;
  readonly testId: number;
  readonly file: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly input: Input;
  readonly expected: Expected;
}

/** Texts are byte strings: what YAML said, in UTF-8. */
export interface Input {
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly method: string;
  readonly uri: string;
  readonly version: string;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>; // sorted by name, unless they are ordered
  readonly data: string | undefined;
  readonly autocompletes: boolean;
  readonly encodedRequest: string | undefined; // Base64 of the whole request
  readonly isVirtualHost: boolean; // markers are sent to the test's own host
  readonly takesTargetAsHost: boolean; // where Host is empty: the host that is tested
}

export interface Expected {
  readonly status: number | undefined;
  readonly expectsError: boolean | undefined;
  readonly retriesOnce: boolean;
  readonly responseContains: string | undefined;
  readonly ids: readonly number[];
  readonly absentIds: readonly number[];
  readonly isIsolated: boolean;
  readonly matches: string | undefined; // a regular expression that some line of the log must match
  readonly matchesNot: string | undefined;
}

export interface CaseProblem {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}
