// Directives that set a value: one table of all of the reference, for the checker and for docs/seclang.md. Three kinds:
// what works, what is accepted without an effect (a warning says why: the recommended files of ModSecurity and Coraza
// load as they are), and what is refused with what to use instead.
//
// Where ModSecurity's own default is to see nothing, the default here is to see: a set of rules that is loaded is meant.

import { wafRunLimits } from '#config/limits-waf-run';
import type { SettingStatement, Word } from '../lang/tree.ts';
import type { Complaints } from './complaints.ts';
import { auditModes, engineModes } from './controls.ts';
import type { AuditSettings, Settings } from './rule-set.ts';
import { statusTable } from './status-table.ts';

export const defaultSettings: Settings = {
  engine: 'on',
  requestBodyAccess: true,
  requestBodyBytesMax: 13_107_200, // as modsecurity.conf-recommended, and so are those below
  requestBodyNoFilesBytesMax: 131_072,
  requestBodyLimitAction: 'reject',
  jsonDepthMax: 512,
  argumentsMax: 1000,
  workBudget: wafRunLimits.workUnits,
  argumentSeparator: '&',
  cookieVersion: 0,
  uploadFilesMax: 100,
  responseBodyAccess: false,
  responseBodyBytesMax: 524_288,
  responseBodyLimitAction: 'process-partial',
  responseBodyTypes: ['text/plain', 'text/html', 'text/xml'],
  audit: {
    mode: 'relevant-only',
    parts: 'ABIJDEFHZ',
    format: 'native',
    isRelevantStatus: () => false,
  },
  collectionTimeoutSecs: 3600,
  webAppId: 'default',
  sensorId: 'default',
  serverSignature: undefined,
};

/** The new settings, or what the value must be. */
type Apply = (values: readonly string[], settings: Settings) => Settings | string;

export interface SettingWord {
  readonly name: string;
  readonly does: string;
  readonly apply: Apply;
}

const word = (name: string, does: string, apply: Apply): SettingWord => ({ name, does, apply });

/** One value that a function reads; the text says what it must be. */
function single<T>(
  read: (value: string) => T | undefined,
  must: string,
  put: (value: T, settings: Settings) => Settings,
): Apply {
  return ([value = '', ...more], settings) => {
    const found = more.length > 0 ? undefined : read(value);
    return found === undefined ? must : put(found, settings);
  };
}

const choice =
  <T>(table: Readonly<Record<string, T>>) =>
  (value: string): T | undefined => {
    const key = value.toLowerCase();
    return Object.hasOwn(table, key) ? table[key] : undefined;
  };

const number =
  (least: number, most: number) =>
  (value: string): number | undefined =>
    /^\d{1,12}$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : undefined;

const text = (value: string): string | undefined => (value === '' ? undefined : value);
const onOff = choice({ on: true, off: false });
const limitAction = choice({ reject: 'reject', processpartial: 'process-partial' } as const);
const GiB = 1024 ** 3;

const audit = (settings: Settings, change: Partial<AuditSettings>): Settings => ({
  ...settings,
  audit: { ...settings.audit, ...change },
});

