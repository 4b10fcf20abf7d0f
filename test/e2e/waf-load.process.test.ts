// The firewall's changes of process under load: a start in front of clients that are there already, and a reload in the
// middle of their requests. Nobody is turned away, no attack passes, and who is slow by every rule does not stay so.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { eventually } from '../stack/processes.ts';
import { keepAskingHttp } from '../support/clients.ts';
import { rewrite, startStack } from './up-stack.ts';

const deny = `SecRule ARGS "@contains evil" "id:1,phase:2,deny,status:403"`;

/** So many that asking each takes longer than answering does, and working out which to ask takes a while. */
const many = Array.from(
  { length: 1500 },
  (_, at) => `SecRule ARGS "@rx (?i)word${at}[a-f]+" "id:${1000 + at},phase:2,pass,t:none,t:urlDecodeUni,t:lowercase"`,
).join('\n');

const config = (more = '', port = 0) => `listeners { listener "http" { address "127.0.0.1:${port}" } }
routes { route "r" { builtin-handler "demo" } }
waf { mode "prevention"; rules "r.conf" "many.conf"; timeout-ms 30000; ${more} }
`;

type Stack = Awaited<ReturnType<typeof startStack>>;

const startWith = (port = 0) =>
  startStack({ wholeConfig: config('', port), files: { 'r.conf': deny, 'many.conf': many } });

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const triesMax = 6000; // some half a minute

/** Of each two requests one is an attack; counted by what was asked and answered, from when somebody listens. */
function load(place: string, clients: number) {
  let asked = 0;
  let isThere = false;
  return keepAskingHttp(clients, true, async (get) => {
    asked += 1;
    const [kind, value] = asked % 2 === 0 ? ['attack', 'evil'] : ['clean', 'good'];
    const url = `${place}/?a=${value}&b=${asked}`;
    let answer = await get(url);
    for (let tries = 0; answer === 'ECONNREFUSED' && !isThere && tries < triesMax; tries += 1) {
      await setTimeout(5);
      answer = await get(url);
    }
    isThere = true;
    return `${kind} ${answer}`;
  });
}

const planned = ({ lines }: Stack) => lines.filter(({ event }) => event === 'waf-rules-planned');

test('a start under load: who comes first waits for the plan instead of for one another, and nobody is lost', async () => {
  const port = await freePort();
  await using clients = load(`http://127.0.0.1:${port}`, 32); // they are there before it is, however slow the machine
  await using stack = await startWith(port);
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
  await rewrite(stack, config('anomaly-threshold 7'));
  stack.kill('SIGHUP');
  await stack.find(({ event }) => event === 'reload-applied', 'a reload');
  const counts = await clients.stop();
  assert.deepEqual(Object.keys(counts).sort(), ['attack 403', 'clean 200'], JSON.stringify(counts));
  const loaded = stack.lines.filter(({ event }) => event === 'waf-rules-loaded');
  assert.equal(loaded.length, 2, 'another process has the new rules');
  assert.equal(planned(stack).length, 1, 'only the first was ready before its plan was');
});
