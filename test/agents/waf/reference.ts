// What ModSecurity 2.9.7 itself made of a few hundred inputs, measured once with the package of Debian 12 on loopback, and
// byte strings of every kind for the property tests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

interface Reference {
  /** Input, and what each transformation that changed it made of it. */
  readonly transformations: readonly (readonly [string, Readonly<Record<string, string>>])[];
  readonly xss: readonly (readonly [string, boolean])[];
  /** Text, and the fingerprint if it is an attack. */
  readonly sqli: readonly (readonly [string, string | null])[];
  readonly multipart: readonly MultipartCase[];
}

export interface MultipartCase {
  readonly contentType: string;
  readonly body: string;
  readonly error: boolean;
  readonly flags: readonly string[];
  readonly fields?: readonly string[];
  readonly files?: readonly string[];
  readonly headers?: readonly string[];
}

export const reference: Reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/data/modsecurity-2.9.7.json'), 'utf8'),
);

/** Any bytes. */
export const byteStrings = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Bytes that are made of these pieces more often than not. */
export const madeOf = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...pieces),
        byteStrings.map((text) => text.slice(0, 2)),
      ),
      { maxLength: 30 },
    )
    .map((all) => all.join(''));

export function isByteString(text: string): boolean {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)).every((code) => code <= 0xff);
}
