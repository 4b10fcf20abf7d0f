// Every variable that rules can name, in one table: how it is read from the state of a transaction. Shapes follow
// ModSecurity 2.9 (apache2/re_variables.c): a variable of one value is always there unless the table says otherwise, a
// collection has as many items as it has. Choosing among the items (`ARGS:id`, `&ARGS`) is the work of targets.ts.

import { nameOf } from './item.ts';
import { headerOf, type Pair } from './request.ts';
import type { TransactionState } from './state.ts';
import { bodyVariables } from './variables-body.ts';
import { flag, indexed, many, namesOf, one, type Variable, type Variables } from './variables-kinds.ts';
import { timeVariables } from './variables-time.ts';

const request = (name: string, read: (facts: NonNullable<TransactionState['request']>) => string): Variable =>
  one(name, ({ request: facts }) => (facts === undefined ? undefined : read(facts)));

const requestHeaders = (tx: TransactionState): readonly Pair[] => tx.request?.headers ?? [];
const cookies = (tx: TransactionState): readonly Pair[] => tx.request?.cookies ?? [];
const requestHeader = (tx: TransactionState, name: string): string => headerOf(requestHeaders(tx), name) ?? '';

const requestVariables: Variables = {
  AUTH_TYPE: one('AUTH_TYPE', (tx) => requestHeader(tx, 'Authorization').split(' ', 1)[0]),
  PATH_INFO: request('PATH_INFO', (facts) => facts.filename),
  QUERY_STRING: request('QUERY_STRING', (facts) => facts.query),
  REMOTE_USER: one('REMOTE_USER', (tx) => basicUser(requestHeader(tx, 'Authorization'))),
  REQUEST_BASENAME: request('REQUEST_BASENAME', (facts) => facts.basename),
  REQUEST_COOKIES: indexed('REQUEST_COOKIES', (tx) => [cookies(tx)]),
  REQUEST_COOKIES_NAMES: many('REQUEST_COOKIES_NAMES', (tx) => namesOf(cookies(tx))),
  REQUEST_FILENAME: request('REQUEST_FILENAME', (facts) => facts.filename),
  REQUEST_HEADERS: indexed('REQUEST_HEADERS', (tx) => [requestHeaders(tx)]),
  REQUEST_HEADERS_NAMES: many('REQUEST_HEADERS_NAMES', (tx) => namesOf(requestHeaders(tx))),
  REQUEST_LINE: request('REQUEST_LINE', (facts) => facts.line),
  REQUEST_METHOD: request('REQUEST_METHOD', (facts) => facts.method),
  REQUEST_PROTOCOL: request('REQUEST_PROTOCOL', (facts) => facts.protocol),
  REQUEST_URI: request('REQUEST_URI', (facts) => facts.uri),
  REQUEST_URI_RAW: request('REQUEST_URI_RAW', (facts) => facts.uriRaw),
  SERVER_NAME: one('SERVER_NAME', (tx) => requestHeader(tx, 'Host').replace(/:\d*$/, '')),
};

/** The user of `Authorization: Basic`; '' for none. Nobody has looked at the password. */
function basicUser(header: string): string {
  const encoded = /^basic +([A-Za-z\d+/=]+)/i.exec(header)?.[1];
  return encoded === undefined ? '' : (Buffer.from(encoded, 'base64').toString('latin1').split(':', 1)[0] ?? '');
}

const connectionVariables: Variables = {
  REMOTE_ADDR: one('REMOTE_ADDR', (tx) => tx.connection.clientAddress),
  REMOTE_HOST: one('REMOTE_HOST', (tx) => tx.connection.clientAddress), // names are not looked up
  REMOTE_PORT: one('REMOTE_PORT', (tx) => String(tx.connection.clientPort)),
  SERVER_ADDR: one('SERVER_ADDR', (tx) => tx.connection.serverAddress),
  SERVER_PORT: one('SERVER_PORT', (tx) => String(tx.connection.serverPort)),
  USERAGENT_IP: one('USERAGENT_IP', (tx) => tx.connection.clientAddress),
};

const responseHeaders = (tx: TransactionState): readonly Pair[] => tx.responseHeaders;

