// Behind the balancers that people have, where this machine has them: the client that the balancer saw is the one that we
// log and pass on, whatever that client claims. The configurations are those of docs/client-address.md.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { versionOf } from '../bench/machine.ts';
import { freePort, startProgram } from '../bench/servers.ts';
import { requestsIn, Upstream } from '../fixtures/upstream.ts';
import { nginxFolders } from '../support/nginx-folders.ts';
import { headerOf, statusOf } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';

const clientIp = '127.0.0.77'; // another address than the balancer's, and all of them are this machine's
const balancerIp = '127.0.0.1';
const evil = '198.51.100.66';

const haproxy = (frontend: string, server: string, mode: string) => (port: number, ourPort: number) =>
  `defaults
    mode ${mode}
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend edge
    bind 127.0.0.1:${port}
    ${frontend}
    default_backend sentinel
backend sentinel
    server sentinel 127.0.0.1:${ourPort} ${server}
`;

const nginx = (port: number, ourPort: number, folder: string) => `daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(folder, 'nginx.pid')};
events { worker_connections 64; }
http {
    access_log off;
    ${nginxFolders(folder)}
    server {
        listen 127.0.0.1:${port};
        location / {
            proxy_pass http://127.0.0.1:${ourPort};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Request-Id $request_id;
            proxy_set_header Forwarded "";
        }
    }
}
`;

const clean =
  'option forwardfor\n    http-request set-header X-Forwarded-Proto http\n    http-request set-header X-Forwarded-Host %[req.hdr(Host)]\n    http-request set-header X-Forwarded-Port %[dst_port]\n    http-request del-header X-Real-IP\n    http-request del-header Forwarded';

interface Setup {
  readonly name: string;
  readonly program: 'haproxy' | 'nginx';
  readonly listener: string;
  readonly config: (port: number, ourPort: number, folder: string) => string;
  /** What `X-Forwarded-For` comes to. */
  readonly chain: string;
}

const setups: readonly Setup[] = [
  {
    name: 'haproxy, send-proxy',
    program: 'haproxy',
    listener: 'proxy-protocol "require"',
    config: haproxy('', 'send-proxy', 'tcp'),
    chain: clientIp,
  },
  {
    name: 'haproxy, send-proxy-v2',
    program: 'haproxy',
    listener: 'proxy-protocol "require"',
    config: haproxy('', 'send-proxy-v2', 'tcp'),
    chain: clientIp,
  },
  {
    name: 'haproxy, send-proxy-v2 with a checksum and health checks',
    program: 'haproxy',
    listener: 'proxy-protocol "require"',
    config: haproxy('', 'send-proxy-v2 proxy-v2-options crc32c check check-send-proxy inter 50ms', 'tcp'),
    chain: clientIp,
  },
  {
    name: 'haproxy, HTTP',
    program: 'haproxy',
    listener: '',
    config: haproxy(clean, '', 'http'),
    chain: `${clientIp}, ${balancerIp}`,
  },
  { name: 'nginx, HTTP', program: 'nginx', listener: '', config: nginx, chain: `${clientIp}, ${balancerIp}` },
];

const commands = {
  haproxy: (folder: string) => ['haproxy', '-db', '-f', join(folder, 'config')],
  nginx: (folder: string) => ['nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'config')],
};

const isHere = { haproxy: await versionOf('haproxy', '-v'), nginx: await versionOf('nginx', '-v') };

for (const { name, program, listener, config, chain } of setups) {
  const skip = isHere[program] === undefined && `${program} is not on this machine`;
  test(`behind ${name} the client is the one that connected to it`, { skip }, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-balancer-'));
    await using upstream = await Upstream.start();
    await using worker = await TestWorker.forwarding(upstream, {
      listener: `trusted-proxies "${balancerIp}"; ${listener}`,
    });
    const port = await freePort();
    await writeFile(join(folder.path, 'config'), config(port, worker.port, folder.path));
    await using _balancer = await startProgram(
      commands[program](folder.path),
      port,
      join(folder.path, 'output.log'),
      undefined,
    );
    const claims = ['X-Forwarded-For', 'X-Real-IP', 'X-Forwarded-Host']
      .map((header) => `${header}: ${evil}\r\n`)
      .join('');
    const answer = await requestFrom(
      clientIp,
      port,
      `GET /it HTTP/1.1\r\nHost: a\r\n${claims}Forwarded: for=${evil}\r\nConnection: close\r\n\r\n`,
    );
    assert.equal(statusOf(answer), 200, answer);
    const head = requestsIn(upstream.bytes).find((one) => one.head.startsWith('GET /it '))?.head ?? '';
    assert.deepEqual(
      [headerOf(head, 'X-Forwarded-For'), headerOf(head, 'X-Real-IP'), headerOf(head, 'X-Forwarded-Host')],
      [chain, clientIp, 'a'],
    );
    assert.equal(headerOf(head, 'X-Forwarded-Port'), String(port));
    assert.doesNotMatch(head, new RegExp(evil));
    const line = (await worker.lines(1)).find(({ path }) => path === '/it');
    assert.equal(line?.client_ip, clientIp);
  });
}

async function requestFrom(localAddress: string, port: number, bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}
