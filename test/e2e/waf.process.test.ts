// The firewall as a user has it: one block in the file, a stack that starts, requests that pass and requests that do not.
// One test for each key of the block, with rules of a few lines: what is shown is the key, not the rules.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../stack/processes.ts';
import { effect } from '../support/effect.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startStack } from './up-stack.ts';

const rules = `SecRule ARGS|REQUEST_BODY "@contains evil" "id:100,phase:2,deny,status:403,log,auditlog,msg:'Evil word',tag:'attack-evil',setvar:tx.anomaly_score=7"
SecRule ARGS "@contains strange" "id:101,phase:2,pass,log,setvar:tx.blocking_inbound_anomaly_score=+5"
SecRule TX:blocking_paranoia_level "@ge 2" "id:102,phase:2,deny,status:402,chain"
SecRule ARGS "@contains odd" "t:none"
SecRule TX:blocking_inbound_anomaly_score "@ge %{tx.inbound_anomaly_score_threshold}" "id:103,phase:2,deny,status:406,log"
SecRule RESPONSE_BODY "@contains demo" "id:104,phase:4,pass,log,setvar:tx.leaks=4"
SecRule TX:leaks "@ge %{tx.outbound_anomaly_score_threshold}" "id:105,phase:4,deny,status:502,log"`;

const counting = `SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"
SecRule ARGS:a "@streq evil" "id:2,phase:2,pass,nolog,setvar:ip.count=+1"
SecRule IP:count "@ge 2" "id:3,phase:2,deny,status:429"`;

const next = `SecRule ARGS "@contains worse" "id:11,phase:2,deny,status:403,log,msg:'Worse'"`;

const strictRoute = (more: string) =>
  `routes { route "own" { matches { path-prefix "/own" }; builtin-handler "demo"; waf { ${more} } }; route "r" { builtin-handler "demo" } }`;
const route = 'routes { route "r" { builtin-handler "demo" } }';

async function startServer(handler: RequestListener) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => promisify(server.close.bind(server))() };
}

test('requests that come while the firewall reads its rules wait for it, and none passes without it', async () => {
  using folder = tempFolder();
  const socketPath = folder.of('web.sock');
  const many = Array.from(
    { length: 2000 },
    (_, at) => `SecRule ARGS "@rx word${at}[a-f]+" "id:${1000 + at},phase:2,pass"`,
  );
  await using stack = await startStack({
    wholeConfig: `listeners { listener "http" { address "unix:${socketPath}" } }; ${route}; waf { mode "prevention"; rules "r.conf" "many.conf" }`,
    files: { 'r.conf': rules, 'many.conf': many.join('\n') },
    args: ['--workers', '2'],
  });
  await stack.find((line) => line.event === 'child-started' && line.child === 'proxy/2', 'workers beside the agent');
  assert(!stack.lines.some((line) => line.event === 'child-ready'), 'the firewall is not there yet');
  const statuses = new Set<number | undefined>();
  const isServing = () => stack.lines.some((line) => line.event === 'stack-ready');
  for (let after = 0; after < 10; after += Number(isServing())) statuses.add(await statusOf(socketPath, '/?a=evil'));
  statuses.delete(undefined); // not connected: nobody listens yet
  assert.deepEqual([...statuses], [403]);
});

function statusOf(socketPath: string, path: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  get({ socketPath, path, agent: false }, (reply) => {
    reply.resume().once('end', () => resolve(reply.statusCode));
  }).once('error', () => resolve(undefined));
  return promise;
}

async function withStack(
  config: string,
  run: (
    ask: (path: string, body?: string, type?: string) => Promise<number>,
    stack: Awaited<ReturnType<typeof startStack>>,
  ) => Promise<void>,
): Promise<void> {
  await using stack = await startStack({
    config,
    files: { 'r.conf': rules, 'count.conf': counting, 'next.conf': next },
    args: ['--workers', '1'],
  });
  const url = await stack.url();
  await run(async (path, body, type = 'application/x-www-form-urlencoded') => {
    const headers = { connection: 'close', ...(body === undefined ? {} : { 'content-type': type }) };
    const response = await fetch(url + path, { headers, ...(body === undefined ? {} : { method: 'POST', body }) });
    await response.arrayBuffer();
    return response.status;
  }, stack);
}

const waf = (more = '') => `waf { rules "r.conf"; ${more} }`;

