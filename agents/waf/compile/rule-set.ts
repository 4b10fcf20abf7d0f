// What a checked set of rules is, ready to be run: names are resolved, defaults inherited, exclusions at load applied,
// regular expressions compiled. The evaluator (run/) needs nothing else; the texts it came from are kept for people.

import type { Place, Selector } from '../lang/tree.ts';

export type Phase = 1 | 2 | 3 | 4 | 5;

export interface RuleSet {
  readonly settings: Settings;
  /** By phase (index 0 is unused), in the order of the files; markers are in every phase. */
  readonly phases: ReadonlyArray<readonly Step[]>;
  readonly signatures: readonly string[]; // SecComponentSignature
}

export type Step = Rule | Marker;

export interface Marker {
  readonly kind: 'marker';
  readonly name: string;
}

/** A rule with what is chained to it. A `SecAction` is a rule whose one link has no operator. */
export interface Rule {
  readonly kind: 'rule';
  readonly place: Place;
  readonly id: number;
  readonly phase: Phase;
  readonly links: readonly Link[];
  readonly meta: RuleMeta;
  readonly logs: boolean;
  readonly audits: boolean;
  readonly disruption: Disruption;
  readonly status: number | undefined; // of `status:403`
  readonly skip: number; // 0: none
  readonly skipAfter: string | undefined;
}

export interface RuleMeta {
  readonly message: Macro | undefined; // msg
  readonly data: Macro | undefined; // logdata
  readonly severity: number | undefined; // 0 EMERGENCY … 7 DEBUG
  readonly tags: readonly Macro[];
  readonly version: string | undefined; // ver
  readonly revision: string | undefined; // rev
  readonly maturity: number | undefined;
  readonly accuracy: number | undefined;
}

/** `block` has been replaced by what SecDefaultAction says. */
export type Disruption =
  | { readonly kind: 'pass' }
  | { readonly kind: 'deny' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'allow'; readonly scope: 'transaction' | 'phase' | 'request' }
  | { readonly kind: 'redirect'; readonly to: Macro }
  | { readonly kind: 'none' }; // SecDefaultAction without one

export interface Link {
  readonly place: Place;
  readonly targets: readonly CompiledTarget[];
  readonly operator: Operator | undefined; // SecAction: always true, without a value
  readonly isNegated: boolean;
  readonly operatorName: string; // for people: `rx`
  readonly operatorArgument: string; // as written
  readonly transformations: readonly Transformation[]; // after inheritance and `t:none`
  readonly isMultiMatch: boolean;
  readonly captures: boolean;
  readonly effects: readonly Effect[]; // on every matching value, in order
}

export interface CompiledTarget {
  readonly variable: string; // in upper case
  readonly isCount: boolean;
  readonly isExcluded: boolean;
  readonly selector: Selector | undefined;
  /** For a `regex` selector. */
  readonly matches: ((key: string) => boolean) | undefined;
  readonly text: string; // as written
}

export interface Transformation {
  readonly name: string; // as in the manual: `urlDecodeUni`
  /** The same string if nothing changes. Byte strings in and out. */
  readonly apply: (value: string) => string;
}

/** What an operator knows beside the value. */
export interface OperatorContext {
  /** Values of variables, for macros in arguments: `tx.allowed_methods`. */
  expand(macro: Macro): string;
}

export interface OperatorMatch {
  /** TX:0 to TX:9; `undefined` in a place is a group that took no part. */
  readonly captures: ReadonlyArray<string | undefined>;
}

/**
 * What is known of an operator before it meets a value; without it, its verdict may depend on more than the value. With
 * it, on the value alone, but for `number`, whose other side may hold macros.
 */
export type OperatorFacts =
  | { readonly kind: 'value' }
  | { readonly kind: 'expression'; readonly source: string } // PCRE's
  | { readonly kind: 'phrases'; readonly phrases: readonly string[] } // one of them is in the value, without case
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] } // one of them is in the value
  | { readonly kind: 'number'; readonly other: Macro; readonly compare: (value: number, other: number) => boolean };

