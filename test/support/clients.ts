// Clients that ask one request after the other until they are told to stop, and how often each answer came.

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
