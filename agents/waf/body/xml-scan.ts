// XML's marks, one by one: tags, character data with its references replaced, and nothing of comments, instructions and
// the document type but its entities. The shaping decision: every mark is read forward once, so the scan is linear; what
// entities add is bounded over the whole document. It refuses what XML 1.0 calls not well-formed.

import { wafLimits } from '#config/limits-waf';
import { isLetter, isLetterOrDigit, isSpace } from '../transform/bytes.ts';
import { behindDoctype, readEntities } from './xml-doctype.ts';

export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
}

export type XmlToken =
  | {
      readonly kind: 'open';
      readonly name: string;
      readonly attributes: readonly XmlAttribute[];
      readonly isEmpty: boolean;
    }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

/** What is not well-formed. Thrown inside, so that each rule is one line; `next` returns it. */
class NotWellFormed extends Error {}

export class XmlScanner {
  readonly #text: string;
  #at: number;
  #entities: ReadonlyMap<string, string> = new Map();
  #entityBytes = 0;
  #hasDoctype = false;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  }

  /** The next mark; `undefined` at the end, a text for what is wrong. */
  next(isInRoot: boolean): XmlToken | string | undefined {
    try {
      return this.#next(isInRoot);
    } catch (error) {
      if (error instanceof NotWellFormed) return error.message;
      throw error;
    }
  }

  #next(isInRoot: boolean): XmlToken | undefined {
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] !== '<') {
        const text = this.#characterData();
        if (isInRoot) return { kind: 'text', text: this.#replaced(text) };
        if (!isBlank(text)) this.#fail('there is text outside of the root element');
      } else if (this.#starts('<!--')) this.#skipComment();
      else if (this.#starts('<?')) this.#skipBehind('?>');
      else if (this.#starts('<![CDATA[') && isInRoot) return { kind: 'text', text: this.#cdata() };
      else if (this.#starts('<!DOCTYPE') && !isInRoot) this.#doctype();
      else return this.#starts('</') ? this.#closeTag() : this.#openTag();
    }
    return undefined;
  }

  #characterData(): string {
    const end = this.#text.indexOf('<', this.#at);
    const text = this.#text.slice(this.#at, end === -1 ? undefined : end);
    if (text.includes(']]>')) this.#fail('`]]>` stands in text');
    this.#at += text.length;
    return checked(text);
  }

  #cdata(): string {
    const start = this.#at + '<![CDATA['.length;
    this.#skipBehind(']]>');
    return checked(this.#text.slice(start, this.#at - 3));
  }

  #skipComment(): void {
    const dashes = this.#text.indexOf('--', this.#at + 4);
    if (dashes === -1 || this.#text[dashes + 2] !== '>') this.#fail('a comment is not closed, or holds `--`');
    this.#at = dashes + 3;
  }

  #skipBehind(sign: string): void {
    const end = this.#text.indexOf(sign, this.#at + 2);
    if (end === -1) this.#fail(`'${sign}' is missing`);
    this.#at = end + sign.length;
  }

  #doctype(): void {
    if (this.#hasDoctype) this.#fail('there is a second document type');
    this.#hasDoctype = true;
    const end = behindDoctype(this.#text, this.#at);
    if (end === undefined) this.#fail('the document type is not closed');
    this.#entities = readEntities(this.#text.slice(this.#at, end));
    this.#at = end ?? this.#text.length;
  }

  #closeTag(): XmlToken {
    this.#at += 2;
    const name = this.#name();
    this.#skipSpace();
    this.#expect('>');
    return { kind: 'close', name };
  }

  #openTag(): XmlToken {
    this.#at += 1;
    const name = this.#name();
    const attributes = new Map<string, string>();
    for (;;) {
      const hadSpace = this.#skipSpace();
      const isEmpty = this.#starts('/>');
      if (isEmpty || this.#text[this.#at] === '>') {
        this.#at += isEmpty ? 2 : 1;
        return {
          kind: 'open',
          name,
          attributes: Array.from(attributes, ([key, value]) => ({ name: key, value })),
          isEmpty,
        };
      }
      if (!hadSpace) this.#fail(`<${name}> is not closed`);
      const key = this.#name();
      if (attributes.has(key)) this.#fail(`'${key}' stands twice in <${name}>`);
      if (attributes.size >= wafLimits.xmlNodesMax) this.#fail('too many attributes');
      attributes.set(key, this.#attributeValue());
    }
  }

  #attributeValue(): string {
    this.#skipSpace();
    this.#expect('=');
    this.#skipSpace();
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") this.#fail('the value of an attribute is not quoted');
    const end = this.#text.indexOf(quote ?? '"', this.#at + 1);
    if (end === -1) this.#fail('the value of an attribute is not closed');
    const value = this.#text.slice(this.#at + 1, end);
    if (value.includes('<')) this.#fail('`<` stands in the value of an attribute');
    this.#at = end + 1;
    return this.#replaced(checked(value));
  }

  #name(): string {
    const start = this.#at;
    if (!isNameStart(this.#text.charCodeAt(start))) this.#fail('a name is missing');
    while (isNameByte(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #skipSpace(): boolean {
    const start = this.#at;
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#at > start;
  }

  #starts(sign: string): boolean {
    return this.#text.startsWith(sign, this.#at);
  }

  #expect(sign: string): void {
    if (this.#text[this.#at] !== sign) this.#fail(`'${sign}' is missing`);
    this.#at += 1;
  }

  /** With `&name;` and `&#1;` replaced. */
  #replaced(text: string): string {
    let result = '';
    let at = 0;
    for (let and = text.indexOf('&'); and !== -1; and = text.indexOf('&', at)) {
      const end = text.indexOf(';', and);
      if (end === -1 || end - and > wafLimits.xmlEntityNameBytesMax) this.#fail('`&` stands alone');
      result += text.slice(at, and) + this.#reference(text.slice(and + 1, end));
      at = end + 1;
    }
    return at === 0 ? text : result + text.slice(at);
  }

  #reference(name: string): string {
    if (name.startsWith('#')) return characterOf(name) ?? this.#fail(`'&${name};' is no character`);
    const known = predefined.get(name);
    if (known !== undefined) return known;
    const value = this.#entities.get(name) ?? this.#fail(`the entity '${name}' is not declared here`);
    this.#entityBytes += value.length;
    if (this.#entityBytes > wafLimits.xmlEntityBytesMax) this.#fail('its entities grow too large');
    return value;
  }

  #fail(what: string): never {
    throw new NotWellFormed(`${what} (offset ${this.#at})`);
  }
}

const predefined = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** `#60`, `#x3c`: the bytes of UTF-8. */
function characterOf(name: string): string | undefined {
  const digits = name.startsWith('#x') ? /^#x([0-9a-fA-F]{1,8})$/.exec(name)?.[1] : /^#([0-9]{1,10})$/.exec(name)?.[1];
  const code = Number.parseInt(digits ?? '', name.startsWith('#x') ? 16 : 10);
  const isCharacter = code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0x10ffff);
  if (!isCharacter || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff) return undefined;
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}

/** No control characters. */
function checked(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) {
      throw new NotWellFormed(`the byte ${byte} is no character of XML`);
    }
  }
  return text;
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Bytes above ASCII are taken for letters. */
function isNameStart(byte: number): boolean {
  return isLetter(byte) || byte === 0x5f || byte === 0x3a || byte >= 0x80;
}

function isNameByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte === 0x2d || byte === 0x2e || isNameStart(byte);
}
