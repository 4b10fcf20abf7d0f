// Ends the program with a sentence: the person who called it has to change something, or what was to be tested is not
// there. Exit code 2: the words of the call; 3: rules, tests or the target. Nothing that a test finds out is one of these.

export class Stop extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, what: string) {
    super(what);
    this.exitCode = exitCode;
  }
}
