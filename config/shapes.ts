// What texts must look like that more than one part of the schema asks for, with the words that say so.
// Fixed expressions of ours, linear in the length of the text. It refuses to describe keys.

import type { Shape } from './field.ts';

export const token: Shape = { expression: /^[\w!#$%&'*+.^`|~-]{1,40}$/, words: 'be a method, such as GET' };

export const authority: Shape = {
  expression: /^(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
  words: 'be a host name, with or without a port',
};

export const hostAndPort: Shape = {
  expression: /^(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]):[1-9]\d{0,4}$/,
  words: 'be a host name or address and a port, such as auth.internal:50051',
};

/** As clients ask for it by SNI (RFC 6066 section 3): a name, never an address; in configurations also one wildcard label. */
export const serverName: Shape = {
  expression: /^(?:\*\.)?(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*$/,
  words: 'be a name without port, or *.suffix',
};

export const ruleIdOrRange: Shape = {
  expression: /^\d{1,9}(?:-\d{1,9})?$/,
  words: 'be the number of a rule, or a range such as 942100-942199',
  takesNumbers: true,
};

export const ruleTag: Shape = { expression: /^[\w./:-]+$/, words: 'be a tag, such as attack-sqli' };

/** A collection, a member of it, or members by an expression; nothing that could leave the quotes of a rule. */
export const ruleTarget: Shape = {
  expression: /^[A-Z_]+(?::(?:[\w.[\]-]+|\/[^'",;\\/\s]+\/))?$/,
  words: 'be a variable of SecLang, such as ARGS:html, REQUEST_COOKIES or ARGS:/^text_/',
};
