// Reads what a request carries into arguments, files and flags: the query string, and the body by its processor. What
// goes wrong is an error that rules can look at (REQBODY_ERROR), never an exception. REQUEST_BODY is there for a form, and
// for a body without a processor when a rule forces it, as in ModSecurity 2.9 (msc_reqbody.c).

import { findingsOf, formPairs } from './processors.ts';
import { headerOf, type Pair } from './request.ts';
import type { TransactionState } from './state.ts';

export function readQuery(tx: TransactionState, query: string): void {
  const { pairs, hasBadEncoding, error } = formPairs(query, tx.ruleSet.settings);
  tx.queryArgs = pairs;
  if (error !== undefined) tx.bodyError = error;
  tx.hasBadQueryEncoding = hasBadEncoding;
}

/** All of the body has come, or there is none. */
export function finishRequestBody(tx: TransactionState): void {
  if (!tx.isBodyExpected || !tx.isRequestBodyRead) return;
  const processor = tx.requestProcessor;
  const text = processor === 'MULTIPART' ? textOf(tx) : withinNoFilesLimit(tx, textOf(tx));
  if (tx.interruption !== undefined) return;
  if (processor === 'URLENCODED' || (processor === '' && tx.isRequestBodyForced)) tx.bodyText = text;
  if (processor === '' || (text === '' && isBegunByBytes(processor))) return;
  const findings = findingsOf(processor, text, contentType(tx), tx.ruleSet.settings);
  tx.body = { ...findings, args: withinLimit(tx, findings.args, tx.queryArgs.length) };
  if (findings.error !== undefined) tx.bodyError = findings.error;
  const fileBytes = findings.files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (text.length - fileBytes > tx.ruleSet.settings.requestBodyNoFilesBytesMax) overNoFilesLimit(tx);
}

/** A body of no bytes is no document, and no mistake either: their parsers begin with the first byte (msc_json.c, msc_xml.c). */
const isBegunByBytes = (processor: string): boolean => processor === 'JSON' || processor === 'XML';

const textOf = (tx: TransactionState): string => {
  const text = tx.bodyPieces.join('');
  tx.bodyPieces = text === '' ? [] : [text];
  return text;
};

const contentType = (tx: TransactionState): string => headerOf(tx.request?.headers ?? [], 'content-type') ?? '';

/** SecArgumentsLimit: what is past it is not looked at, which is an error that rules can refuse. */
function withinLimit(tx: TransactionState, pairs: readonly Pair[], before: number): readonly Pair[] {
  const { argumentsMax } = tx.ruleSet.settings;
  if (before + pairs.length <= argumentsMax) return pairs;
  tx.bodyError = `More than ${argumentsMax} arguments (SecArgumentsLimit)`;
  return pairs.slice(0, Math.max(0, argumentsMax - before));
}

/** SecRequestBodyNoFilesLimit: what is past it is not read, unless it is the content of an uploaded file. */
function withinNoFilesLimit(tx: TransactionState, text: string): string {
  const most = tx.ruleSet.settings.requestBodyNoFilesBytesMax;
  if (text.length <= most) return text;
  overNoFilesLimit(tx);
  return text.slice(0, most);
}

function overNoFilesLimit(tx: TransactionState): void {
  const { requestBodyNoFilesBytesMax: most, requestBodyLimitAction } = tx.ruleSet.settings;
  const reason = `Request body without files is larger than the configured limit (${most}).`;
  tx.isBodyCut = true;
  tx.bodyError ??= reason;
  if (requestBodyLimitAction === 'process-partial' || tx.engine !== 'on') return;
  tx.interruption = { kind: 'deny', status: 413, location: undefined, ruleId: undefined, phase: 2, reason };
}
