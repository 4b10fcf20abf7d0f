// Requests at a steady rate, whatever becomes of them: most on kept connections, the rest on one each. A request that was
// due is sent even if those before it have no answer yet, so a stack that stands still is seen as what it is. No retries:
// they would hide the fault.

import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';

export interface Outcome {
  readonly asked: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly longestMs: number;
  /** The client's port of each request that failed. */
  readonly failedOn: readonly number[];
}

// As browsers say: a firewall at level 2 takes who names an address and says nothing of itself for a scanner.
const headers = { host: 'shop.example', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)', accept: '*/*' };

interface Answer {
  readonly got: string; // a status, or why there is none
  readonly port: number; // of our end of the connection
}

const tickMs = 10;

export class SteadyLoad {
  readonly #url: string;
  readonly #wanted: string;
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #anew = new Agent({ keepAlive: false });
  readonly #timer: NodeJS.Timeout;
  #due = 0;
  #asked = 0;
  #longestMs = 0;
  #failures: Record<string, number> = {};
  #failedOn: number[] = [];
  readonly #waiting = new Set<Promise<void>>();

  /** `wanted`: a request has failed that has another status. `anewOfFive`: so many have a connection of their own. */
  constructor(url: string, perSecond: number, wanted = '200', anewOfFive = 1) {
    this.#url = url;
    this.#wanted = wanted;
    const start = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - start) * perSecond) / 1000);
      for (; this.#due < due; this.#due += 1) this.#ask(this.#due % 5 < anewOfFive ? this.#anew : this.#kept);
    }, tickMs);
  }

  /** What came of the requests since the last time; those that wait for an answer are waited for. */
  async outcome(): Promise<Outcome> {
    await Promise.all(this.#waiting);
    const longestMs = Math.round(this.#longestMs);
    const { length: failed } = this.#failedOn;
    const outcome = { asked: this.#asked, failed, failures: this.#failures, longestMs, failedOn: this.#failedOn };
    this.#asked = 0;
    this.#longestMs = 0;
    this.#failures = {};
    this.#failedOn = [];
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#waiting);
    this.#kept.destroy();
    this.#anew.destroy();
  }

  #ask(agent: Agent): void {
    const began = performance.now();
    this.#asked += 1;
    const answered = answer(this.#url, agent).then(({ got, port }) => {
      this.#longestMs = Math.max(this.#longestMs, performance.now() - began);
      if (got !== this.#wanted) this.#fail(got, port);
      this.#waiting.delete(answered);
    });
    this.#waiting.add(answered);
  }

  #fail(why: string, port: number): void {
    this.#failures[why] = (this.#failures[why] ?? 0) + 1;
    this.#failedOn.push(port);
  }
}

function answer(url: string, agent: Agent): Promise<Answer> {
  return new Promise((give) => {
    let port = 0;
    const resolve = (got: string) => give({ got, port });
    const asking = request(url, { agent, headers, timeout: 20_000 }, (response) => {
      response.resume().once('end', () => resolve(String(response.statusCode)));
      response.once('error', ({ message }) => resolve(message));
    });
    asking.once('socket', (socket: Socket) => {
      const note = () => {
        port = socket.localPort ?? 0;
      };
      if (socket.connecting) socket.once('connect', note);
      else note();
    });
    asking.once('timeout', () => asking.destroy(new Error('no answer in 20 s')));
    asking.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asking.end();
  });
}
