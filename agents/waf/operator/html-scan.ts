// HTML into marks, as lenient as browsers are: the first half of `@detectXSS`. The shaping decision: a machine of states
// that each look forward, as HTML 5 has them, and where old browsers differed, what the most careless of them did
// (zero bytes in names, back ticks as quotes, `<%` comments), after libinjection. No state calls another, so nothing
// nests, and every byte is looked at a fixed number of times. It refuses to build a document.

export type HtmlMark = 'text' | 'tag' | 'tag-end' | 'closing-tag' | 'attribute' | 'value' | 'comment' | 'doctype';

export interface HtmlToken {
  readonly mark: HtmlMark;
  readonly start: number;
  readonly end: number;
}

/** Where in a page the text is meant to stand. */
export type HtmlPlace = 'content' | 'in-tag' | 'in-single-quotes' | 'in-double-quotes' | 'in-back-ticks';

const quotes = { 'in-single-quotes': "'", 'in-double-quotes': '"', 'in-back-ticks': '`' } as const;

type State = () => HtmlToken | undefined;

const blank = ' \t\n\v\f\r\0';
const isBlank = (sign: string): boolean => sign !== '' && blank.includes(sign);
const isLetter = (sign: string): boolean => (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');

export class HtmlScanner {
  readonly #text: string;
  #at = 0;
  #isClosing = false;
  #state: State | undefined; // none: the end

  constructor(text: string, place: HtmlPlace) {
    this.#text = text;
    this.#state = this.#begin(place);
  }

  #begin(place: HtmlPlace): State {
    if (place === 'content') return this.#content;
    return place === 'in-tag' ? this.#beforeAttribute : this.#quotedBy(quotes[place], 0);
  }

  next(): HtmlToken | undefined {
    while (this.#state !== undefined) {
      const token = this.#state();
      if (token !== undefined) return token;
    }
    return undefined;
  }

  /** Takes up to `end`; goes on at `then` in `state`. */
  #take(mark: HtmlMark, end: number, then: number, state: State | undefined): HtmlToken {
    const token = { mark, start: this.#at, end };
    this.#at = then;
    this.#state = state;
    return token;
  }

  #go(state: State | undefined, step = 0): undefined {
    this.#at += step;
    this.#state = state;
  }

  #takeRest(mark: HtmlMark): HtmlToken {
    return this.#take(mark, this.#text.length, this.#text.length, undefined);
  }

  #sign(): string {
    return this.#text.charAt(this.#at);
  }

  #content(): HtmlToken | undefined {
    const tag = this.#text.indexOf('<', this.#at);
    if (tag === -1) return this.#at === this.#text.length ? this.#go(undefined) : this.#takeRest('text');
    if (tag === this.#at) return this.#go(this.#tagOpen, 1);
    return this.#take('text', tag, tag + 1, this.#tagOpen);
  }

  #tagOpen(): HtmlToken | undefined {
    const sign = this.#sign();
    if (sign === '') return this.#go(undefined);
    if (sign === '!') return this.#go(this.#declaration, 1);
    if (sign === '?') return this.#go(this.#bogusComment, 1);
    if (sign === '%') return this.#go(this.#percentComment, 1);
    if (isLetter(sign) || sign === '\0') return this.#go(this.#tagName);
    if (sign !== '/') return this.#go(this.#content);
    this.#isClosing = true;
    return this.#go(this.#closingTagOpen, 1);
  }

  #closingTagOpen(): undefined {
    const sign = this.#sign();
    if (sign === '') return this.#go(undefined);
    if (sign === '>') return this.#go(this.#content);
    if (isLetter(sign)) return this.#go(this.#tagName);
    this.#isClosing = false;
    return this.#go(this.#bogusComment);
  }

  #tagName(): HtmlToken {
    let end = this.#at;
    for (; end < this.#text.length; end += 1) {
      const sign = this.#text.charAt(end);
      if (sign === '\0') continue;
      if (isBlank(sign)) return this.#take('tag', end, end + 1, this.#beforeAttribute);
      if (sign === '/') return this.#take('tag', end, end + 1, this.#selfClosing);
      if (sign !== '>') continue;
      if (!this.#isClosing) return this.#take('tag', end, end, this.#tagEnd);
      this.#isClosing = false;
      return this.#take('closing-tag', end, end + 1, this.#content);
    }
    return this.#takeRest('tag');
  }

  #tagEnd(): HtmlToken {
    this.#isClosing = false;
    return this.#take('tag-end', this.#at + 1, this.#at + 1, this.#content);
  }

  #skipBlank(): string {
    while (isBlank(this.#sign())) this.#at += 1;
    return this.#sign();
  }

  #beforeAttribute(): HtmlToken | undefined {
    const sign = this.#skipBlank();
    if (sign === '') return this.#go(undefined);
    if (sign === '/') return this.#go(this.#selfClosing, 1);
    return sign === '>'
      ? this.#take('tag-end', this.#at + 1, this.#at + 1, this.#content)
      : this.#go(this.#attributeName);
  }

  #attributeName(): HtmlToken {
    for (let end = this.#at + 1; end < this.#text.length; end += 1) {
      const sign = this.#text.charAt(end);
      if (isBlank(sign)) return this.#take('attribute', end, end + 1, this.#afterAttribute);
      if (sign === '/') return this.#take('attribute', end, end + 1, this.#selfClosing);
      if (sign === '=') return this.#take('attribute', end, end + 1, this.#beforeValue);
      if (sign === '>') return this.#take('attribute', end, end, this.#tagEnd);
    }
    return this.#takeRest('attribute');
  }

  #afterAttribute(): undefined {
    const sign = this.#skipBlank();
    if (sign === '') return this.#go(undefined);
    if (sign === '/') return this.#go(this.#selfClosing, 1);
    if (sign === '=') return this.#go(this.#beforeValue, 1);
    return this.#go(sign === '>' ? this.#tagEnd : this.#attributeName);
  }

  #beforeValue(): undefined {
    const sign = this.#skipBlank();
    if (sign === '') return this.#go(undefined);
    return this.#go(sign === '"' || sign === "'" || sign === '`' ? this.#quotedBy(sign, 1) : this.#bareValue);
  }

  #quotedBy(quote: string, opening: number): State {
    return () => {
      this.#at += opening;
      const end = this.#text.indexOf(quote, this.#at);
      return end === -1 ? this.#takeRest('value') : this.#take('value', end, end + 1, this.#afterQuoted);
    };
  }

  #bareValue(): HtmlToken {
    for (let end = this.#at; end < this.#text.length; end += 1) {
      const sign = this.#text.charAt(end);
      if (isBlank(sign)) return this.#take('value', end, end + 1, this.#beforeAttribute);
      if (sign === '>') return this.#take('value', end, end, this.#tagEnd);
    }
    return this.#takeRest('value');
  }

  #afterQuoted(): HtmlToken | undefined {
    const sign = this.#sign();
    if (sign === '') return this.#go(undefined);
    if (sign === '/') return this.#go(this.#selfClosing, 1);
    if (sign === '>') return this.#take('tag-end', this.#at + 1, this.#at + 1, this.#content);
    return this.#go(this.#beforeAttribute);
  }

  #selfClosing(): HtmlToken | undefined {
    const sign = this.#sign();
    if (sign === '') return this.#go(undefined);
    return sign === '>'
      ? this.#take('tag-end', this.#at + 1, this.#at + 1, this.#content)
      : this.#go(this.#beforeAttribute);
  }

  #declaration(): undefined {
    const start = this.#text.slice(this.#at, this.#at + 7);
    if (start.toLowerCase() === 'doctype') return this.#go(this.#doctype);
    if (start === '[CDATA[') return this.#go(this.#cdata, 7);
    return start.startsWith('--') ? this.#go(this.#comment, 2) : this.#go(this.#bogusComment);
  }

  #until(mark: HtmlMark, closing: string): HtmlToken {
    const end = this.#text.indexOf(closing, this.#at);
    return end === -1 ? this.#takeRest(mark) : this.#take(mark, end, end + closing.length, this.#content);
  }

  #bogusComment(): HtmlToken {
    return this.#until('comment', '>');
  }

  #percentComment(): HtmlToken {
    return this.#until('comment', '%>');
  }

  #doctype(): HtmlToken {
    return this.#until('doctype', '>');
  }

  #cdata(): HtmlToken {
    return this.#until('text', ']]>');
  }

  /** Ends at `-->`, at `-!>`, and at both with zero bytes in between. */
  #comment(): HtmlToken {
    const text = this.#text;
    for (let dash = text.indexOf('-', this.#at); dash !== -1; dash = text.indexOf('-', dash + 1)) {
      if (dash > text.length - 3) break;
      const second = this.#behindZeros(dash + 1);
      if (text[second] !== '-' && text[second] !== '!') continue;
      const third = this.#behindZeros(second + 1);
      if (text[third] === '>') return this.#take('comment', dash, third + 1, this.#content);
    }
    return this.#takeRest('comment');
  }

  #behindZeros(from: number): number {
    let at = from;
    while (this.#text[at] === '\0') at += 1;
    return at;
  }
}
