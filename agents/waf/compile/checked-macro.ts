// A macro in the argument of an action: its names are those of variables, or a problem says which is not. At run time an
// unknown name would stay empty for ever, and nobody would see why a score is never added.

import { within } from '../lang/rule-file.ts';
import type { ActionCall, Place } from '../lang/tree.ts';
import type { Complaints } from './complaints.ts';
import { parseMacroParts } from './macro.ts';
import type { Macro } from './rule-set.ts';
import { refusalOf } from './targets.ts';
import { variables } from './variables.ts';

/** `text` is a part of the argument of `call`, or made from it. */
export function checkedMacro(text: string, call: ActionCall, complaints: Complaints): Macro {
  const argument = call.argument ?? '';
  const start = argument.indexOf(text);
  return checkMacro(text, complaints, (at, length) =>
    start === -1 ? call.argumentPlace : within(call.argumentPlace, argument, start + at, length),
  );
}

export function checkMacro(
  text: string,
  complaints: Complaints,
  placeOf: (start: number, length: number) => Place,
): Macro {
  const { macro, names } = parseMacroParts(text);
  for (const { name, start, length } of names) {
    const known = variables[name.collection];
    const place = placeOf(start, length);
    if (known === undefined) complainAbout(name.collection, place, complaints);
    else if (known.kind !== 'one' && name.key === undefined) {
      complaints.error(
        place,
        'rule-bad-value',
        `%{${name.collection}} has many values`,
        `choose one, as in %{${name.collection}.name}`,
      );
    }
  }
  return macro;
}

function complainAbout(collection: string, place: Place, complaints: Complaints): void {
  const refusal = refusalOf(collection);
  if (refusal === undefined) complaints.unknown(place, 'variable', collection, Object.keys(variables));
  else complaints.error(place, 'rule-not-supported', `the variable ${collection} is not supported`, refusal);
}

/** Whether every name is a variable's, so that the text is meant as a macro and not as itself. */
export function namesVariables(text: string): boolean {
  return parseMacroParts(text).names.every(({ name }) => Object.hasOwn(variables, name.collection));
}
