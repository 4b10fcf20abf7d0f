// What a SecLang file says, as a tree: one statement for each directive, every part with its place. Texts are byte strings
// (each character is one byte: files are read as Latin-1), unquoted and unescaped as Apache does it. Nothing is checked
// beyond the grammar here: names may be unknown, chains unfinished (compile/check does that).

export interface Place {
  readonly file: string;
  readonly line: number; // from 1
  readonly column: number; // from 1
  readonly length: number; // of what is underlined
}

export type Statement =
  | RuleStatement
  | ActionStatement
  | MarkerStatement
  | DefaultsStatement
  | UpdateTargetsStatement
  | UpdateActionsStatement
  | SettingStatement;

export interface RuleStatement {
  readonly kind: 'rule';
  readonly place: Place;
  readonly targets: readonly Target[];
  readonly operator: OperatorCall;
  readonly actions: readonly ActionCall[];
}

/** `SecAction`. */
export interface ActionStatement {
  readonly kind: 'action';
  readonly place: Place;
  readonly actions: readonly ActionCall[];
}

export interface MarkerStatement {
  readonly kind: 'marker';
  readonly place: Place;
  readonly name: string;
}

/** `SecDefaultAction`. */
export interface DefaultsStatement {
  readonly kind: 'defaults';
  readonly place: Place;
  readonly actions: readonly ActionCall[];
}

/** `SecRuleUpdateTargetById`, `ByTag`, `ByMsg`. */
export interface UpdateTargetsStatement {
  readonly kind: 'update-targets';
  readonly place: Place;
  readonly by: 'id' | 'tag' | 'msg';
  readonly which: Word;
  readonly targets: readonly Target[];
  readonly replaced: readonly Target[]; // empty: the targets are added
}

/** `SecRuleUpdateActionById`. */
export interface UpdateActionsStatement {
  readonly kind: 'update-actions';
  readonly place: Place;
  readonly which: Word;
  readonly actions: readonly ActionCall[];
}

/** Every other directive. */
export interface SettingStatement {
  readonly kind: 'setting';
  readonly place: Place;
  readonly name: string; // as written
  readonly values: readonly Word[];
}

export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** `!ARGS:/^x/`, `&TX:score`, `XML:/*`. */
export interface Target {
  readonly place: Place;
  readonly variable: string; // in upper case
  readonly isCount: boolean;
  readonly isExcluded: boolean;
  readonly selector: Selector | undefined;
}

export type Selector =
  | { readonly kind: 'text'; readonly text: string } // compared without case, as each collection says
  | { readonly kind: 'regex'; readonly source: string }
  | { readonly kind: 'xpath'; readonly path: string };

/** `!@rx ^a`: a call without `@name` is `rx`. */
export interface OperatorCall {
  readonly place: Place;
  readonly name: string; // as written, without `@`
  readonly isNegated: boolean;
  readonly argument: string;
  readonly argumentPlace: Place;
}

/** `setvar:'tx.a=+1'`, `t:none`, `deny`. */
export interface ActionCall {
  readonly place: Place;
  readonly name: string; // in lower case
  readonly argument: string | undefined;
  readonly argumentPlace: Place;
}
