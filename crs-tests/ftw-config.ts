// go-ftw's own configuration, `.ftw.yaml`, for those who have one: where the firewall is, what it logs, which tests are
// ignored or forced there and why. What it says is taken as if it stood on the command line, which comes first. A key that
// would have no effect here is refused with a reason: a test that runs otherwise than its author wrote proves nothing.

import { parse } from 'yaml';
import { z } from 'zod';
import type { Case } from './case.ts';

export interface FtwConfig {
  /** As options of the command line. */
  readonly values: Readonly<Record<string, string | true>>;
  readonly target: string | undefined;
  readonly ignored: readonly Forced[];
  readonly passed: readonly Forced[];
  readonly failed: readonly Forced[];
}

export interface Forced {
  readonly tests: RegExp; // ids
  readonly reason: string;
}

export const noConfig: FtwConfig = { values: {}, target: undefined, ignored: [], passed: [], failed: [] };

const text = z.string();
const flag = z.enum(['true', 'false']);
const forced = z.record(z.string(), z.string()).default({});
const schema = z.strictObject({
  logfile: text.optional(),
  logmarkerheadername: text.optional(),
  maxmarkerretries: text.optional(),
  maxmarkerloglines: text.optional(),
  mode: z.literal('default', 'only mode default is there: without a log a test proves nothing').optional(),
  include: text.optional(),
  exclude: text.optional(),
  include_tags: text.optional(),
  skip_tls_verification: flag.optional(),
  testoverride: z
    .strictObject({
      input: z
        .strictObject({ dest_addr: text.optional(), port: text.optional(), protocol: text.optional() })
        .default({}),
      ignore: forced,
      forcepass: forced,
      forcefail: forced,
    })
    .default({ input: {}, ignore: {}, forcepass: {}, forcefail: {} }),
});

const optionOf = {
  logfile: 'log-file',
  logmarkerheadername: 'log-marker-header',
  maxmarkerretries: 'max-marker-retries',
  maxmarkerloglines: 'max-marker-log-lines',
  include: 'include',
  exclude: 'exclude',
  include_tags: 'include-tags',
} as const;

export function readFtwConfig(source: string): FtwConfig | { readonly problem: string } {
  let root: unknown;
  try {
    root = parse(source, { schema: 'failsafe' });
  } catch (error) {
    return { problem: (error as Error).message.split('\n', 1)[0] ?? '' };
  }
  const read = schema.safeParse(root === null ? {} : root);
  if (!read.success) {
    const [{ path, message } = { path: [], message: '' }] = read.error.issues;
    return { problem: [...path, message].join(': ') };
  }
  return configOf(read.data);
}

function configOf(data: z.output<typeof schema>): FtwConfig | { readonly problem: string } {
  const { input, ignore, forcepass, forcefail } = data.testoverride;
  const values: Record<string, string | true> = {};
  for (const [key, option] of Object.entries(optionOf)) {
    const value = data[key as keyof typeof optionOf];
    if (value !== undefined) values[option] = value;
  }
  if (data.skip_tls_verification === 'true') values['skip-tls-verification'] = true;
  try {
    return {
      values,
      target: targetFrom(input),
      ignored: forcedOf(ignore),
      passed: forcedOf(forcepass),
      failed: forcedOf(forcefail),
    };
  } catch (error) {
    return { problem: (error as Error).message }; // an expression that is none
  }
}

function targetFrom({
  dest_addr: host,
  port,
  protocol = 'http',
}: Record<string, string | undefined>): string | undefined {
  if (host === undefined && port === undefined) return undefined;
  return `${protocol}://${host ?? 'localhost'}${port === undefined ? '' : `:${port}`}`;
}

const forcedOf = (entries: Readonly<Record<string, string>>): readonly Forced[] =>
  Object.entries(entries).map(([pattern, reason]) => ({ tests: new RegExp(pattern), reason }));

/** What becomes of a test without its being run; go-ftw asks in this order. */
export function fateOf({ ignored, passed, failed }: FtwConfig, { id }: Case): 'ignored' | 'passed' | 'failed' | 'run' {
  const holds = ({ tests }: Forced): boolean => tests.test(id);
  if (ignored.some(holds)) return 'ignored';
  if (failed.some(holds)) return 'failed';
  return passed.some(holds) ? 'passed' : 'run';
}
