// What the tests of targets that fail share: a configuration read in one line, a worker before several targets, and
// upstreams that can be told by path what to answer.

import assert from 'node:assert/strict';
import { loadText } from '#config/load';
import { formatProblems } from '#config/report';
import type { RouteConfig, UpstreamConfig } from '#config/schema';
import { type Behaviour, Upstream } from '../../fixtures/upstream.ts';
import { RawClient, statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

export interface Setting {
  readonly targets?: readonly string[];
  readonly firstWeight?: number; // of the first target; the others have 1
  readonly inUpstream?: string;
  readonly route?: string;
  readonly more?: string;
}

export function kdlOf({
  targets = ['127.0.0.1:1'],
  firstWeight = 1,
  inUpstream = '',
  route = '',
  more = '',
}: Setting): string {
  const written = targets
    .map((address, index) => `target "${address}" weight=${index === 0 ? firstWeight : 1}`)
    .join('; ');
  return `schema-version "1"
listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "site" { upstream "u"; ${route} } }
upstreams { upstream "u" { ${written}; ${inUpstream} } }
${more}`;
}

export function upstreamConfig(setting: Setting): { readonly upstream: UpstreamConfig; readonly route: RouteConfig } {
  const loaded = loadText('test.kdl', kdlOf(setting));
  assert(loaded.ok, formatProblems(loaded.problems));
  const { upstreams, routes } = loaded.config;
  assert(upstreams[0] !== undefined && routes[0] !== undefined);
  return { upstream: upstreams[0], route: routes[0] };
}

export const startWorker = (setting: Setting): Promise<TestWorker> => TestWorker.start(kdlOf(setting));

export const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`;

/** Asks once for each, one after the other, on one connection; the statuses. */
export async function statuses(worker: TestWorker, count: number, bytes = get()): Promise<number[]> {
  const found: number[] = [];
  await using client = await worker.open();
  for (let asked = 0; asked < count; asked += 1) {
    client.received = '';
    client.send(bytes);
    await client.sees(isWhole);
    found.push(statusOf(client.received));
  }
  return found;
}

/** A reply with a declared length has come. */
export function isWhole(received: string): boolean {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return length !== undefined && rest.join('\r\n\r\n').length >= Number(length);
}

/** An upstream that answers each request with what the function says for its path: a status, or nothing at all. */
export async function answering(
  statusFor: (path: string, host: string) => number | undefined,
  body = 'ok',
): Promise<Upstream & { readonly paths: string[] }> {
  const paths: string[] = [];
  const behaviour: Behaviour = (received) => {
    const heads = received.bytes.split('\r\n\r\n');
    received.bytes = heads.at(-1) ?? '';
    let answer = '';
    for (const head of heads.slice(0, -1)) {
      const path = head.split(' ')[1] ?? '';
      paths.push(path);
      const status = statusFor(path, /^host: (.*)$/im.exec(head)?.[1] ?? '');
      if (status !== undefined) answer += `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    }
    return answer === '' ? undefined : answer;
  };
  return Object.assign(await Upstream.start(behaviour), { paths });
}

/** The address of a port that refuses. */
export async function refusing(): Promise<string> {
  const gone = await Upstream.start();
  const { address } = gone;
  await gone[Symbol.asyncDispose]();
  return address;
}

export function openClient(worker: TestWorker): Promise<RawClient> {
  return RawClient.open(worker.port);
}

/** The events that were logged, in order. */
export function eventsOf(worker: TestWorker, event: string): readonly Readonly<Record<string, unknown>>[] {
  return worker.logged.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}