const words: readonly SettingWord[] = [
  word(
    'SecArgumentSeparator',
    'what parts arguments: one character',
    single(
      (value) => (value.length === 1 ? value : undefined),
      'one character',
      (argumentSeparator, settings) => ({ ...settings, argumentSeparator }),
    ),
  ),
  word(
    'SecArgumentsLimit',
    'how many arguments are read',
    single(number(1, 1_000_000), 'a number from 1', (argumentsMax, settings) => ({ ...settings, argumentsMax })),
  ),
  word(
    'SecAuditEngine',
    'which transactions are written to the audit log',
    single(choice(auditModes), 'On, Off or RelevantOnly', (mode, settings) => audit(settings, { mode })),
  ),
  word(
    'SecAuditLogFormat',
    'Native or JSON',
    single(choice({ native: 'native', json: 'json' } as const), 'Native or JSON', (format, settings) =>
      audit(settings, { format }),
    ),
  ),
  word(
    'SecAuditLogParts',
    'which parts are written',
    single(
      (value) => (/^A[B-K]*Z$/.test(value) ? value : undefined),
      'letters from A to Z, of B to K between, as in ABIJDEFHZ',
      (parts, settings) => audit(settings, { parts }),
    ),
  ),
  word('SecAuditLogRelevantStatus', 'which statuses are relevant: an expression', ([value = '', ...more], settings) => {
    const table = more.length > 0 ? 'one expression' : statusTable(value);
    return typeof table === 'string' ? table : audit(settings, { isRelevantStatus: table });
  }),
  word(
    'SecCollectionTimeout',
    'seconds that a persistent record lives',
    single(number(1, 31_536_000), 'seconds, from 1', (collectionTimeoutSecs, settings) => ({
      ...settings,
      collectionTimeoutSecs,
    })),
  ),
  word(
    'SecCookieFormat',
    '0 or 1: how cookies are read',
    single(choice({ '0': 0, '1': 1 } as const), '0 or 1', (cookieVersion, settings) => ({
      ...settings,
      cookieVersion,
    })),
  ),
  word(
    'SecRequestBodyAccess',
    'whether request bodies are looked at',
    single(onOff, 'On or Off', (requestBodyAccess, settings) => ({ ...settings, requestBodyAccess })),
  ),
  word(
    'SecRequestBodyJsonDepthLimit',
    'how deep JSON is read',
    single(number(1, 10_000), '1 to 10000', (jsonDepthMax, settings) => ({ ...settings, jsonDepthMax })),
  ),
  word(
    'SecRequestBodyLimit',
    'how many bytes are looked at',
    single(number(1, GiB), 'bytes, 1 to 1073741824', (requestBodyBytesMax, settings) => ({
      ...settings,
      requestBodyBytesMax,
    })),
  ),
  word(
    'SecWorkBudget',
    'how much work a transaction may cost, in bytes that are scanned, changed or searched: ours alone',
    single(number(0, 999_999_999_999), 'a number of bytes', (workBudget, settings) => ({ ...settings, workBudget })),
  ),
  word(
    'SecRequestBodyLimitAction',
    'Reject what is longer, or ProcessPartial',
    single(limitAction, 'Reject or ProcessPartial', (requestBodyLimitAction, settings) => ({
      ...settings,
      requestBodyLimitAction,
    })),
  ),
  word(
    'SecRequestBodyNoFilesLimit',
    'how many bytes of it may be other than files',
    single(number(1, GiB), 'bytes, 1 to 1073741824', (requestBodyNoFilesBytesMax, settings) => ({
      ...settings,
      requestBodyNoFilesBytesMax,
    })),
  ),
  word(
    'SecResponseBodyAccess',
    'whether response bodies are looked at',
    single(onOff, 'On or Off', (responseBodyAccess, settings) => ({ ...settings, responseBodyAccess })),
  ),
  word(
    'SecResponseBodyLimit',
    'how many bytes of a response are looked at',
    single(number(1, GiB), 'bytes, 1 to 1073741824', (responseBodyBytesMax, settings) => ({
      ...settings,
      responseBodyBytesMax,
    })),
  ),
  word(
    'SecResponseBodyLimitAction',
    'Reject what is longer, or ProcessPartial',
    single(limitAction, 'Reject or ProcessPartial', (responseBodyLimitAction, settings) => ({
      ...settings,
      responseBodyLimitAction,
    })),
  ),
  word(
    'SecResponseBodyMimeType',
    'which types of responses are looked at, beside those named before',
    (values, settings) => {
      const types = values.map((value) => value.toLowerCase());
      if (types.length === 0) return 'types such as text/html';
      const before = settings.responseBodyTypes === defaultSettings.responseBodyTypes ? [] : settings.responseBodyTypes;
      return { ...settings, responseBodyTypes: [...new Set([...before, ...types])] };
    },
  ),
  word('SecResponseBodyMimeTypesClear', 'forgets the types named before', (values, settings) =>
    values.length > 0 ? 'nothing' : { ...settings, responseBodyTypes: [] },
  ),
  word(
    'SecRuleEngine',
    'On, Off, or DetectionOnly: nothing is refused',
    single(choice(engineModes), 'On, Off or DetectionOnly', (engine, settings) => ({ ...settings, engine })),
  ),
  word(
    'SecSensorId',
    'the name of this host in the audit log',
    single(text, 'a name', (sensorId, settings) => ({ ...settings, sensorId })),
  ),
  word(
    'SecServerSignature',
    'the name of the server in the audit log',
    single(text, 'a text', (serverSignature, settings) => ({ ...settings, serverSignature })),
  ),
  word(
    'SecUploadFileLimit',
    'how many files of an upload are read',
    single(number(1, 100_000), '1 to 100000', (uploadFilesMax, settings) => ({ ...settings, uploadFilesMax })),
  ),
  word(
    'SecWebAppId',
    'the name of the application: persistent records are its own',
    single(text, 'a name', (webAppId, settings) => ({ ...settings, webAppId })),
  ),
];