const responseVariables: Variables = {
  OUTBOUND_DATA_ERROR: one('OUTBOUND_DATA_ERROR', (tx) => flag(tx.isResponseCut)),
  RESPONSE_BODY: one('RESPONSE_BODY', (tx) => tx.responseText),
  RESPONSE_CONTENT_LENGTH: one('RESPONSE_CONTENT_LENGTH', (tx) => String(tx.responseBytes)),
  RESPONSE_CONTENT_TYPE: one('RESPONSE_CONTENT_TYPE', (tx) =>
    tx.response === undefined ? undefined : (headerOf(tx.responseHeaders, 'Content-Type') ?? ''),
  ),
  RESPONSE_HEADERS: indexed('RESPONSE_HEADERS', (tx) => [responseHeaders(tx)]),
  RESPONSE_HEADERS_NAMES: many('RESPONSE_HEADERS_NAMES', (tx) => namesOf(responseHeaders(tx))),
  RESPONSE_PROTOCOL: one('RESPONSE_PROTOCOL', (tx) => tx.response?.protocol),
  RESPONSE_STATUS: one('RESPONSE_STATUS', (tx) => (tx.response === undefined ? undefined : String(tx.response.status))),
  STATUS_LINE: one('STATUS_LINE', ({ response }) =>
    response === undefined ? undefined : `${response.protocol} ${response.status} ${response.reason ?? ''}`.trimEnd(),
  ),
  STREAM_OUTPUT_BODY: one('STREAM_OUTPUT_BODY', (tx) => tx.responseText),
};

/** What earlier rules left behind. */
const engineVariables: Variables = {
  ENV: many('ENV', (tx) => [...tx.environment]),
  GEO: many('GEO', () => []), // what @geoLookup would find; nobody is asked, so it is empty
  HIGHEST_SEVERITY: one('HIGHEST_SEVERITY', (tx) => String(tx.highestSeverity)),
  MATCHED_VAR: one('MATCHED_VAR', (tx) => tx.matched?.value),
  MATCHED_VAR_NAME: one('MATCHED_VAR_NAME', (tx) => (tx.matched === undefined ? undefined : nameOf(tx.matched))),
  MATCHED_VARS: many('MATCHED_VARS', (tx) => tx.matchedInChain.map((item) => [nameOf(item), item.value])),
  MATCHED_VARS_NAMES: many('MATCHED_VARS_NAMES', (tx) => namesOf(tx.matchedInChain.map((item) => [nameOf(item), '']))),
  MODSEC_BUILD: one('MODSEC_BUILD', () => '020909000'), // of 2.9.9, whose semantics these are
  MSC_PCRE_LIMITS_EXCEEDED: one('MSC_PCRE_LIMITS_EXCEEDED', () => '0'), // expressions here have no limits to exceed
  RULE: many('RULE', ruleFacts),
  SESSIONID: one('SESSIONID', (tx) => tx.sessionId),
  TX: { isCollection: true, items: (tx) => tx.tx.items('TX') },
  UNIQUE_ID: one('UNIQUE_ID', (tx) => tx.uniqueId),
  USERID: one('USERID', (tx) => tx.userId),
  WEBAPPID: one('WEBAPPID', (tx) => tx.ruleSet.settings.webAppId),
};

function ruleFacts({ currentRule: rule }: TransactionState): readonly Pair[] {
  if (rule === undefined) return [];
  const { meta } = rule;
  return [
    ['id', String(rule.id)],
    ...(meta.revision === undefined ? [] : [['rev', meta.revision] as const]),
    ...(meta.severity === undefined ? [] : [['severity', String(meta.severity)] as const]),
    ...(meta.message === undefined ? [] : [['msg', meta.message.source] as const]),
    ...(meta.data === undefined ? [] : [['logdata', meta.data.source] as const]),
    ...(meta.version === undefined ? [] : [['ver', meta.version] as const]),
  ];
}

const persistentNames = ['GLOBAL', 'IP', 'RESOURCE', 'SESSION', 'USER'] as const;

const persistentVariables: Variables = Object.fromEntries(
  persistentNames.map((name) => [
    name,
    { isCollection: true, items: (tx: TransactionState) => tx.records.get(name)?.bag.items(name) ?? [] },
  ]),
);

const table: ReadonlyMap<string, Variable> = new Map(
  Object.entries({
    ...requestVariables,
    ...connectionVariables,
    ...bodyVariables,
    ...responseVariables,
    ...engineVariables,
    ...persistentVariables,
    ...timeVariables,
  }),
);

export const variableNames: readonly string[] = [...table.keys()].sort();

/** `name` in upper case. */
export const variableByName = (name: string): Variable | undefined => table.get(name);
