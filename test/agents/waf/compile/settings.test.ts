// Every directive that sets a value: what it sets, what it refuses; what is idle; what is refused and why.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  defaultSettings,
  idleSettings,
  refusedSettings,
  ruleDirectives,
  settingWords,
} from '../../../../agents/waf/compile/settings.ts';
import { complaintsOf, setOf } from './support.ts';

/** For each directive a value that is not its default, and what is then different. */
const effects: Readonly<Record<string, readonly [values: string, change: object]>> = {
  SecArgumentSeparator: [';', { argumentSeparator: ';' }],
  SecArgumentsLimit: ['5', { argumentsMax: 5 }],
  SecAuditEngine: ['On', { audit: { mode: 'on' } }],
  SecAuditLogFormat: ['JSON', { audit: { format: 'json' } }],
  SecAuditLogParts: ['ABZ', { audit: { parts: 'ABZ' } }],
  SecCollectionTimeout: ['5', { collectionTimeoutSecs: 5 }],
  SecCookieFormat: ['1', { cookieVersion: 1 }],
  SecRequestBodyAccess: ['Off', { requestBodyAccess: false }],
  SecRequestBodyJsonDepthLimit: ['5', { jsonDepthMax: 5 }],
  SecRequestBodyLimit: ['5', { requestBodyBytesMax: 5 }],
  SecRequestBodyLimitAction: ['ProcessPartial', { requestBodyLimitAction: 'process-partial' }],
  SecRequestBodyNoFilesLimit: ['5', { requestBodyNoFilesBytesMax: 5 }],
  SecWorkBudget: ['5', { workBudget: 5 }],
  SecResponseBodyAccess: ['On', { responseBodyAccess: true }],
  SecResponseBodyLimit: ['5', { responseBodyBytesMax: 5 }],
  SecResponseBodyLimitAction: ['Reject', { responseBodyLimitAction: 'reject' }],
  SecResponseBodyMimeType: ['text/CSS text/html', { responseBodyTypes: ['text/css', 'text/html'] }],
  SecResponseBodyMimeTypesClear: ['', { responseBodyTypes: [] }],
  SecRuleEngine: ['DetectionOnly', { engine: 'detection-only' }],
  SecSensorId: ['a', { sensorId: 'a' }],
  SecServerSignature: ['a', { serverSignature: 'a' }],
  SecUploadFileLimit: ['5', { uploadFilesMax: 5 }],
  SecWebAppId: ['a', { webAppId: 'a' }],
};

test('each changes what it is for and nothing else', () => {
  for (const { name } of settingWords) {
    if (name === 'SecAuditLogRelevantStatus') continue; // a function: status-table.test.ts
    const [values, change] = effects[name] ?? assert.fail(`${name} has no effect test`);
    const { audit, ...rest } = change as { audit?: object };
    const expected = { ...defaultSettings, ...rest, audit: { ...defaultSettings.audit, ...audit } };
    assert.deepEqual(setOf(`${name.toLowerCase()} ${values}`).settings, expected, name);
  }
});

test('each says what it takes', () => {
  for (const { name } of settingWords) {
    const bad = name === 'SecResponseBodyMimeType' ? '' : '"" x';
    assert.match(
      complaintsOf(`${name} ${bad}`)[0] ?? '',
      new RegExp(`^1:\\d+ ${name} takes .* \\[rule-bad-value\\]`),
      name,
    );
  }
});

test('the last one holds; types of responses add up until they are cleared', () => {
  assert.equal(setOf('SecRuleEngine Off\nSecRuleEngine On').settings.engine, 'on');
  const types = 'SecResponseBodyMimeType a/b\nSecResponseBodyMimeType c/d a/b';
  assert.deepEqual(setOf(types).settings.responseBodyTypes, ['a/b', 'c/d']);
  assert.deepEqual(
    setOf(`${types}\nSecResponseBodyMimeTypesClear\nSecResponseBodyMimeType e/f`).settings.responseBodyTypes,
    ['e/f'],
  );
});

test('what is idle says why, in a warning; what is refused, in an error', () => {
  for (const [name, why] of Object.entries(idleSettings))
    assert.deepEqual(complaintsOf(`${name} x`), [`1:1 ${name} has no effect here [rule-no-effect]; ${why}`]);
  for (const [name, why] of Object.entries(refusedSettings)) {
    assert.deepEqual(complaintsOf(`${name} x`), [`1:1 ${name} is not supported [rule-not-supported]; ${why}`]);
  }
  assert.deepEqual(complaintsOf('SecXmlExternalEntity Off'), []);
});

test('no directive stands in two lists', () => {
  const names = [
    ...settingWords.map(({ name }) => name),
    ...Object.keys(idleSettings),
    ...Object.keys(refusedSettings),
    ...ruleDirectives.map(([name]) => name),
  ];
  assert.deepEqual(names.length, new Set(names.map((name) => name.toLowerCase())).size);
});

test('the directives of the reference are all known', () => {
  const reference =
    'SecAction SecArgumentSeparator SecArgumentsLimit SecAuditEngine SecAuditLog SecAuditLog2 SecAuditLogDirMode SecAuditLogFileMode SecAuditLogFormat SecAuditLogParts SecAuditLogRelevantStatus SecAuditLogStorageDir SecAuditLogType SecCacheTransformations SecChrootDir SecCollectionTimeout SecComponentSignature SecConnEngine SecConnReadStateLimit SecConnWriteStateLimit SecContentInjection SecCookieFormat SecCookieV0Separator SecDataDir SecDataset SecDebugLog SecDebugLogLevel SecDefaultAction SecDisableBackendCompression SecGeoLookupDb SecGsbLookupDb SecGuardianLog SecHashEngine SecHashKey SecHashMethodPm SecHashMethodRx SecHashParam SecHttpBlKey SecIgnoreRuleCompilationErrors SecInterceptOnError SecMarker SecPcreMatchLimit SecPcreMatchLimitRecursion SecRemoteRules SecRemoteRulesFailAction SecRequestBodyAccess SecRequestBodyInMemoryLimit SecRequestBodyJsonDepthLimit SecRequestBodyLimit SecRequestBodyLimitAction SecRequestBodyNoFilesLimit SecResponseBodyAccess SecResponseBodyLimit SecResponseBodyLimitAction SecResponseBodyMimeType SecResponseBodyMimeTypesClear SecRule SecRuleEngine SecRuleInheritance SecRulePerfTime SecRuleRemoveById SecRuleRemoveByMsg SecRuleRemoveByTag SecRuleScript SecRuleUpdateActionById SecRuleUpdateTargetById SecRuleUpdateTargetByMsg SecRuleUpdateTargetByTag SecRxPreFilter SecSensorId SecServerSignature SecStatusEngine SecStreamInBodyInspection SecStreamOutBodyInspection SecTmpDir SecTmpSaveUploadedFiles SecUnicodeCodePage SecUnicodeMapFile SecUploadDir SecUploadFileLimit SecUploadFileMode SecUploadKeepFiles SecWebAppId SecXmlExternalEntity';
  const known = new Set([
    ...settingWords.map(({ name }) => name),
    ...Object.keys(idleSettings),
    ...Object.keys(refusedSettings),
    ...ruleDirectives.map(([name]) => name),
  ]);
  assert.deepEqual(
    reference.split(' ').filter((name) => !known.has(name)),
    [],
  );
});