const namedInConfiguration =
  'files that are written are named in the configuration: waf { audit-log { path; storage-dir } }';
const linear = 'expressions run in steps that are bounded by the size of the value';
const inMemory = 'bodies are held in memory, within SecRequestBodyLimit';
const ownState = 'persistent records are kept where the agent is told to keep them';

/** Accepted, without effect. */
const idleWords: Readonly<Record<string, string>> = {
  SecAuditLog: namedInConfiguration,
  SecAuditLogDirMode: 'the agent makes its folders for its own user alone',
  SecAuditLogFileMode: 'the agent makes its files for its own user alone',
  SecAuditLogStorageDir: namedInConfiguration,
  SecAuditLogType: namedInConfiguration,
  SecCacheTransformations: 'how often a value is transformed is up to the engine; verdicts are the same',
  SecDataDir: ownState,
  SecDebugLog: 'there is no debug log; `waf explain` shows what each rule does for one request',
  SecDebugLogLevel: 'there is no debug log; `waf explain` shows what each rule does for one request',
  SecDisableBackendCompression:
    'responses are looked at as they come; let the route take Accept-Encoding out of requests',
  SecPcreMatchLimit: linear,
  SecPcreMatchLimitRecursion: linear,
  SecRequestBodyInMemoryLimit: inMemory,
  SecRulePerfTime: 'what a rule costs is not logged with each transaction',
  SecRxPreFilter: 'which expressions are tried first is up to the engine; verdicts are the same',
  SecStatusEngine: 'nothing is ever sent to anybody',
  SecStreamInBodyInspection: 'STREAM_INPUT_BODY is always there',
  SecStreamOutBodyInspection: 'STREAM_OUTPUT_BODY is always there',
  SecTmpDir: inMemory,
  SecTmpSaveUploadedFiles: inMemory,
  SecUnicodeCodePage: 'the code page is named by SecUnicodeMapFile',
  SecUploadDir: inMemory,
  SecUploadFileMode: inMemory,
};

const noHash = 'links in pages are not signed; protect what they do with tokens of the application';
const noConnections = 'connections are bounded by the proxy: see limits.max-connections-per-client';
const noLookups =
  'nobody is asked about a client while it waits; use @ipMatchFromFile with a list that is kept fresh, or the denylist agent';

/** Refused, with what to do instead. */
const refusedWords: Readonly<Record<string, string>> = {
  SecAuditLog2: 'there is one audit log; let a program copy it',
  SecChrootDir: 'the agent is confined by the supervisor: see its user and systemd unit',
  SecConnEngine: noConnections,
  SecConnReadStateLimit: noConnections,
  SecConnWriteStateLimit: noConnections,
  SecContentInjection: 'pages are not changed by rules; let the upstream or the proxy do it',
  SecCookieV0Separator: 'cookies are parted by semicolons, as browsers do',
  SecDataset: 'lists stand in files of their own; use @pmFromFile or @ipMatchFromFile',
  SecGeoLookupDb: 'no database of countries is read; let the proxy in front send the country in a header',
  SecGsbLookupDb: noLookups,
  SecGuardianLog: 'no program is fed by a pipe; let it read the audit log',
  SecHashEngine: noHash,
  SecHashKey: noHash,
  SecHashMethodPm: noHash,
  SecHashMethodRx: noHash,
  SecHashParam: noHash,
  SecHttpBlKey: noLookups,
  SecIgnoreRuleCompilationErrors: 'a rule that cannot be read is never left out silently; mend it or remove it',
  SecInterceptOnError: 'what happens when the engine fails is the failure-mode of the agent in the configuration',
  SecParseXmlIntoArgs: 'write XML:/* and XML://@* beside ARGS, as the Core Rule Set does',
  SecPdfProtect: 'readers of PDF have mended this since 2007; leave it out',
  SecReadStateLimit: noConnections,
  SecRemoteRules:
    'rules are never fetched while starting; fetch them with a program that checks who signed them, and Include the file',
  SecRemoteRulesFailAction: 'rules are never fetched; see SecRemoteRules',
  SecRuleInheritance: 'a route has a set of rules of its own, nothing is inherited; Include what is shared',
  SecRuleScript: 'rules start no scripts; write an agent, in any language: see agents/protocol',
  SecSessionRegexp: 'use setsid',
  SecUploadKeepFiles: 'uploads are held in memory and never kept; let the application keep them',
  SecWriteStateLimit: noConnections,
  SecXmlExternalEntity: 'external entities are never read',
};

