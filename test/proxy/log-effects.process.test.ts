// What the keys of log files do to a proxy that runs alone: access lines and audit lines are put aside by size and age,
// kept as many as are wanted, and opened anew on SIGUSR1, which opens no debugger.

import assert from 'node:assert/strict';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { effect } from '../support/effect.ts';
import { type RunningProxy, startProxy, until } from '../support/proxy.ts';

const request = 'GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n';

/** Every request goes to an agent that is not there, so it leaves a line in both files. */
function config(access: string, audit: string): string {
  return `listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "r" { builtin-handler "health"; filters "f" } }
agents { agent "a" { transport { unix-socket "{folder}/none.sock" }; events "request-headers"; failure-mode "closed" } }
filters { filter "f" { agent "a" } }
observability { logging {
  access-log { path "{folder}/access.log"; ${access} }
  audit-log { path "{folder}/audit.log"; ${audit} }
} }`;
}

async function logsOf({ folder }: RunningProxy, name: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.startsWith(name)).toSorted();
}

async function linesIn({ folder }: RunningProxy, file: string): Promise<number> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => '');
  return text.split('\n').length - 1;
}

/** Five requests, and the file put aside behind them and begun anew, so many times; how many requests that were. */
async function fill(proxy: RunningProxy, name: string, turns: number): Promise<number> {
  const newest = () => readFile(join(proxy.folder, `${name}.1`), 'utf8').catch(() => '');
  for (let turn = 1; turn <= turns; turn += 1) {
    const before = await newest();
    for (let count = 0; count < 5; count += 1) await proxy.request(request);
    await until(
      async () =>
        (await newest()) !== before && (await linesIn(proxy, name)) === 0 && (await logsOf(proxy, name)).includes(name),
      () => `${name} was not put aside in turn ${turn}`,
    );
  }
  return 5 * turns;
}

for (const name of ['access', 'audit'] as const) {
  const rules = (text: string) => (name === 'access' ? config(text, '') : config('', text));

  test(`${name}-log: what is over its size is put aside, no line is lost, the oldest go`, async () => {
    await using many = await startProxy(rules('max-size 100; max-files 50'));
    const sent = await fill(many, `${name}.log`, 3);
    const files = await logsOf(many, `${name}.log`);
    const counts = await Promise.all(files.map((file) => linesIn(many, file)));
    assert(files.includes(`${name}.log.3`), files.join(' '));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      sent,
    );
    await using few = await startProxy(rules('max-size 100; max-files 1'));
    await fill(few, `${name}.log`, 2);
    assert.deepEqual(await logsOf(few, `${name}.log`), [`${name}.log`, `${name}.log.1`]);
  });

  test(`${name}-log: what is over its age is put aside`, async () => {
    await using proxy = await startProxy(rules('max-age-secs 1'));
    await fill(proxy, `${name}.log`, 1);
    assert.deepEqual(await logsOf(proxy, `${name}.log`), [`${name}.log`, `${name}.log.1`]);
  });
}

effect(
  [
    'observability.logging.access-log.max-size',
    'observability.logging.access-log.max-files',
    'observability.logging.access-log.max-age-secs',
    'observability.logging.audit-log.max-size',
    'observability.logging.audit-log.max-files',
    'observability.logging.audit-log.max-age-secs',
  ],
  async () => {
    // With them: the tests above. Without: a file of the same lines, as old, stays as it is.
    await using proxy = await startProxy(config('max-size 0', 'max-size 0'));
    await using aged = await startProxy(config('max-age-secs 1', ''));
    for (const one of [proxy, aged]) await one.request(request);
    await until(
      async () => (await logsOf(aged, 'access.log')).length === 2,
      () => 'nothing is put aside',
    );
    assert.deepEqual(await logsOf(proxy, 'access.log'), ['access.log']);
    assert.deepEqual(await logsOf(aged, 'audit.log'), ['audit.log'], 'the other file has rules of its own');
  },
);

test('SIGUSR1 opens the files anew, and no debugger', async () => {
  await using proxy = await startProxy(config('', ''));
  await proxy.request(request);
  await until(
    async () => (await linesIn(proxy, 'access.log')) === 1 && (await linesIn(proxy, 'audit.log')) === 1,
    () => 'nothing is written',
  );
  for (const name of ['access.log', 'audit.log'])
    await rename(join(proxy.folder, name), join(proxy.folder, `${name}.old`));
  proxy.signal('SIGUSR1');
  await until(
    async () => (await logsOf(proxy, 'access.log')).length + (await logsOf(proxy, 'audit.log')).length === 4,
    () => 'the files are not made again',
  );
  await proxy.request(request);
  await until(
    async () => (await linesIn(proxy, 'access.log')) === 1 && (await linesIn(proxy, 'audit.log')) === 1,
    () => 'the second line is not in the new files',
  );
  assert.equal(await linesIn(proxy, 'access.log.old'), 1);
  assert.doesNotMatch(proxy.stderr(), /Debugger listening/);
});
