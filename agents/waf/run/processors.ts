// From what the body parsers return to what variables are made of: one finding for each kind of body. A parser tells
// what it read up to a mistake, and the mistake; both are kept, since rules look at both.

import type { Argument } from '../body/argument.ts';
import { readForm } from '../body/form.ts';
import { readJson } from '../body/json.ts';
import { readMultipart } from '../body/multipart.ts';
import type { MultipartFlags } from '../body/multipart-flags.ts';
import { readXml, type XmlDocument } from '../body/xml.ts';
import { parseXmlPath, selectXml } from '../body/xpath.ts';
import type { Settings } from '../compile/rule-set.ts';
import type { Pair } from './request.ts';
import { type BodyFindings, nothingFound } from './state.ts';

export interface FormPairs {
  readonly pairs: readonly Pair[];
  readonly hasBadEncoding: boolean;
  readonly error: string | undefined;
}

export function formPairs(text: string, { argumentSeparator, argumentsMax }: Settings): FormPairs {
  const form = readForm(text, { separator: argumentSeparator, argumentsMax });
  return { pairs: pairsOf(form.arguments), hasBadEncoding: form.hasBrokenEscape, error: form.error };
}

const pairsOf = (found: readonly Argument[]): readonly Pair[] => found.map(({ name, value }) => [name, value]);

export function findingsOf(processor: string, text: string, contentType: string, settings: Settings): BodyFindings {
  switch (processor) {
    case 'URLENCODED':
      return fromForm(text, settings);
    case 'MULTIPART':
      return fromMultipart(text, contentType, settings);
    case 'JSON':
      return fromJson(text, settings);
    case 'XML':
      return fromXml(text);
    default:
      return { ...nothingFound, error: `Unknown request body processor: ${processor}` };
  }
}

function fromForm(text: string, settings: Settings): BodyFindings {
  const { pairs, hasBadEncoding, error } = formPairs(text, settings);
  return { ...nothingFound, args: pairs, flags: { URLENCODED_ERROR: hasBadEncoding }, error };
}

function fromJson(text: string, { jsonDepthMax, argumentsMax }: Settings): BodyFindings {
  const { arguments: found, error } = readJson(text, { depthMax: jsonDepthMax, argumentsMax });
  return { ...nothingFound, args: pairsOf(found), error };
}

function fromXml(text: string): BodyFindings {
  const { document, error } = readXml(text);
  return { ...nothingFound, xml: document === undefined ? undefined : finder(document), error };
}

/** 175 rules of CRS ask for the same two paths. A path that is none was refused when the rules were loaded. */
function finder(document: XmlDocument): (path: string) => readonly string[] {
  const found = new Map<string, readonly string[]>();
  return (path) => {
    const known = found.get(path);
    if (known !== undefined) return known;
    const parsed = parseXmlPath(path);
    const values = 'problem' in parsed ? [] : selectXml(document, parsed);
    found.set(path, values);
    return values;
  };
}

/** Fields become arguments, files do not; both keep their header lines under the name of the part. */
function fromMultipart(text: string, contentType: string, { uploadFilesMax }: Settings): BodyFindings {
  const { parts, flags, error } = readMultipart(contentType, text, { filesMax: uploadFilesMax });
  return {
    ...nothingFound,
    args: parts.flatMap(({ name, filename, content }) => (filename === undefined ? [[name, content] as const] : [])),
    files: parts.flatMap(({ name, filename, content }) =>
      filename === undefined ? [] : [{ field: name, name: filename, bytes: content }],
    ),
    partHeaders: parts.flatMap(({ name, headers }) => headers.map((line) => [name, line] as const)),
    flags: namedFlags(flags),
    error: error === undefined ? undefined : `Multipart parsing error: ${error}`,
  };
}

const namedFlags = (flags: Readonly<MultipartFlags>): BodyFindings['flags'] => ({
  MULTIPART_BOUNDARY_QUOTED: flags.boundaryQuoted,
  MULTIPART_BOUNDARY_WHITESPACE: flags.boundaryWhitespace,
  MULTIPART_DATA_BEFORE: flags.dataBefore,
  MULTIPART_DATA_AFTER: flags.dataAfter,
  MULTIPART_HEADER_FOLDING: flags.headerFolding,
  MULTIPART_LF_LINE: flags.lfLine,
  MULTIPART_MISSING_SEMICOLON: flags.missingSemicolon,
  MULTIPART_INVALID_QUOTING: flags.invalidQuoting,
  MULTIPART_INVALID_PART: flags.invalidPart,
  MULTIPART_INVALID_HEADER_FOLDING: flags.invalidHeaderFolding,
  MULTIPART_FILE_LIMIT_EXCEEDED: flags.fileLimitExceeded,
  MULTIPART_UNMATCHED_BOUNDARY: flags.unmatchedBoundary,
  MULTIPART_CRLF_LF_LINES: flags.crlfLine && flags.lfLine,
});
