// A target that never accepts: connecting to it neither succeeds nor fails. A process of its own, gone at the end of the
// scope, with its queue of connections filled by us.

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './proxy.ts';

/** A target whose queue of connections is full: connecting neither succeeds nor fails. */
export async function startDeaf(): Promise<AsyncDisposable & { readonly address: string }> {
  const path = join(import.meta.dirname, '../fixtures/upstream-deaf.ts');
  const deaf = execa(process.execPath, [path], { reject: false, buffer: false });
  const [text] = await once(deaf.stdout, 'data');
  const address = `127.0.0.1:${Number(String(text))}`;
  const fill = () => connect({ port: Number(String(text)), host: '127.0.0.1' }).on('error', () => undefined);
  const fillers = Array.from({ length: 4 }, fill);
  await until(
    () => fillers.filter((one) => !one.connecting).length >= 2,
    () => 'the queue does not fill',
  );
  return {
    address,
    async [Symbol.asyncDispose]() {
      for (const one of fillers) one.destroy();
      deaf.kill('SIGKILL');
      await deaf;
    },
  };
}
