// The paths into an XML document that rules use: `/*`, `//@*`, and what is made of the same steps: `/a/b`, `//item`,
// `//item/@id`, `/a//b/text()`. The shaping decision: each element of the document is asked once whether its way from
// the root fits, by a set of places in the path, so any path is linear in the document. It refuses conditions, functions
// and axes: a path that it cannot follow is a mistake in the rule, told on load.

import { wafLimits } from '#config/limits-waf';
import type { XmlDocument, XmlElement } from './xml.ts';

/** `isAnywhere`: behind `//`, at any depth below. */
interface Step {
  readonly name: string; // `*`: any
  readonly isAnywhere: boolean;
}

export interface XmlPath {
  readonly steps: readonly Step[];
  /** What is taken of the elements: their text, or one attribute of theirs (`*`: each). */
  readonly attribute: string | undefined;
  readonly isDeep: boolean; // of the elements and of all below them
}

const stepPattern = /^(\/\/?)(text\(\)|@?(?:[\w.-]+:)?[\w.-]+|@?\*)/; // on a rule's path, never on a body

export function parseXmlPath(text: string): XmlPath | { problem: string } {
  const steps: Step[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const [whole, slashes, name = ''] = stepPattern.exec(rest) ?? [];
    if (whole === undefined || steps.length >= wafLimits.xmlPathStepsMax) return unknownPath(text);
    rest = rest.slice(whole.length);
    const isLast = name.startsWith('@') || name === 'text()';
    if (!isLast) steps.push({ name, isAnywhere: slashes === '//' });
    else if (rest !== '') return unknownPath(text);
    else return lastStep(steps, name, slashes === '//');
  }
  return steps.length === 0 ? unknownPath(text) : { steps, attribute: undefined, isDeep: false };
}

const unknownPath = (text: string): { problem: string } => ({
  problem: `the path '${text}' is not understood: it may be made of /name, //name, * for any, and @name or text() at its end`,
});

/** All text below an element is its text, so `//text()` is that of the element; attributes may be the element's own. */
function lastStep(steps: readonly Step[], name: string, isAnywhere: boolean): XmlPath {
  if (name.startsWith('@')) return { steps, attribute: name.slice(1), isDeep: isAnywhere };
  return {
    steps: steps.length === 0 ? [{ name: '*', isAnywhere: false }] : steps,
    attribute: undefined,
    isDeep: false,
  };
}

/** The values in the order of the document; no more of them, and no more bytes, than the bounds allow. */
export function selectXml({ text, elements }: XmlDocument, path: XmlPath): readonly string[] {
  const places = new Map<XmlElement, number>();
  const values: string[] = [];
  const whole = 1 << path.steps.length;
  let bytesLeft = wafLimits.xmlSelectedBytesPerTextByte * text.length + wafLimits.xmlSelectedBytesLeast;
  for (const element of elements) {
    const above = element.parent === undefined ? 1 : (places.get(element.parent) ?? 0);
    const reached = advance(above, element, path.steps) | (path.isDeep ? above & whole : 0);
    places.set(element, reached);
    if ((reached & whole) === 0) continue;
    for (const value of valuesOf(element, path.attribute, text)) {
      bytesLeft -= path.attribute === undefined ? value.length : 0;
      if (bytesLeft < 0) return values;
      values.push(value);
    }
  }
  return values;
}

/** Bit n: the first n steps of the path lead to here. Only the whole path and steps that go deeper live on below. */
function advance(above: number, { name }: XmlElement, steps: readonly Step[]): number {
  let reached = 0;
  for (const [index, step] of steps.entries()) {
    if ((above & (1 << index)) === 0) continue;
    if (step.isAnywhere) reached |= 1 << index;
    if (step.name === '*' || step.name === name) reached |= 1 << (index + 1);
  }
  return reached;
}

function valuesOf(element: XmlElement, attribute: string | undefined, text: string): readonly string[] {
  if (attribute === undefined) return [text.slice(element.start, element.end)];
  const isWanted = ({ name }: { name: string }): boolean => attribute === '*' || name === attribute;
  return element.attributes.filter(isWanted).map(({ value }) => value);
}