effect(['waf.rules', 'waf.body-inspection.request'], () =>
  withStack(`${route}\n${waf()}`, async (ask, stack) => {
    assert.deepEqual(
      [await ask('/'), await ask('/?a=evil'), await ask('/', 'a=good'), await ask('/', 'a=evil')],
      [200, 403, 200, 403],
    );
    const line = await stack.find(({ event }) => event === 'waf-blocked', 'a line about it');
    assert.partialDeepStrictEqual(line, {
      child: 'waf',
      status: 403,
      rule: 100,
      found: ['Evil word in ARGS:a'],
      route: 'r',
    });
    const access = await stack.find((one) => one['path'] === '/' && one['status'] === 403, 'an access line');
    assert.equal(access['request_id'], line['request_id']);
    assert.deepEqual(access['waf'], { verdict: 'block', score: 7, rules: ['100'] });
  }),
);

effect('waf.body-inspection.request', () =>
  withStack(`${route}\n${waf('body-inspection { request #false }')}`, async (ask) => {
    assert.deepEqual([await ask('/?a=evil'), await ask('/', 'a=evil')], [403, 200]);
  }),
);

effect(['waf.mode', 'routes.route.waf.mode'], () =>
  withStack(`${strictRoute('mode "prevention"')}\n${waf('mode "detection"')}`, async (ask, stack) => {
    assert.deepEqual([await ask('/?a=evil'), await ask('/own?a=evil')], [200, 403]);
    assert.partialDeepStrictEqual(await stack.find(({ event }) => event === 'waf-detected', 'a line'), { rule: 100 });
  }),
);

effect('routes.route.waf.mode', () =>
  withStack(`${strictRoute('mode "off"')}\n${waf()}`, async (ask, stack) => {
    assert.deepEqual([await ask('/own?a=evil'), await ask('/?a=evil')], [200, 403]);
    const access = await stack.find((one) => one['route'] === 'own', 'an access line');
    assert.equal(access['agents'], undefined); // nobody was asked
  }),
);

effect(
  [
    'waf.paranoia-level',
    'routes.route.waf.paranoia-level',
    'waf.anomaly-threshold',
    'routes.route.waf.anomaly-threshold',
  ],
  () =>
    withStack(
      `${strictRoute('paranoia-level 1; anomaly-threshold 5')}\n${waf('paranoia-level 2; anomaly-threshold 6')}`,
      async (ask) => {
        assert.deepEqual([await ask('/?a=odd'), await ask('/own?a=odd')], [402, 200]);
        assert.deepEqual([await ask('/?a=strange'), await ask('/own?a=strange')], [200, 406]);
      },
    ),
);

effect(['waf.work-budget', 'routes.route.waf.work-budget'], () =>
  withStack(`${strictRoute('work-budget "16MiB"')}\n${waf('work-budget "64KiB"')}`, async (ask, stack) => {
    const long = `a=${'x'.repeat(100_000)}`;
    assert.deepEqual([await ask('/', 'a=short'), await ask('/', long), await ask('/own', long)], [200, 403, 200]);
    const access = await stack.find((one) => one['status'] === 403 && one['agents'] !== undefined, 'an access line');
    assert.deepEqual(access['waf'], { verdict: 'block', score: 0, rules: [], reasons: ['work-budget'] });
    const line = await stack.find((one) => one['event'] === 'waf-blocked', 'a line for people');
    assert.match(String(line['reason']), /work budget/);
  }),
);

effect(['waf.body-inspection.response', 'waf.outbound-threshold', 'routes.route.waf.outbound-threshold'], async () => {
  await using leaking = await startServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('a demo'),
  );
  const upstream = (more: string) => `routes {
    route "own" { matches { path-prefix "/own" }; upstream "u"; waf { outbound-threshold 5 } }
    route "r" { upstream "u" } }
  upstreams { upstream "u" { target "127.0.0.1:${leaking.port}" } }\n${waf(more)}`;
  await withStack(upstream('body-inspection { response #true }'), async (ask) => {
    assert.deepEqual([await ask('/'), await ask('/own')], [502, 200]);
  });
  await withStack(upstream(''), async (ask) => assert.equal(await ask('/'), 200));
  await withStack(upstream('outbound-threshold 9; body-inspection { response #true }'), async (ask) =>
    assert.equal(await ask('/'), 200),
  );
});

effect(['waf.body-inspection.max-bytes', 'waf.body-inspection.on-too-large'], async () => {
  const long = `a=${'x'.repeat(2000)}&b=evil`;
  await withStack(`${route}\n${waf('body-inspection { max-bytes "1KiB" }')}`, async (ask) => {
    assert.deepEqual([await ask('/', long), await ask('/', 'b=evil')], [413, 403]);
  });
  await withStack(
    `${route}\n${waf('body-inspection { max-bytes "1KiB"; on-too-large "inspect-prefix" }')}`,
    async (ask) => {
      assert.deepEqual([await ask('/', long), await ask('/', `b=evil&${long}`)], [200, 403]);
    },
  );
});

