// Bytes to a port of this machine, and all that comes back until it is closed.

import { RawClient } from '../support/proxy.ts';

export async function exchangeWith(port: number, bytes: string): Promise<string> {
  await using client = await RawClient.open(port);
  client.send(bytes);
  return await client.ends();
}