const wordsByName = new Map(words.map((one) => [one.name.toLowerCase(), one]));
const lowered = (table: Readonly<Record<string, string>>) =>
  new Map(Object.entries(table).map(([name, why]) => [name.toLowerCase(), [name, why] as const]));
const idleByName = lowered(idleWords);
const refusedByName = lowered(refusedWords);

export const settingWords = words;
export const idleSettings = idleWords;
export const refusedSettings = refusedWords;

/** The settings with what a directive says. */
export function applySetting(statement: SettingStatement, settings: Settings, complaints: Complaints): Settings {
  const { name, values, place } = statement;
  const known = wordsByName.get(name.toLowerCase());
  if (known === undefined) {
    complainOf(statement, complaints);
    return settings;
  }
  const applied = known.apply(
    values.map((value) => value.text),
    settings,
  );
  if (typeof applied !== 'string') return applied;
  complaints.error(values[0]?.place ?? place, 'rule-bad-value', `${known.name} takes ${applied}`);
  return settings;
}

function complainOf({ name, place, values }: SettingStatement, complaints: Complaints): void {
  const key = name.toLowerCase();
  const [idle, refused] = [idleByName.get(key), refusedByName.get(key)];
  if (key === 'secxmlexternalentity' && isOff(values)) return;
  if (idle !== undefined) complaints.warn(place, `${idle[0]} has no effect here`, idle[1]);
  else if (refused !== undefined)
    complaints.error(place, 'rule-not-supported', `${refused[0]} is not supported`, refused[1]);
  else if (name.startsWith('<'))
    complaints.error(
      place,
      'rule-not-supported',
      `sections of Apache such as '${name}' are not supported`,
      'a route has a set of rules of its own: put what is for it into its own file',
    );
  else complaints.unknown(place, 'directive', name, directiveNames());
}

const isOff = (values: readonly Word[]): boolean => values[0]?.text.toLowerCase() === 'off';

/** Directives that are statements of their own; what each does, for the page. */
export const ruleDirectives: ReadonlyArray<readonly [name: string, does: string]> = [
  ['SecRule', 'targets, an operator and actions'],
  ['SecAction', 'actions, always'],
  ['SecUnicodeMapFile', 'a file and a code page: what urlDecodeUni makes of %uXXXX'],
  ['SecMarker', 'where skipAfter goes on'],
  ['SecDefaultAction', 'what rules of a phase inherit that follow it'],
  ['SecComponentSignature', 'the name of a set of rules in the audit log'],
  ['SecRuleRemoveById', 'takes rules before it out, by id or range'],
  ['SecRuleRemoveByTag', 'by an expression on their tags'],
  ['SecRuleRemoveByMsg', 'by an expression on their message'],
  ['SecRuleUpdateTargetById', 'adds, excludes or replaces targets of rules before it'],
  ['SecRuleUpdateTargetByTag', 'by an expression on their tags'],
  ['SecRuleUpdateTargetByMsg', 'by an expression on their message'],
  ['SecRuleUpdateActionById', 'lays actions over those of a rule before it'],
  ['Include', 'reads other files here, by name or pattern'],
  ['IncludeOptional', 'the same, and no file is no mistake'],
];

function directiveNames(): string[] {
  return [
    ...ruleDirectives.map(([name]) => name),
    ...words.map(({ name }) => name),
    ...Object.keys(idleWords),
    ...Object.keys(refusedWords),
  ];
}