effect('routes.route.waf.inspect-request-body', () =>
  withStack(`${strictRoute('inspect-request-body #false')}\n${waf()}`, async (ask) => {
    assert.deepEqual(
      [await ask('/own', 'a=evil'), await ask('/', 'a=evil'), await ask('/own?a=evil')],
      [200, 403, 403],
    );
  }),
);

effect(
  [
    'waf.exclusions.exclusion.rule-ids',
    'waf.exclusions.exclusion.tags',
    'waf.exclusions.exclusion.path',
    'waf.exclusions.exclusion.targets',
    'routes.route.waf.exclusions.exclusion.rule-ids',
    'routes.route.waf.exclusions.exclusion.tags',
    'routes.route.waf.exclusions.exclusion.path',
    'routes.route.waf.exclusions.exclusion.targets',
  ],
  () =>
    withStack(
      `${strictRoute('exclusions { exclusion "a" { tags "attack-evil"; targets "ARGS:html" }; exclusion "b" { rule-ids 100; path "/own/save" } }')}
${waf('exclusions { exclusion "c" { rule-ids 100; path "/editor"; targets "ARGS:text" }; exclusion "d" { tags "attack-evil"; path "/upload" } }')}`,
      async (ask) => {
        assert.deepEqual(
          [await ask('/own?html=evil'), await ask('/own?a=evil'), await ask('/?html=evil')],
          [200, 403, 403],
        );
        assert.deepEqual([await ask('/own/save?a=evil'), await ask('/save?a=evil')], [200, 403]);
        assert.deepEqual(
          [await ask('/editor?text=evil'), await ask('/editor?a=evil'), await ask('/?text=evil')],
          [200, 403, 403],
        );
        assert.equal(await ask('/upload?a=evil'), 200);
      },
    ),
);

effect(
  ['waf.audit-log.path', 'waf.audit-log.format', 'waf.audit-log.parts', 'waf.alert-log.path', 'agents.agent.may-write'],
  async () => {
    await withStack(
      `${route}\n${waf('audit-log { path "audit.log" }; alert-log { path "alert.log" }')}`,
      async (ask, { folder }) => {
        assert.deepEqual([await ask('/?a=good'), await ask('/?a=evil')], [200, 403]);
        const line = await eventually(
          'a record',
          async () => (await readFile(join(folder, 'audit.log'), 'utf8').catch(() => '')) || undefined,
        );
        assert.partialDeepStrictEqual(JSON.parse(line), {
          transaction: { request: { uri: '/?a=evil' }, messages: [{ message: 'Evil word' }] },
        });
        const alert = await eventually(
          'an alert',
          async () => (await readFile(join(folder, 'alert.log'), 'utf8')) || undefined,
        );
        assert.match(alert, /ModSecurity: Access denied with code 403 \(phase 2\)\..* \[id "100"\]/);
      },
    );
    await withStack(
      `${route}\n${waf('audit-log { path "audit.log"; format "native"; parts "ABZ" }')}`,
      async (ask, { folder }) => {
        await ask('/?a=evil');
        const record = await eventually(
          'a record',
          async () => (await readFile(join(folder, 'audit.log'), 'utf8').catch(() => '')) || undefined,
        );
        assert.match(record, /^--[0-9a-f]{8}-A--\n/);
        assert.deepEqual(
          [...record.matchAll(/^--\w+-([A-Z])--$/gm)].map(([, part]) => part),
          ['A', 'B', 'Z'],
        );
      },
    );
  },
);

effect(['waf.audit-log.max-size', 'waf.audit-log.max-files', 'waf.alert-log.max-size', 'waf.alert-log.max-files'], () =>
  withStack(
    `${route}\n${waf('audit-log { path "a.log"; max-size 1024; max-files 1 }; alert-log { path "b.log"; max-size 1024; max-files 2 }')}`,
    async (ask, { folder }) => {
      for (const name of ['a.log.1', 'b.log.2'])
        await eventually(`${name} is put aside`, async () => {
          await ask(`/?a=evil${'x'.repeat(500)}`);
          return readFile(join(folder, name)).catch(() => undefined);
        });
      await assert.rejects(readFile(join(folder, 'a.log.2')));
    },
  ),
);

effect(['waf.audit-log.max-age-secs', 'waf.alert-log.max-age-secs'], () =>
  withStack(
    `${route}\n${waf('audit-log { path "a.log"; max-age-secs 1 }; alert-log { path "b.log"; max-age-secs 1 }')}`,
    async (ask, { folder }) => {
      await ask('/?a=evil');
      for (const name of ['a.log.1', 'b.log.1'])
        await eventually(`${name} is put aside`, () => readFile(join(folder, name)).catch(() => undefined));
    },
  ),
);

