// Clients that ask one request after the other until they are told to stop, and how often each answer came.

import { Agent, request } from 'node:http';

export interface Clients {
  readonly counts: Readonly<Record<string, number>>;
  /** Once the requests under way are answered. */
  stop(): Promise<Readonly<Record<string, number>>>;
}

export function keepAsking(clients: number, ask: () => Promise<string | number>): Clients {
  const counts: Record<string, number> = {};
  let goesOn = true;
  const client = async () => {
    while (goesOn) {
      const answer = await ask();
      counts[answer] = (counts[answer] ?? 0) + 1;
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    counts,
    async stop() {
      goesOn = false;
      await running;
      return counts;
    },
  };
}

/** Over HTTP, on kept connections or on one for each request. */
export function keepAskingHttp(
  clients: number,
  keeps: boolean,
  ask: (get: (url: string) => Promise<string>) => Promise<string>,
): Clients & AsyncDisposable {
  const agent = new Agent({ keepAlive: keeps, maxSockets: clients });
  const asking = keepAsking(clients, () => ask((url) => answerOf(url, agent)));
  const stop = async () => {
    const counts = await asking.stop();
    agent.destroy();
    return counts;
  };
  return { counts: asking.counts, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Its status, or what went wrong. */
function answerOf(url: string, agent: Agent): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const sent = request(url, { agent }, (response) => {
    response.resume().once('end', () => resolve(String(response.statusCode)));
    response.once('error', ({ message }) => resolve(message));
  });
  sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  sent.end();
  return promise;
}
