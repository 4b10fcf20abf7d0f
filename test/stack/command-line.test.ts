// Words, options and exit codes, with commands made for the test.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandEntry, defineCommand, exitCodes, UsageError } from '../../stack/command.ts';
import { runCommandLine } from '../../stack/command-line.ts';
import { recorder } from './recorder.ts';

const everything = defineCommand({
  options: {
    name: { kind: 'text', short: 'n', summary: 'a text' },
    file: { kind: 'file', summary: 'a file' },
    tag: { kind: 'texts', summary: 'texts' },
    format: { kind: 'choice', choices: ['pretty', 'json'], summary: 'a choice' },
    workers: { kind: 'count', summary: 'a count' },
    'shutdown-timeout': { kind: 'duration', summary: 'a duration' },
    force: { kind: 'flag', summary: 'a flag' },
  },
  positionals: { first: { summary: 'needed', required: true }, rest: { summary: 'others', many: true } },
  examples: [{ line: 'sentinel-stack try x', does: 'tries' }],
  async run({ stdout, json }, given) {
    stdout.write(JSON.stringify({ json, color: stdout.color, ...given }));
    return exitCodes.refused;
  },
});

const broken = defineCommand({
  options: {},
  positionals: {},
  examples: [{ line: 'sentinel-stack break', does: 'breaks' }],
  async run() {
    throw new Error('impossible');
  },
});

const table: readonly CommandEntry[] = [
  { name: 'try', aliases: ['attempt'], group: 'Run it', summary: 'Try it', load: async () => everything },
  { name: 'break', group: 'Tools', summary: 'Break it', load: async () => broken },
  { name: 'help', group: 'Tools', summary: 'Help', load: async () => broken },
];

async function type(line: string | readonly string[], color = false) {
  const [stdout, stderr] = [recorder(color), recorder(color)];
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const code = await runCommandLine(
    words,
    { stdout, stderr, env: {}, cwd: '/', onSignal: () => () => undefined },
    table,
  );
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

async function given(line: string | readonly string[], color = false): Promise<Record<string, unknown>> {
  const { stdout, stderr, code } = await type(line, color);
  assert.equal(code, exitCodes.refused, stderr); // what the command returned
  return JSON.parse(stdout);
}

test('every kind of option and word arrives as declared', async () => {
  const line =
    'try a b c -n shop --file x.kdl --tag one --tag=two --format json --workers 0 --shutdown-timeout 1.5 --force';
  assert.deepEqual(await given(line), {
    json: false,
    color: false,
    name: 'shop',
    file: 'x.kdl',
    tag: ['one', 'two'],
    format: 'json',
    workers: 0,
    'shutdown-timeout': 1500,
    force: true,
    first: 'a',
    rest: ['b', 'c'],
  });
});

test('what is not given is absent, a flag false, a list empty', async () => {
  assert.deepEqual(await given('attempt a'), {
    json: false,
    color: false,
    tag: [],
    force: false,
    first: 'a',
    rest: [],
  });
});

test('numbers stay text where a text is asked for, and a duration knows units', async () => {
  assert.partialDeepStrictEqual(await given('try 007 -n 1e3 --shutdown-timeout 500ms'), {
    first: '007',
    name: '1e3',
    'shutdown-timeout': 500,
  });
});

test('--json and --no-color stand before or after the command; after -- everything is a word', async () => {
  assert.partialDeepStrictEqual(await given('--json try a', true), { json: true, color: false });
  assert.partialDeepStrictEqual(await given('try a --no-color', true), { json: false, color: false });
  assert.partialDeepStrictEqual(await given('try a', true), { json: false, color: true });
  assert.partialDeepStrictEqual(await given('try -- --json -n'), { json: false, first: '--json', rest: ['-n'] });
});

const wrong: readonly (readonly [string | readonly string[], RegExp])[] = [
  ['tyr a', /^error: unknown command 'tyr' \[usage\]\n {2}did you mean `try`\? /],
  ['nonsense', /^error: unknown command 'nonsense' \[usage\]\n {2}`sentinel-stack help` lists them all/],
  ['try a --wrokers 3', /unknown option '--wrokers' \[usage\]\n {2}did you mean --workers\?/],
  ['try a -x', /unknown option '-x'/],
  ['try a --__proto__=x', /unknown option/],
  ['try a --constructor x', /unknown option '--constructor'/],
  ['try a --toString', /unknown option '--toString'/],
  ['-n x try', /option '-n' before the command/],
  ['try a --workers two', /option --workers takes a whole number, not 'two'/],
  ['try a --workers -1', /option --workers/],
  ['try a --shutdown-timeout soon', /takes a time such as 10, 10s or 500ms, not 'soon'/],
  ['try a --format jsno', /takes pretty, json, not 'jsno' \[usage\]\n {2}did you mean 'json'\?/],
  ['try a --file', /option --file needs a value \[usage\]\n {2}write --file FILE/],
  [['try', 'a', '--file', ''], /option --file needs a value/],
  ['try a -n x -n y', /option --name is given twice/],
  ['try', /`try` needs FIRST \[usage\]\n {2}for example: sentinel-stack try x/],
  ['break a', /`break` does not take 'a'/],
];

for (const [line, expected] of wrong) {
  test(`wrong usage, exit code 2: ${[line].flat().join(' ')}`, async () => {
    const { code, stdout, stderr } = await type(line);
    assert.match(stderr, expected);
    assert.deepEqual([code, stdout], [exitCodes.usage, '']);
  });
}

test('nothing typed is the overview; --help is the page of the command, whatever else stands there', async () => {
  assert.match((await type('')).stdout, /^A reverse proxy/);
  assert.match((await type('--help')).stdout, /^A reverse proxy/);
  const page = await type('try --wrokers --help');
  assert.deepEqual([page.code, page.stderr], [0, '']);
  assert.match(page.stdout, /^Try it\n/);
});

test('a usage error as JSON', async () => {
  const { stderr } = await type('tyr --json');
  assert.partialDeepStrictEqual(JSON.parse(stderr), { error: { code: 'usage', what: "unknown command 'tyr'" } });
});

test('our own mistake is exit code 70 with what to report; a usage error of a command is 2', async () => {
  const { code, stderr } = await type('break');
  assert.equal(code, exitCodes.internal);
  assert.match(stderr, /\[internal\]/);
  assert.equal(new UsageError('x').hint, undefined);
});
