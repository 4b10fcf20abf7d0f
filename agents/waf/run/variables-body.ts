// The variables that come from the query string and the request body: arguments, uploaded files, what the multipart
// parser noticed, XML, errors of the processors. Empty until the body has been read, as in ModSecurity.

import type { Selector } from '../lang/tree.ts';
import type { Pair } from './request.ts';
import type { TransactionState, UploadedFile } from './state.ts';
import { flag, indexed, many, namesOf, one, type Variable, type Variables } from './variables-kinds.ts';

const allArgs = (tx: TransactionState): readonly Pair[] => [...tx.queryArgs, ...tx.body.args];
const sizeOf = (pairs: readonly Pair[]): number =>
  pairs.reduce((sum, [key, value]) => sum + key.length + value.length, 0);

const argumentVariables: Variables = {
  ARGS: indexed('ARGS', (tx) => [tx.queryArgs, tx.body.args]),
  ARGS_COMBINED_SIZE: one('ARGS_COMBINED_SIZE', (tx) => String(sizeOf(allArgs(tx)))),
  ARGS_GET: indexed('ARGS_GET', (tx) => [tx.queryArgs]),
  ARGS_GET_NAMES: many('ARGS_GET_NAMES', (tx) => namesOf(tx.queryArgs)),
  ARGS_NAMES: many('ARGS_NAMES', (tx) => namesOf(allArgs(tx))),
  ARGS_POST: indexed('ARGS_POST', (tx) => [tx.body.args]),
  ARGS_POST_NAMES: many('ARGS_POST_NAMES', (tx) => namesOf(tx.body.args)),
  URLENCODED_ERROR: one('URLENCODED_ERROR', (tx) =>
    flag(tx.hasBadQueryEncoding || tx.body.flags['URLENCODED_ERROR'] === true),
  ),
};

const files = (name: string, read: (file: UploadedFile) => string): Variable =>
  many(name, (tx) => tx.body.files.map((file) => [file.field, read(file)]));

const fileVariables: Variables = {
  FILES: files('FILES', (file) => file.name),
  FILES_COMBINED_SIZE: one('FILES_COMBINED_SIZE', (tx) =>
    String(tx.body.files.reduce((sum, file) => sum + file.bytes.length, 0)),
  ),
  FILES_NAMES: files('FILES_NAMES', (file) => file.field),
  FILES_SIZES: files('FILES_SIZES', (file) => String(file.bytes.length)),
  FILES_TMP_CONTENT: files('FILES_TMP_CONTENT', (file) => file.bytes),
  MULTIPART_FILENAME: one('MULTIPART_FILENAME', (tx) => tx.body.files.at(-1)?.name ?? ''),
  MULTIPART_NAME: one('MULTIPART_NAME', (tx) => tx.body.files.at(-1)?.field ?? ''),
  MULTIPART_PART_HEADERS: indexed('MULTIPART_PART_HEADERS', (tx) => [tx.body.partHeaders]),
};

/** Any of these, or an error of the processor, makes MULTIPART_STRICT_ERROR. */
const strictFlags = [
  'MULTIPART_BOUNDARY_QUOTED',
  'MULTIPART_BOUNDARY_WHITESPACE',
  'MULTIPART_DATA_BEFORE',
  'MULTIPART_DATA_AFTER',
  'MULTIPART_HEADER_FOLDING',
  'MULTIPART_LF_LINE',
  'MULTIPART_MISSING_SEMICOLON',
  'MULTIPART_INVALID_QUOTING',
  'MULTIPART_INVALID_PART',
  'MULTIPART_INVALID_HEADER_FOLDING',
  'MULTIPART_FILE_LIMIT_EXCEEDED',
] as const;

const otherFlags = ['MULTIPART_UNMATCHED_BOUNDARY', 'MULTIPART_CRLF_LF_LINES'] as const;

const multipartFlags: Variables = {
  ...Object.fromEntries(
    [...strictFlags, ...otherFlags].map((name) => [name, one(name, (tx) => flag(tx.body.flags[name] === true))]),
  ),
  MULTIPART_STRICT_ERROR: one('MULTIPART_STRICT_ERROR', (tx) =>
    flag(
      strictFlags.some((name) => tx.body.flags[name] === true) ||
        (tx.requestProcessor === 'MULTIPART' && tx.body.error !== undefined),
    ),
  ),
};

function fullRequest(tx: TransactionState): string | undefined {
  if (tx.request === undefined) return undefined;
  const headers = tx.request.headers.map(([name, value]) => `${name}: ${value}\n`).join('');
  return `${tx.request.line}\n${headers}\n${tx.bodyPieces.join('')}`;
}

const textVariables: Variables = {
  FULL_REQUEST: one('FULL_REQUEST', fullRequest),
  FULL_REQUEST_LENGTH: one('FULL_REQUEST_LENGTH', (tx) => String(fullRequest(tx)?.length ?? 0)),
  INBOUND_DATA_ERROR: one('INBOUND_DATA_ERROR', (tx) => flag(tx.isBodyCut)),
  REQBODY_ERROR: one('REQBODY_ERROR', (tx) => flag(tx.bodyError !== undefined)),
  REQBODY_ERROR_MSG: one('REQBODY_ERROR_MSG', (tx) => tx.bodyError ?? ''),
  REQBODY_PROCESSOR: one('REQBODY_PROCESSOR', (tx) => tx.requestProcessor),
  REQBODY_PROCESSOR_ERROR: one('REQBODY_PROCESSOR_ERROR', (tx) => flag(tx.body.error !== undefined)),
  REQBODY_PROCESSOR_ERROR_MSG: one('REQBODY_PROCESSOR_ERROR_MSG', (tx) => tx.body.error ?? ''),
  REQUEST_BODY: one('REQUEST_BODY', (tx) => tx.bodyText),
  REQUEST_BODY_LENGTH: one('REQUEST_BODY_LENGTH', (tx) => String(tx.bodyBytes)),
  STREAM_INPUT_BODY: one('STREAM_INPUT_BODY', (tx) => (tx.isBodyExpected ? tx.bodyPieces.join('') : undefined)),
};

/** One value per node that the path finds. `XML` without a path is nothing to look at. */
const xml: Variable = {
  isCollection: true,
  items(tx, selector: Selector | undefined) {
    if (tx.body.xml === undefined || selector?.kind !== 'xpath') return [];
    return tx.body.xml(selector.path).map((value) => ({ variable: 'XML', key: undefined, value }));
  },
};

export const bodyVariables: Variables = {
  ...argumentVariables,
  ...fileVariables,
  ...multipartFlags,
  ...textVariables,
  XML: xml,
};
