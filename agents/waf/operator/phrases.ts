// `pm`, `pmFromFile`, `pmf`: any of many phrases, without case. The shaping decision: one Aho-Corasick automaton for all
// phrases of a rule, so a value costs one step for each byte however many phrases there are; the phrase that ends first
// is the one that is told (TX:0), as it stands in the list. It refuses lists over a network and phrases with macros.

import { wafLimits } from '#config/limits-waf';
import type { Operator } from '../compile/rule-set.ts';
import { trim } from '../transform/space.ts';
import { type DataFiles, fromConstant, matchedNothingCaptured, type OperatorProblem } from './argument.ts';
import { Automaton } from './automaton.ts';
import { phrasePattern } from './phrase-pattern.ts';

/** Phrases between white space. */
export const pm = fromConstant((text) => fromPhrases(phrasePattern(text).split(/[ \t\n\v\f\r]+/)));

/** Files between white space, a phrase on each line. */
export const pmFromFile = fromConstant((text, files) => {
  const phrases: string[] = [];
  for (const name of text.split(/[ \t]+/).filter((one) => one !== '')) {
    const found = phrasesOf(name, files);
    if ('problem' in found) return found;
    for (const phrase of found.phrases) phrases.push(phrase);
  }
  return fromPhrases(phrases);
});

function phrasesOf(name: string, files: DataFiles): { phrases: readonly string[] } | OperatorProblem {
  if (/^https?:/i.test(name)) return { problem: `'${name}' is not read over the network: save it beside the rules` };
  const text = files.read(name);
  if (text === undefined) return { problem: `the file '${name}' cannot be read` };
  return { phrases: linesOf(text).map(phrasePattern) };
}

/** Without blank lines and comments, trimmed: of C's blanks alone, A0 is the last byte of letters such as `à`. */
export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map(trim.apply)
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function fromPhrases(written: readonly string[]): Operator | OperatorProblem {
  const phrases = written.filter((phrase) => phrase !== '');
  if (phrases.length === 0) return { problem: 'there is no phrase to look for' };
  const bytes = phrases.reduce((sum, phrase) => sum + phrase.length, 0);
  if (bytes > wafLimits.phraseBytesMax)
    return { problem: `the phrases have ${bytes} bytes together, ${wafLimits.phraseBytesMax} are allowed` };
  return searching(new Automaton(phrases), phrases);
}

function searching(automaton: Automaton, phrases: readonly string[]): Operator {
  return {
    facts: { kind: 'phrases', phrases },
    match: (value, _context, wantsCaptures) => {
      const phrase = automaton.find(value);
      if (phrase === undefined) return undefined;
      return wantsCaptures ? { captures: [phrase] } : matchedNothingCaptured;
    },
  };
}
