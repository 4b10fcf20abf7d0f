// What every reader of a body finds: named values, in order. Byte strings. The shaping decision: a reader returns what it
// found up to a mistake together with the mistake, since rules look at both.

export interface Argument {
  readonly name: string;
  readonly value: string;
}

export interface FoundArguments {
  readonly arguments: readonly Argument[];
  /** Why reading ended early, for REQBODY_ERROR_MSG. */
  readonly error: string | undefined;
}
