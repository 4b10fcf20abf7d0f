// The firewall's changes of process under load: a start in front of clients that are there already, and a reload in the
// middle of their requests. Nobody is turned away, no attack passes, and who is slow by every rule does not stay so.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../stack/processes.ts';
import { keepAsking } from '../support/clients.ts';
import { startStack } from './up-stack.ts';

const deny = `SecRule ARGS "@contains evil" "id:1,phase:2,deny,status:403"`;

/** So many that asking each takes longer than answering does, and working out which to ask takes a while. */
const many = Array.from(
  { length: 1500 },
  (_, at) => `SecRule ARGS "@rx (?i)word${at}[a-f]+" "id:${1000 + at},phase:2,pass,t:none,t:urlDecodeUni,t:lowercase"`,
).join('\n');

const config = (more = '') => `listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "r" { builtin-handler "demo" } }
waf { mode "prevention"; rules "r.conf" "many.conf"; timeout-ms 30000; ${more} }
`;

type Stack = Awaited<ReturnType<typeof startStack>>;

const startWith = () => startStack({ wholeConfig: config(), files: { 'r.conf': deny, 'many.conf': many } });

/** Of each two requests one is an attack; counted by what was asked and answered. */
function load(url: string, clients: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let asked = 0;
  const ask = () => {
    asked += 1;
    const [kind, value] = asked % 2 === 0 ? ['attack', 'evil'] : ['clean', 'good'];
    const { promise, resolve } = Promise.withResolvers<string>();
    const sent = request(`${url}/?a=${value}&b=${asked}`, { agent }, (reply) => {
      reply.resume().once('end', () => resolve(`${kind} ${reply.statusCode}`));
      reply.once('error', ({ message }) => resolve(`${kind} ${message}`));
    });
    sent.once('error', ({ message }) => resolve(`${kind} ${message}`));
    sent.end();
    return promise;
  };
  const asking = keepAsking(clients, ask);
  return {
    counts: asking.counts,
    async stop() {
      const counts = await asking.stop();
      agent.destroy();
      return counts;
    },
  };
}

const planned = ({ lines }: Stack) => lines.filter(({ event }) => event === 'waf-rules-planned');

test('a start under load: who comes first waits for the plan instead of for one another, and nobody is lost', async () => {
  await using stack = await startWith();
  const clients = load(await stack.url(), 32);
  const [plan] = await eventually('the plan', () => (planned(stack).length > 0 ? planned(stack) : undefined));
  const before = Object.values(clients.counts).reduce((sum, count) => sum + count, 0);
  await eventually('requests after it', () =>
    Object.values(clients.counts).reduce((sum, count) => sum + count, 0) > before + 500 ? true : undefined,
  );
  const counts = await clients.stop();
  assert.deepEqual(Object.keys(counts).sort(), ['attack 403', 'clean 200'], JSON.stringify(counts));
  assert.equal(plan?.['held'], true, `after ${before} requests`);
});

test('a reload under load: the next process has its plan before it takes over, and nobody is lost', async () => {
  await using stack = await startWith();
  const url = await stack.url();
  await eventually('the plan of the first', () => (planned(stack).length > 0 ? true : undefined));
  const clients = load(url, 16);
  const file = join(stack.folder, 'sentinel.kdl');
  const [system = ''] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, `${system}\n${config('anomaly-threshold 7')}`);
  stack.kill('SIGHUP');
  await stack.find(({ event }) => event === 'reload-applied', 'a reload');
  const counts = await clients.stop();
  assert.deepEqual(Object.keys(counts).sort(), ['attack 403', 'clean 200'], JSON.stringify(counts));
  const loaded = stack.lines.filter(({ event }) => event === 'waf-rules-loaded');
  assert.equal(loaded.length, 2, 'another process has the new rules');
  assert.equal(planned(stack).length, 1, 'only the first was ready before its plan was');
});
