// The headers of an event, in the two shapes in which they travel. The shaping decision: a block of header lines is
// kept as the bytes that arrived and becomes a table when somebody asks, so a proxy copies it and an agent that looks
// at no header reads none. It refuses to judge a line: the proxy's parser did; a line without a colon is left out.

/** Header names in lower case; the values of one name in their order. A Map: `__proto__` is a legal header name. */
export type HeaderTable = ReadonlyMap<string, readonly string[]>;

const newline = 0x0a;

/** Header lines `Name: value CRLF`, without the request line before them and the empty line behind them. */
export class HeaderBlock implements HeaderTable {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  #table: Map<string, string[]> | undefined = undefined;

  /** The lines are `bytes[start, end)`; a view of its own for them would cost as much as copying them. */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get byteLength(): number {
    return this.#end - this.#start;
  }

  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, this.#start, this.#end);
  }

  static of(headers: Iterable<readonly [name: string, value: string]>): HeaderBlock {
    let text = '';
    for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
    return new HeaderBlock(Buffer.from(text, 'latin1'));
  }

  get size(): number {
    return this.#read().size;
  }

  get(name: string): readonly string[] | undefined {
    return this.#read().get(name);
  }

  has(name: string): boolean {
    return this.#read().has(name);
  }

  entries(): MapIterator<[string, readonly string[]]> {
    return this.#read().entries();
  }

  keys(): MapIterator<string> {
    return this.#read().keys();
  }

  values(): MapIterator<readonly string[]> {
    return this.#read().values();
  }

  [Symbol.iterator](): MapIterator<[string, readonly string[]]> {
    return this.#read().entries();
  }

  forEach(visit: (values: readonly string[], name: string, table: HeaderTable) => void): void {
    for (const [name, values] of this.#read()) visit(values, name, this);
  }

  /** In their order, with the names as they were written. */
  pairs(): [name: string, value: string][] {
    const pairs: [string, string][] = [];
    forEachLine(this.#bytes.toString('latin1', this.#start, this.#end), (name, value) => pairs.push([name, value]));
    return pairs;
  }

  #read(): Map<string, string[]> {
    this.#table ??= readLines(this.#bytes.toString('latin1', this.#start, this.#end));
    return this.#table;
  }
}

/** Of any table: as they were written where that is known, else in the order in which each name came first. */
export function pairsOf(headers: HeaderTable): readonly (readonly [name: string, value: string])[] {
  if (headers instanceof HeaderBlock) return headers.pairs();
  return [...headers].flatMap(([name, values]) => values.map((value) => [name, value] as const));
}

function readLines(text: string): Map<string, string[]> {
  const table = new Map<string, string[]>();
  forEachLine(text, (name, value) => put(table, name.toLowerCase(), value));
  return table;
}

function forEachLine(text: string, take: (name: string, value: string) => void): void {
  for (let at = 0; at < text.length; ) {
    const lineEnd = text.indexOf('\n', at);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const colon = text.indexOf(':', at);
    if (colon > at && colon < end) take(text.slice(at, colon), trim(text.slice(colon + 1, end)));
    at = end + 1;
  }
}

function put(table: Map<string, string[]>, name: string, value: string): void {
  const values = table.get(name);
  if (values === undefined) table.set(name, [value]);
  else values.push(value);
}

/** OWS of RFC 9110, section 5.6.3, and the CR of the line's end. `String.trim` would take U+00A0, too. */
function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start += 1;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === newline;
}
