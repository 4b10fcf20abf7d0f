// libmodsecurity3 beside us: builds judge.c where the library of Debian is installed (`apt-get install
// libmodsecurity-dev`), hands it requests and reads what it says. Nobody needs it to run or test this project; who
// compares with it must say loudly when it is not there. It refuses to install anything.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

type Header = readonly [name: string, value: string];

/** Byte strings. */
export interface AskedRequest {
  readonly name: string; // of letters, digits, `-_.:`
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly headers: readonly Header[];
  readonly body?: string | undefined;
  readonly response?: { readonly status: number; readonly headers: readonly Header[]; readonly body: string };
}

export interface Judged {
  readonly name: string;
  readonly ids: readonly number[]; // of rules that were logged
  readonly score: number | null;
  readonly status: number;
  readonly isStopped: boolean;
  readonly cpuNs?: number; // of one transaction: the mean, where repeats were asked for
  readonly leastNs?: number;
}

export interface Judgement {
  readonly engine: string; // `ModSecurity v3.0.9 (Linux)`
  readonly loadCpuNs: number;
  readonly residentKb: number; // at the most, with the rules loaded
  readonly judged: readonly Judged[];
}

export interface Asking {
  readonly rules: readonly string[]; // paths of rule files, in their order
  readonly settings?: readonly string[]; // texts of rule files before them
  readonly requests: readonly AskedRequest[];
  readonly repeats?: number; // timed runs of each request; none: what it says counts, not what it costs
  readonly scoreVariable?: string; // `tx.blocking_inbound_anomaly_score`
}

export interface Library extends AsyncDisposable {
  ask(asking: Asking): Promise<Judgement>;
}

/** The library, built; or why it cannot be compared with. */
export async function openLibrary(): Promise<Library | { readonly missing: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-judge-'));
  const program = join(folder, 'judge');
  const source = join(import.meta.dirname, 'judge.c');
  const built = await execa('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source, '-lmodsecurity'], {
    reject: false,
  });
  const leave = () => rm(folder, { recursive: true, force: true });
  if (built.failed) {
    await leave();
    return { missing: missingBecause(built.stderr) };
  }
  return {
    ask: (asking) => ask(program, folder, asking),
    [Symbol.asyncDispose]: leave,
  };
}

/** A compiler or a header that is not there is a reason to skip; a program that does not compile is ours. */
function missingBecause(stderr: string | undefined): string {
  if (stderr === undefined || stderr === '') return 'there is no gcc';
  if (/modsecurity\/\w+\.h: No such file|cannot find -lmodsecurity/.test(stderr))
    return 'libmodsecurity-dev is not installed';
  throw new Error(`judge.c does not compile:\n${stderr}`);
}

async function ask(program: string, folder: string, asking: Asking): Promise<Judgement> {
  const requests = join(folder, 'requests');
  await writeFile(requests, asking.requests.map(framed).join(''), 'latin1');
  const settings: string[] = [];
  for (const [index, text] of (asking.settings ?? []).entries()) {
    settings.push(join(folder, `settings-${index}.conf`));
    await writeFile(settings[index] ?? '', text, 'latin1');
  }
  const flags = ['-r', String(asking.repeats ?? 0), '-s', asking.scoreVariable ?? 'tx.blocking_inbound_anomaly_score'];
  const { stdout } = await execa(program, [...flags, requests, ...settings, ...asking.rules], { maxBuffer: 2 ** 28 });
  const [loaded, ...judged] = stdout.split('\n').map((line) => JSON.parse(line));
  return { ...loaded, judged };
}

/** As judge.c reads it. */
export function framed({ name, method, target, protocol, headers, body, response }: AskedRequest): string {
  return [
    `request ${name}\n`,
    text('M', method),
    text('T', target),
    text('P', protocol),
    ...headers.map((header) => pair('H', header)),
    ...(body === undefined ? [] : [text('B', body)]),
    ...(response === undefined
      ? []
      : [`S ${response.status}\n`, ...response.headers.map((one) => pair('h', one)), text('b', response.body)]),
    'end\n',
  ].join('');
}

const text = (letter: string, bytes: string): string => `${letter} ${bytes.length}\n${bytes}\n`;
const pair = (letter: string, [name, value]: Header): string =>
  `${letter} ${name.length} ${value.length}\n${name}${value}\n`;
