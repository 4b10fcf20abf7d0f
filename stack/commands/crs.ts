// `sentinel-stack crs`: the regression tests of a rule set. The program that runs them is another room and another
// process; this file starts it with the words it was given, and refuses to know more about it.

import { execa } from 'execa';
import { programFile } from '#config/program-file';
import { defineCommand, type ExitCode, exitCodes, UsageError } from '../command.ts';
import { complain } from '../complain.ts';
import { isVersionAction, runVersionAction, versionActions } from '../crs-versions.ts';

const program = programFile(import.meta.dirname, '..', '..', 'crs-tests');

export const crs = defineCommand({
  details:
    'Tests are in the YAML of go-ftw, as the OWASP Core Rule Set has them. They run against the WAF engine in one process, through a whole stack that is started for them, or against another firewall by its address and its log.',
  options: {
    dir: { kind: 'text', short: 'd', value: 'FOLDER', summary: 'The tests (tests)' },
    rules: { kind: 'text', value: 'FOLDER', summary: 'The rules: a CRS folder (/usr/share/modsecurity-crs)' },
    include: { kind: 'text', short: 'i', value: 'REGEX', summary: 'Only tests whose id matches: ^942' },
    exclude: { kind: 'text', short: 'e', value: 'REGEX', summary: 'No tests whose id matches' },
    'include-tags': { kind: 'text', short: 'T', value: 'REGEX', summary: 'Only tests with such a tag' },
    target: { kind: 'text', value: 'engine|stack|URL', summary: 'What is tested (engine: in process)' },
    output: {
      kind: 'choice',
      short: 'o',
      choices: ['normal', 'quiet', 'json', 'github', 'junit', 'markdown'],
      summary: 'How the outcome is told (normal)',
    },
    file: { kind: 'text', short: 'f', value: 'FILE', summary: 'Where the outcome is written (standard output)' },
    config: { kind: 'text', value: 'FILE', summary: "go-ftw's .ftw.yaml: what it says and the command does not" },
    overrides: { kind: 'text', value: 'FILE', summary: "go-ftw's overrides: what to expect instead" },
    ledger: { kind: 'text', value: 'FILE', summary: 'Tests that are known to fail, with reasons' },
    'update-ledger': { kind: 'flag', summary: 'Write into the ledger what failed now' },
    sha256: { kind: 'text', value: 'SUM', summary: 'install: what the archive must come to' },
    signature: { kind: 'file', value: 'FILE', summary: 'install: a detached signature, checked by gpgv' },
    keyring: { kind: 'file', value: 'FILE', summary: 'install: the keys that may have signed' },
    jobs: {
      kind: 'text',
      short: 'j',
      value: 'N',
      summary: 'Tests side by side (as many as there are processors; stack: 32)',
    },
    'fail-fast': { kind: 'flag', summary: 'Stop at the first test that fails' },
    'show-failures-only': { kind: 'flag', summary: 'Leave out what passed' },
    'log-file': {
      kind: 'text',
      short: 'l',
      value: 'FILE',
      summary: 'URL: the log in which that firewall tells matches',
    },
    'log-marker-header': { kind: 'text', value: 'NAME', summary: 'URL: the header that its log shows (X-CRS-Test)' },
    'max-marker-retries': { kind: 'text', value: 'N', summary: 'URL: how often a marker is sent (20)' },
    'max-marker-log-lines': { kind: 'text', value: 'N', summary: 'URL: lines in which a marker is looked for (500)' },
    'wait-for-timeout': { kind: 'text', value: 'TIME', summary: 'URL: until it answers at first (10s)' },
    'rate-limit': { kind: 'text', short: 'r', value: 'TIME', summary: 'URL: a rest between two tests (0s)' },
    'skip-tls-verification': { kind: 'flag', summary: 'URL: take any certificate' },
    'connect-timeout': { kind: 'text', value: 'TIME', summary: 'stack, URL: for a connection (3s)' },
    'read-timeout': { kind: 'text', value: 'TIME', summary: 'stack, URL: for an answer (60s, 10s)' },
    port: { kind: 'text', value: 'N', summary: 'backend: where it listens (one that is free)' },
    levels: { kind: 'flag', summary: 'report: attacks refused by category and paranoia level, whatever the rule' },
    count: { kind: 'text', value: 'N', summary: 'quantitative: so many clean requests (20000)' },
    seed: { kind: 'text', value: 'N', summary: 'quantitative: which clean requests (1)' },
    texts: { kind: 'text', value: 'FILE', summary: 'quantitative: lines of a file in place of the generated requests' },
    baseline: { kind: 'text', value: 'FILE', summary: 'quantitative: fail where a rule matched more often than this' },
    'update-baseline': { kind: 'flag', summary: 'quantitative: write the baseline anew' },
  },
  positionals: {
    action: {
      summary:
        'run, check the files, report as a page, count clean requests that are refused (quantitative), or serve as the backend that tests expect; install, use, list or rollback versions of CRS',
      required: true,
      choices: ['run', 'check', 'report', 'quantitative', 'backend', ...versionActions],
    },
    what: { summary: 'install: the archive, a .tar.gz or a URL; use: the version' },
  },
  examples: [
    { line: 'sentinel-stack crs run -d tests --rules /usr/share/modsecurity-crs', does: 'all tests, one line each' },
    { line: 'sentinel-stack crs run -d tests --rules crs -i ^942100 -o json', does: 'those of one rule, as data' },
    { line: 'sentinel-stack crs run -d tests --rules crs --target stack', does: 'through a stack, as clients meet it' },
    {
      line: 'sentinel-stack crs run -d tests --target http://127.0.0.1:8080 -l error.log',
      does: 'against another firewall',
    },
    { line: 'sentinel-stack crs check -d tests', does: 'what is wrong with the files' },
    { line: 'sentinel-stack crs quantitative --rules waf-rules/sentinel', does: 'what rules are wrong about' },
    {
      line: 'sentinel-stack crs install coreruleset-4.28.0-minimal.tar.gz',
      does: 'checks it, and keeps it for rules "crs"',
    },
  ],
  async run(context, { action, what, sha256, signature, keyring, ...given }) {
    if (isVersionAction(action)) return runVersionAction(context, action, what, { sha256, signature, keyring });
    if (what !== undefined) throw new UsageError(`'${what}' is one word too many for crs ${action}`);
    const words = Object.entries({ ...given, output: given.output ?? (context.json ? 'json' : undefined) }).flatMap(
      ([name, value]) => (value === true ? [`--${name}`] : typeof value === 'string' ? [`--${name}=${value}`] : []),
    );
    const child = execa(process.execPath, [program, action, ...words], {
      cwd: context.cwd,
      stdin: 'ignore',
      reject: false,
      buffer: false,
      forceKillAfterDelay: false, // it stops what it has started, which takes its time
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => context.stdout.write(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => context.stderr.write(text));
    const forget = (['SIGINT', 'SIGTERM'] as const).map((name) => context.onSignal(name, () => child.kill(name)));
    const { exitCode, signal } = await child;
    for (const stop of forget) stop();
    if (exitCode !== undefined) return asExitCode(exitCode);
    complain(context, { code: 'tests-ended', what: `the tests were ended by ${signal ?? 'the system'}` });
    return exitCodes.killed;
  },
});

function asExitCode(code: number): ExitCode {
  return Object.values(exitCodes).find((known) => known === code) ?? exitCodes.refused;
}
