// The document type of an XML document: where it ends, and which entities it declares with a text of their own. The
// shaping decision: nothing of it is believed or loaded, but what `&name;` stands for is what the application may see,
// so it must be seen here. References within entities are replaced to a bounded length, in the order of declaration: no
// entity can hold itself. It refuses parameter entities, external ones, and everything else a document type can say.

import { wafLimits } from '#config/limits-waf';
import { isSpace } from '../transform/bytes.ts';

/** Behind the `>` that closes it; quoted texts and comments may hold one. */
export function behindDoctype(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const sign = text.charAt(at);
    const end = skippedEnd(text, at);
    if (end === -1) return undefined;
    if (sign === '<' && end === at + 1) depth += 1;
    else if (sign === '>') depth -= 1;
    at = end;
    if (depth === 0) return at;
  }
  return undefined;
}

/** Behind what is skipped as a whole, else behind one byte; -1 if it is not closed. */
function skippedEnd(text: string, at: number): number {
  const sign = text.charAt(at);
  if (sign === '"' || sign === "'") return text.indexOf(sign, at + 1) + 1 || -1;
  if (text.startsWith('<!--', at)) return behind(text, '-->', at + 4);
  if (text.startsWith('<?', at)) return behind(text, '?>', at + 2);
  return at + 1;
}

function behind(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found === -1 ? -1 : found + sign.length;
}

/** `<!ENTITY name "text">`; the first declaration of a name counts. */
export function readEntities(doctype: string): ReadonlyMap<string, string> {
  const entities = new Map<string, string>();
  for (let at = doctype.indexOf('<!ENTITY'); at !== -1; at = doctype.indexOf('<!ENTITY', at + 8)) {
    if (entities.size >= wafLimits.xmlEntitiesMax) break;
    const declared = readDeclaration(doctype, at + 8);
    if (declared === undefined || entities.has(declared.name)) continue;
    entities.set(declared.name, withReferences(declared.value, entities));
  }
  return entities;
}

function readDeclaration(doctype: string, from: number): { name: string; value: string } | undefined {
  const nameStart = behindSpace(doctype, from);
  let nameEnd = nameStart;
  const nameEndMost = Math.min(doctype.length, nameStart + wafLimits.xmlEntityNameBytesMax);
  while (nameEnd < nameEndMost && !isSpace(doctype.charCodeAt(nameEnd))) nameEnd += 1;
  const start = behindSpace(doctype, nameEnd);
  const quote = doctype.charAt(start);
  if (quote !== '"' && quote !== "'") return undefined;
  const end = doctype.indexOf(quote, start + 1);
  if (end === -1) return undefined;
  return { name: doctype.slice(nameStart, nameEnd), value: doctype.slice(start + 1, end) };
}

function behindSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** One longer than the bound is cut behind it: who refers to it is refused for its length. */
function withReferences(value: string, entities: ReadonlyMap<string, string>): string {
  let result = '';
  for (const [index, piece] of value.split('&').entries()) {
    const semicolon = piece.indexOf(';');
    const name = piece.slice(0, Math.max(semicolon, 0));
    const known = index === 0 ? undefined : (entities.get(name) ?? numbered(name));
    if (known !== undefined) result += known + piece.slice(semicolon + 1);
    else result += index === 0 ? piece : `&${piece}`;
    if (result.length > wafLimits.xmlEntityBytesMax) break;
  }
  return result.slice(0, wafLimits.xmlEntityBytesMax + 1);
}

/** `#60`, `#x3c`, where it is one byte. */
function numbered(name: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,6}))$/.exec(name) ?? [];
  const code = Number.parseInt(hexadecimal ?? decimal ?? '', hexadecimal === undefined ? 10 : 16);
  return code < 0x80 ? String.fromCharCode(code) : undefined;
}
