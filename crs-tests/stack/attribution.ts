// Which lines of the stack's logs belong to which test, while many tests run at once. The shaping decision: each test
// comes from a loopback address of its own (127.1.0.1, 127.1.0.2, …), so nothing in the bytes of its request is touched;
// its access lines tell the ids of its requests, and alert lines carry those ids. A request that was shown to the
// firewall is complete with the line of the last rule. Pure: lines in, answers out; it refuses to wait.

import { transactionOf } from '../wire/marker.ts';
import { endId } from './configuration.ts';

export interface StageLog {
  readonly lines: readonly string[]; // of alerts, without the last
  readonly notes: readonly string[]; // what the proxy says of it
}

interface Access {
  readonly requestId: string;
  readonly isShown: boolean; // to the firewall
  readonly notes: readonly string[];
}

export class Attribution {
  readonly #accesses = new Map<string, Access[]>(); // by the client's address
  readonly #alerts = new Map<string, string[]>(); // by request id
  readonly #ended = new Set<string>(); // request ids

  addAccessLine(line: string): void {
    const access = readAccess(line);
    if (access === undefined) return;
    this.#accesses.set(access.client, [...(this.#accesses.get(access.client) ?? []), access]);
  }

  addAlertLine(line: string): void {
    const id = transactionOf(line);
    if (id === undefined) return;
    if (line.includes(`[id "${endId}"]`)) this.#ended.add(id);
    else this.#alerts.set(id, [...(this.#alerts.get(id) ?? []), line]);
  }

  /** All of a client's, once there is a request and each that was shown has ended; then it is forgotten. */
  take(client: string): StageLog | undefined {
    const accesses = this.#accesses.get(client) ?? [];
    if (accesses.length === 0) return undefined;
    if (accesses.some(({ isShown, requestId }) => isShown && !this.#ended.has(requestId))) return undefined;
    this.#accesses.delete(client);
    const lines = accesses.flatMap(({ requestId }) => this.#alerts.get(requestId) ?? []);
    for (const { requestId } of accesses) {
      this.#alerts.delete(requestId);
      this.#ended.delete(requestId);
    }
    return { lines, notes: accesses.flatMap(({ notes }) => notes) };
  }
}

interface AccessLine {
  readonly request_id: string;
  readonly client_ip: string;
  readonly status: number;
  readonly refusal?: string;
  readonly error?: string;
  readonly agents?: readonly { readonly decision: string }[];
}

function readAccess(line: string): (Access & { readonly client: string }) | undefined {
  let value: AccessLine;
  try {
    value = JSON.parse(line) as AccessLine; // written by the proxy, and by nobody else
  } catch {
    return undefined;
  }
  const { request_id, client_ip, refusal, error, status, agents = [] } = value;
  const why = [refusal, error].filter((word) => word !== undefined).join(', ');
  return {
    client: client_ip,
    requestId: request_id,
    isShown: agents.some(({ decision }) => !decision.startsWith('failed-')),
    notes: [
      ...(why === '' ? [] : [`the proxy answered ${status}: ${why}`]),
      ...(agents.length === 0 ? ['the firewall was not asked'] : []),
    ],
  };
}

/** 127.1.0.1 for the first; every address of 127.0.0.0/8 is this machine's own. */
export function clientAddress(index: number): string {
  const number = index % (250 * 250 * 250);
  const [low, middle, high] = [number % 250, Math.floor(number / 250) % 250, Math.floor(number / 62_500) % 250];
  return `127.${high + 1}.${middle}.${low + 1}`;
}
