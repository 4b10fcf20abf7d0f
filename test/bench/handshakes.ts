// The load of full TLS handshakes, a program: `node test/bench/handshakes.ts PORT SECONDS CONNECTIONS` asks for what the
// work of that name asks for, each time on a connection of its own, and prints how many replies came and the 99th
// percentile of the time they took. wrk is no client for this: it offers its last session again, and servers differ in
// how often they take it (nginx each time, `node:tls` every second time), so they would be compared at different work.
// All are given the same to do here: one key exchange that they all know, the same cipher, and no session to resume.

import assert from 'node:assert/strict';
import { Client } from './load.ts';
import { expectedBody, requestBytes, type Work, works } from './work.ts';

export const handshakeTls = { minVersion: 'TLSv1.3', ecdhCurve: 'X25519', ciphers: 'TLS_AES_128_GCM_SHA256' } as const;

interface Outcome {
  readonly requests: number;
  readonly p99Ms: number;
}

export async function askInHandshakes(port: number, seconds: number, connections: number): Promise<Outcome> {
  const work = works.find(({ name }) => name === 'tls-handshake') as Work;
  const request = requestBytes(work, 0);
  const expected = expectedBody(work, 0);
  const timesMs: number[] = [];
  const endMs = performance.now() + 1000 * seconds;
  const deadline = AbortSignal.timeout(1000 * seconds + lateMs);
  const askOn = async () => {
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      const client = await Client.open(port, true, handshakeTls);
      assert(!client.isResumed, 'the handshake was not a full one');
      const { status, body } = await client.ask(request, deadline);
      assert(status === 200 && body.equals(expected), 'a reply was wrong');
      client.close();
      timesMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, askOn));
  timesMs.sort((one, other) => one - other);
  return { requests: timesMs.length, p99Ms: timesMs[Math.floor(0.99 * timesMs.length)] ?? Number.NaN };
}

const lateMs = 10_000;

if (import.meta.main) {
  const [port, seconds, connections] = process.argv.slice(2).map(Number);
  assert(port !== undefined && seconds !== undefined && connections !== undefined, 'PORT SECONDS CONNECTIONS');
  process.stdout.write(`${JSON.stringify(await askInHandshakes(port, seconds, connections))}\n`);
}
