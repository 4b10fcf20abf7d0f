// XML, strict and without anything from outside: a document becomes elements and attributes that point into one text. The
// shaping decision: the content of an element is a range of all character data, so the tree costs no copies, and a
// deep document no stack. Entities that the document declares are replaced once and within a bound: what hides in them
// is seen. It refuses external entities (they are not known, so not well-formed), and everything that is not
// well-formed.

import { isUtf8 } from 'node:buffer';
import { wafLimits } from '#config/limits-waf';
import { type XmlAttribute, XmlScanner, type XmlToken } from './xml-scan.ts';

export interface XmlElement {
  readonly name: string;
  readonly parent: XmlElement | undefined;
  readonly attributes: readonly XmlAttribute[];
  readonly start: number; // of its character data in `text`
  readonly end: number;
}

export interface XmlDocument {
  /** All character data, in order. */
  readonly text: string;
  /** In the order in which they open: the root is the first. */
  readonly elements: readonly XmlElement[];
}

export interface XmlBody {
  readonly document: XmlDocument | undefined;
  readonly error: string | undefined; // for REQBODY_ERROR_MSG
}

export function readXml(text: string): XmlBody {
  const builder = new Builder(text);
  const isText = namesOneByteEncoding(text) || isUtf8(Buffer.from(text, 'latin1'));
  const error = isText ? builder.run() : 'it is not UTF-8';
  if (error !== undefined) return { document: undefined, error: `XML parsing error: ${error}` };
  return { document: { text: builder.text, elements: builder.elements }, error: undefined };
}

function namesOneByteEncoding(text: string): boolean {
  const declaration = text.startsWith('<?xml') ? text.slice(0, wafLimits.xmlDeclarationBytesMax).toLowerCase() : '';
  const end = declaration.indexOf('?>');
  return ['iso-8859-', 'windows-125'].some((name) => declaration.slice(0, end).includes(name));
}

type Growing = { -readonly [Key in keyof XmlElement]: XmlElement[Key] };

class Builder {
  readonly elements: Growing[] = [];
  text = '';
  readonly #scanner: XmlScanner;
  readonly #open: Growing[] = [];
  #nodes = 0;

  constructor(text: string) {
    this.#scanner = new XmlScanner(text);
  }

  /** What is wrong, if anything. */
  run(): string | undefined {
    for (;;) {
      const token = this.#scanner.next(this.#open.length > 0);
      if (token === undefined) break;
      const error = typeof token === 'string' ? token : this.#take(token);
      if (error !== undefined) return error;
    }
    if (this.#open.length > 0) return `<${this.#open.at(-1)?.name}> is not closed`;
    return this.elements.length === 0 ? 'there is no element' : undefined;
  }

  #take(token: XmlToken): string | undefined {
    if (token.kind === 'close') return this.#close(token.name);
    if (token.kind === 'open') return this.#openElement(token);
    this.text += token.text;
    return undefined;
  }

  #openElement({ name, attributes, isEmpty }: Extract<XmlToken, { kind: 'open' }>): string | undefined {
    const parent = this.#open.at(-1);
    if (parent === undefined && this.elements.length > 0) return 'there is a second root element';
    if (this.#open.length >= wafLimits.xmlDepthMax) return `more than ${wafLimits.xmlDepthMax} levels`;
    this.#nodes += 1 + attributes.length;
    if (this.#nodes > wafLimits.xmlNodesMax) return `more than ${wafLimits.xmlNodesMax} elements and attributes`;
    const element = { name, parent, attributes, start: this.text.length, end: this.text.length };
    this.elements.push(element);
    if (!isEmpty) this.#open.push(element);
    return undefined;
  }

  #close(name: string): string | undefined {
    const element = this.#open.pop();
    if (element?.name !== name) return `</${name}> closes <${element?.name ?? ''}>`;
    element.end = this.text.length;
    return undefined;
  }
}
