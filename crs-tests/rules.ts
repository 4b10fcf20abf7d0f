// The rule set that the corpus is run against: the files of a CRS folder, unmodified, after the settings that CRS's own
// regression tests ask for (its tests/regression/README). Those settings are ours in wording; nothing of CRS is copied.

import { loadRules, type RuleFile, type RuleProblem, type RuleSet, readRules, rulePathsOf } from '#waf';

export interface LoadedRules {
  readonly ruleSet: RuleSet;
  readonly fileCount: number;
}

/** `tests`: as the corpus of CRS asks for; `judging`: as they come, with every level looked for. Nothing is blocked. */
export type Purpose = 'tests' | 'judging';

/** A CRS folder (`crs-setup.conf…`, `rules/`), or a folder of rule files of another origin. */
export async function loadRuleFolder(
  folder: string,
  purpose: Purpose = 'tests',
): Promise<LoadedRules | { readonly problems: readonly RuleProblem[] }> {
  const { setup, rules } = await rulePathsOf(folder);
  const { sources, files, problems } = await readRules([...setup, ...rules]);
  if (problems.length > 0) return { problems };
  const all: RuleFile[] = [
    { file: 'engine-settings.conf', text: engineSettings },
    ...sources.slice(0, setup.length),
    { file: 'test-settings.conf', text: purpose === 'tests' ? testSettings : judgingSettings },
    ...sources.slice(setup.length),
  ];
  const loaded = loadRules(all, files);
  return 'problems' in loaded ? loaded : { ruleSet: loaded.ruleSet, fileCount: all.length };
}

/** What any installation sets before CRS: bodies are read, and by what their type says. */
export const engineSettings = `
SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecRequestBodyJsonDepthLimit 512
SecArgumentsLimit 1000
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application(?:/soap\\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "@rx ^application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@rx ^application/[a-z0-9.-]+[+]json" "id:200006,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQBODY_ERROR "!@eq 0" "id:200002,phase:2,t:none,log,deny,status:400,msg:'Failed to parse request body',logdata:'%{REQBODY_ERROR_MSG}',severity:2"
SecRule MULTIPART_STRICT_ERROR "!@eq 0" "id:200003,phase:2,t:none,log,deny,status:400,msg:'Multipart request body failed strict validation'"
`;

/** Nothing is blocked, everything is judged: the tests look at what is logged. */
export const testSettings = `
SecAction "id:900005,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly,ctl:ruleRemoveById=910000,\\
  setvar:tx.blocking_paranoia_level=4,setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,\\
  setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,\\
  setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"
`;

/** Nothing but the level: bounds on arguments and files are those of the rules. */
const judgingSettings = `
SecAction "id:900005,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly,setvar:tx.blocking_paranoia_level=4"
`;