/** Made once per rule from its argument; pure but for the context. `undefined`: no match. */
export interface Operator {
  readonly facts?: OperatorFacts;
  match(value: string, context: OperatorContext, wantsCaptures: boolean): OperatorMatch | undefined;
}

/** Text with `%{…}` in it. One part that is a string: a constant. */
export interface Macro {
  readonly source: string;
  readonly parts: ReadonlyArray<string | VariableName>;
}

export interface VariableName {
  readonly collection: string; // in upper case
  readonly key: string | undefined; // as written
  readonly lowerKey: string | undefined; // as bags know it
}

export type Effect =
  | {
      readonly kind: 'setvar';
      readonly collection: string;
      readonly key: Macro;
      readonly how: 'set' | 'add' | 'subtract' | 'unset';
      readonly value: Macro;
    }
  | { readonly kind: 'expirevar'; readonly collection: string; readonly key: Macro; readonly seconds: Macro }
  | {
      readonly kind: 'deprecatevar';
      readonly collection: string;
      readonly key: Macro;
      readonly amount: number;
      readonly seconds: number;
    }
  | { readonly kind: 'initcol'; readonly collection: string; readonly key: Macro }
  | { readonly kind: 'setsid' | 'setuid' | 'setrsc'; readonly key: Macro }
  | { readonly kind: 'setenv'; readonly name: Macro; readonly value: Macro }
  | { readonly kind: 'ctl'; readonly control: Control }
  | {
      readonly kind: 'sanitise';
      readonly what: 'arg' | 'request-header' | 'response-header' | 'matched' | 'matched-bytes';
      readonly name: string;
    };

/** `ctl:…`. */
export type Control =
  | { readonly kind: 'rule-engine'; readonly mode: EngineMode }
  | { readonly kind: 'audit-engine'; readonly mode: AuditMode }
  | { readonly kind: 'audit-log-parts'; readonly change: string }
  | {
      readonly kind: 'request-body-access' | 'response-body-access' | 'force-request-body-variable';
      readonly isOn: boolean;
    }
  | { readonly kind: 'request-body-processor' | 'response-body-processor'; readonly processor: string }
  | { readonly kind: 'request-body-limit' | 'response-body-limit'; readonly bytes: number }
  | { readonly kind: 'work-budget'; readonly units: number }
  | { readonly kind: 'remove-rules'; readonly removes: (rule: Rule) => boolean }
  | { readonly kind: 'remove-targets'; readonly appliesTo: (rule: Rule) => boolean; readonly target: CompiledTarget };

export type EngineMode = 'on' | 'detection-only' | 'off';
export type AuditMode = 'on' | 'relevant-only' | 'off';

/** Every directive that sets a value, with its default where no file says one. */
export interface Settings {
  readonly engine: EngineMode;
  readonly requestBodyAccess: boolean;
  readonly requestBodyBytesMax: number;
  readonly requestBodyNoFilesBytesMax: number;
  readonly requestBodyLimitAction: 'reject' | 'process-partial';
  readonly jsonDepthMax: number;
  readonly argumentsMax: number;
  readonly workBudget: number; // of a transaction, in units of run/work.ts
  readonly argumentSeparator: string;
  readonly cookieVersion: 0 | 1;
  readonly uploadFilesMax: number;
  readonly responseBodyAccess: boolean;
  readonly responseBodyBytesMax: number;
  readonly responseBodyLimitAction: 'reject' | 'process-partial';
  readonly responseBodyTypes: readonly string[];
  readonly audit: AuditSettings;
  readonly collectionTimeoutSecs: number;
  readonly webAppId: string;
  readonly sensorId: string;
  readonly serverSignature: string | undefined;
}

export interface AuditSettings {
  readonly mode: AuditMode;
  readonly parts: string;
  readonly format: 'native' | 'json';
  /** For each status from 100 to 599: relevant or not. */
  readonly isRelevantStatus: (status: number) => boolean;
}