effect(['waf.failure-mode', 'waf.timeout-ms', 'waf.instances'], async () => {
  for (const [mode, status] of [
    ['closed', 503],
    ['open', 200],
  ] as const)
    await withStack(`${route}\n${waf(`failure-mode "${mode}"; timeout-ms 150; instances 2`)}`, async (ask, stack) => {
      assert.deepEqual([await ask('/'), await ask('/?a=evil')], [200, 403]);
      const answers: number[] = []; // bodies go to the process that had the head
      for (let at = 0; at < 8; at += 1) answers.push(await ask('/', at % 2 === 0 ? 'a=good' : 'a=evil'));
      assert.deepEqual([...new Set(answers)], [200, 403]);
      const pids = [...stack.pidsOf('waf/1'), ...stack.pidsOf('waf/2')];
      assert.equal(pids.length, 2);
      for (const pid of pids) process.kill(pid, 'SIGSTOP'); // it does not answer, and is not gone
      assert.equal(await ask('/?a=evil'), status);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await eventually('it is back', async () => ((await ask('/?a=evil')) === 403 ? true : undefined));
    });
});

test('two processes of it: who was asked about a head is asked about its body', () =>
  withStack(`${route}\n${waf('instances 2')}`, async (ask, stack) => {
    assert.equal(stack.pidsOf('waf/1').length + stack.pidsOf('waf/2').length, 2);
    for (let time = 0; time < 6; time += 1)
      assert.deepEqual([await ask('/', 'a=good'), await ask('/', 'a=evil')], [200, 403]);
  }));

effect('waf.audit-log.storage-dir', () =>
  withStack(`${route}\n${waf('audit-log { path "a.log"; storage-dir "records" }')}`, async (ask, { folder }) => {
    await ask('/?a=evil');
    const line = await eventually(
      'a line',
      async () => (await readFile(join(folder, 'a.log'), 'utf8').catch(() => '')) || undefined,
    );
    const { file, status } = JSON.parse(line);
    assert.equal(status, 403);
    assert.match(await readFile(join(folder, 'records', file), 'utf8'), /Evil word/);
  }),
);

effect('waf.collections-file', () =>
  withStack(`${route}\nwaf { rules "count.conf"; collections-file "kept" }`, async (ask, stack) => {
    assert.deepEqual([await ask('/?a=evil'), await ask('/?a=evil')], [200, 429]);
    const [pid = 0] = stack.pidsOf('waf');
    process.kill(pid, 'SIGTERM'); // it writes what it knows; another one begins with it
    await eventually('another process', () => (stack.pidsOf('waf').length > 1 ? true : undefined));
    await eventually('it remembers', async () => ((await ask('/')) === 429 ? true : undefined));
  }),
);

effect(['waf.canary.rules', 'waf.canary.percent'], () =>
  withStack(`${route}\n${waf('canary { rules "count.conf" "next.conf"; percent 100 }')}`, async (ask, stack) => {
    assert.deepEqual([await ask('/?a=worse'), await ask('/?a=evil')], [200, 403]);
    const differs = (by: string) =>
      stack.find((line) => line.event === 'waf-canary-differs' && line['refused_by'] === by, by);
    assert.partialDeepStrictEqual(await differs('canary'), { target: '/?a=worse', found: ['Worse in ARGS:a'] });
    assert.partialDeepStrictEqual(await differs('live'), { target: '/?a=evil' });
  }),
);

effect('waf.applications', () =>
  withStack(`${route}\nwaf { applications "wordpress" }`, async (ask) => {
    const form = (name: string) => new URLSearchParams({ [name]: "'; DROP TABLE--<script>1=1" }).toString();
    assert.deepEqual([await ask('/wp-login.php', form('pwd')), await ask('/wp-login.php', form('log'))], [200, 403]);
    assert.equal(await ask('/other', form('pwd')), 403);
  }),
);

test('other rules: a reload takes them, and refuses those that are broken', () =>
  withStack(`${route}\n${waf()}`, async (ask, stack) => {
    assert.deepEqual([await ask('/?a=evil'), await ask('/?a=worse')], [403, 200]);
    await writeFile(join(stack.folder, 'r.conf'), 'SecRule ARGS "@contains worse" "id:1,phase:2,deny,status:403"');
    stack.kill('SIGHUP');
    await stack.find(({ event }) => event === 'reload-applied', 'a reload');
    await eventually('the new rules', async () => ((await ask('/?a=worse')) === 403 ? true : undefined));
    assert.equal(await ask('/?a=evil'), 200);
    await writeFile(join(stack.folder, 'r.conf'), 'SecRule ARGS');
    stack.kill('SIGHUP');
    const refused = await stack.find(
      ({ event }) => event === 'reload-refused' || event === 'reload-rolled-back',
      'a refusal',
    );
    assert.match(JSON.stringify(refused), /r\.conf:1:1/);
    assert.equal(await ask('/?a=worse'), 403);
  }));
