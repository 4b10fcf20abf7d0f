// The proxies that are compared, each started as its maker ships it and told to do the same work: match a route, keep its
// usual limits and timeouts, give the request an id, forward over kept-alive connections, write an access line to a
// file, count. One worker each. Where ours gathers lines before it writes them, nginx may too. It refuses to install
// anything: what is missing is named with the command that brings it.

import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { workerNodeFlags } from '#config/worker-program';
import { Authority } from '../support/certificates.ts';
import { nginxFolders } from '../support/nginx-folders.ts';
import { versionOf } from './machine.ts';
import { expectedBody, fileNameOf, type Work, works } from './work.ts';

export type ServerName = 'sentinel-stack' | 'nginx' | 'haproxy' | 'caddy';

export interface ServerKind {
  readonly name: ServerName;
  readonly versionArgument: string;
  /** Is compared where files are served. */
  readonly servesFiles: boolean;
  /** Is compared inside TLS. */
  readonly speaksTls: boolean;
  /** Writes its files and returns the command. */
  prepare(setting: Setting): Promise<readonly string[]>;
}

interface Setting {
  readonly folder: string;
  readonly port: number;
  readonly securePort: number;
  readonly upstream: UpstreamPlace;
}

/** Of the upstream: its ports, and who signed its certificate, a file. */
export interface UpstreamPlace {
  readonly port: number;
  readonly securePort: number;
  readonly authority: string;
}

export interface RunningServer extends Program {
  readonly name: ServerName;
  portFor(work: Work): number;
}

const connectionsMax = 6_000; // beyond the 5,000 idle ones of the memory benchmark; HAProxy wants two descriptors for each
const requestsPerConnectionMax = 1_000_000; // nobody closes a connection in the middle of a run
const startedWithinMs = 20_000;
const pollMs = 20;

export const ours: ServerKind = oursAsking(undefined);

/** Ours, with an agent on the route that is measured. */
export function oursAsking(agentSocket: string | undefined): ServerKind {
  return { name: 'sentinel-stack', versionArgument: '--version', servesFiles: true, speaksTls: true, prepare };

  async function prepare(setting: Setting): Promise<readonly string[]> {
    const { folder } = setting;
    await writeFile(join(folder, 'bench.kdl'), agentConfig(agentSocket) + ourConfig(setting));
    const cache = `NODE_COMPILE_CACHE=${join(folder, 'compile-cache')}`; // as the supervisor starts workers
    const main = join(import.meta.dirname, '../../proxy/main.ts');
    return ['env', cache, process.execPath, ...workerNodeFlags, main, '-c', join(folder, 'bench.kdl')];
  }
}

/** In front of the rest: `defaults` hold for what follows, so the routes are written as they are without it. */
function agentConfig(socket: string | undefined): string {
  if (socket === undefined) return '';
  return `defaults { route { filters "allows" } }
agents { agent "allows" { transport { unix-socket "${socket}" }; events "request-headers"; timeout-ms 10000; failure-mode "closed" } }
filters { filter "allows" { agent "allows" } }
`;
}

const nginx: ServerKind = {
  name: 'nginx',
  versionArgument: '-v',
  servesFiles: true,
  speaksTls: true,
  async prepare(setting) {
    const { folder } = setting;
    await writeFile(join(folder, 'nginx.conf'), nginxConfig(setting));
    return ['nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
  },
};

const haproxy: ServerKind = {
  name: 'haproxy',
  versionArgument: '-v',
  servesFiles: false,
  speaksTls: true,
  async prepare(setting) {
    const { folder } = setting;
    await writeFile(join(folder, 'haproxy.cfg'), haproxyConfig(setting));
    return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')];
  },
};

const caddy: ServerKind = {
  name: 'caddy',
  versionArgument: 'version',
  servesFiles: false,
  speaksTls: false,
  async prepare(setting) {
    const { folder } = setting;
    await writeFile(join(folder, 'Caddyfile'), caddyConfig(setting));
    const environment = [
      'env',
      'GOMAXPROCS=1',
      `HOME=${folder}`,
      `XDG_DATA_HOME=${folder}`,
      `XDG_CONFIG_HOME=${folder}`,
    ];
    return [...environment, 'caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
  },
};

export interface Found {
  readonly kinds: readonly ServerKind[];
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

/** Which peers this machine has. */
export async function findPeers(): Promise<Found> {
  const peers = [nginx, haproxy, caddy];
  const versions = await Promise.all(peers.map(({ name, versionArgument }) => versionOf(name, versionArgument)));
  return {
    kinds: peers.filter((_, index) => versions[index] !== undefined),
    versions: Object.fromEntries(peers.map(({ name }, index) => [name, versions[index] ?? 'missing'])),
    missing: peers.filter((_, index) => versions[index] === undefined).map(({ name }) => name),
  };
}

/** Starts one, on this core if one is given; returns when it accepts connections. */
export async function startServer(
  kind: ServerKind,
  folder: string,
  upstream: UpstreamPlace,
  core?: number,
): Promise<RunningServer> {
  const own = join(folder, kind.name);
  await mkdir(join(own, 'files'), { recursive: true });
  for (const work of works.filter(({ isFile }) => isFile))
    await writeFile(join(own, fileNameOf(work)), expectedBody(work, 0));
  await writeCertificate(own);
  const [port, securePort] = [await freePort(), await freePort()];
  const command = await kind.prepare({ folder: own, port, securePort, upstream });
  const program = await startProgram(command, port, join(own, 'output.log'), core);
  if (kind.speaksTls) await accepts(securePort, () => false);
  const portFor = ({ isSecure }: Work) => (isSecure ? securePort : port);
  return { name: kind.name, portFor, ...program };
}

/** Whoever is compared inside TLS has a key of the same kind. HAProxy wants both in one file. Returns who signed, a file. */
async function writeCertificate(folder: string): Promise<string> {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: ['localhost', '127.0.0.1'] });
  await writeFile(join(folder, 'tls.pem'), cert + authority.cert);
  await writeFile(join(folder, 'tls.key'), key, { mode: 0o600 });
  await writeFile(join(folder, 'both.pem'), cert + authority.cert + key, { mode: 0o600 });
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  return join(folder, 'ca.pem');
}

/** The upstream (upstream.ts) as a process of its own. */
export async function startUpstream(folder: string, core?: number): Promise<Program & UpstreamPlace> {
  const [port, securePort] = [await freePort(), await freePort()];
  const own = join(folder, 'upstream');
  await mkdir(own, { recursive: true });
  const authority = await writeCertificate(own);
  const program = join(import.meta.dirname, 'upstream.ts');
  const command = [process.execPath, program, `${port}`, `${securePort}`, join(own, 'tls.pem'), join(own, 'tls.key')];
  return { ...(await startProgram(command, port, join(own, 'output.log'), core)), securePort, authority };
}

export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** What it prints goes to the file: HAProxy's access lines among it. */
export async function startProgram(
  command: readonly string[],
  port: number,
  output: string,
  core: number | undefined,
): Promise<Program> {
  const [program = '', ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command];
  const child = execa(program, args, {
    reject: false,
    stdin: 'ignore',
    buffer: false,
    stdout: { file: output },
    stderr: { file: `${output}.errors` },
    forceKillAfterDelay: 3_000,
  });
  let hasEnded = false;
  const ended = child.then(() => {
    hasEnded = true;
  });
  const dispose = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  if (await accepts(port, () => hasEnded)) return { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: dispose };
  await dispose();
  throw new Error(`${command.join(' ')} did not start:\n${await readFile(`${output}.errors`, 'utf8')}`);
}

/** True as soon as somebody listens; false if the program ended, or did not come so far in time. */
async function accepts(port: number, hasEnded: () => boolean): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < startedWithinMs && !hasEnded(); waitedMs += pollMs) {
    const socket = connect({ host: '127.0.0.1', port });
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return true;
    await sleep(pollMs);
  }
  return false;
}

/** Free a moment ago: not all of these programs can be given port 0 and asked what they got. */
export async function freePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function ourConfig({ folder, port, securePort, upstream }: Setting): string {
  return `admin { address "127.0.0.1:0" }
listeners {
    listener "http" {
        address "127.0.0.1:${port}"
        limits { max-connections ${connectionsMax}; max-requests-per-connection ${requestsPerConnectionMax} }
    }
    listener "https" {
        address "127.0.0.1:${securePort}"
        protocol "https"
        tls { cert-file "tls.pem"; key-file "tls.key" }
        limits { max-connections ${connectionsMax}; max-requests-per-connection ${requestsPerConnectionMax} }
    }
}
routes {
    route "static" { matches { path-prefix "/static" }; upstream "backend" }
    route "files" { matches { path-prefix "/files" }; static-files { root "${folder}" } }
    route "bytes" { matches { path-prefix "/bytes" }; upstream "backend" }
    route "sealed" { matches { path-prefix "/sealed" }; upstream "sealed" }
    route "rest" { builtin-handler "not-found" }
}
upstreams {
    upstream "backend" { target "127.0.0.1:${upstream.port}" }
    upstream "sealed" { target "127.0.0.1:${upstream.securePort}"; tls { ca-cert "${upstream.authority}" } }
}
limits { max-connections ${connectionsMax}; max-connections-per-client ${connectionsMax} }
observability { logging { access-log { path "${join(folder, 'access.log')}" } } }
`;
}

// 64 KB buffers: with the usual 4 KB ones a reply of 100 KB costs nginx more than twice as much.
function nginxConfig({ folder, port, securePort, upstream }: Setting): string {
  return `daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(folder, 'nginx.pid')};
worker_rlimit_nofile ${connectionsMax + 1000};
events { worker_connections ${connectionsMax}; }
http {
    log_format bench '$time_iso8601 $request_id $remote_addr "$request" $status $request_length $body_bytes_sent $request_time '
                     '$upstream_addr $upstream_response_time "$http_user_agent" "$http_referer"';
    access_log ${join(folder, 'access.log')} bench buffer=256k flush=1s;
    ${nginxFolders(folder)}
    keepalive_requests ${requestsPerConnectionMax};
    tcp_nodelay on;
    upstream backend { server 127.0.0.1:${upstream.port}; keepalive 64; keepalive_requests ${requestsPerConnectionMax}; }
    upstream sealed { server 127.0.0.1:${upstream.securePort}; keepalive 64; keepalive_requests ${requestsPerConnectionMax}; }
    server {
        listen 127.0.0.1:${port} backlog=4096;
        listen 127.0.0.1:${securePort} ssl backlog=4096;
        ssl_certificate ${folder}/tls.pem;
        ssl_certificate_key ${folder}/tls.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        location /files { root ${folder}; sendfile off; }
        location /static { proxy_pass http://backend; }
        location /bytes {
            proxy_pass http://backend;
            ${nginxForwarding}
        }
        location /sealed {
            proxy_pass https://sealed;
            proxy_ssl_name localhost;
            proxy_ssl_verify on;
            proxy_ssl_trusted_certificate ${upstream.authority};
            ${nginxForwarding}
        }
        location / { return 404; }
    }
}
`;
}

const nginxForwarding = `proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $host;
            proxy_set_header X-Request-Id $request_id;
            proxy_buffer_size 64k;
            proxy_buffers 4 64k;
            proxy_busy_buffers_size 128k;`;

function haproxyConfig({ folder, port, securePort, upstream }: Setting): string {
  return `global
    nbthread 1
    maxconn ${connectionsMax}
    tune.bufsize 65536
    log stdout format raw local0 info
defaults
    mode http
    log global
    option httplog
    option forwardfor
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 75s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 75s
frontend http
    bind 127.0.0.1:${port} backlog 4096
    bind 127.0.0.1:${securePort} ssl crt ${folder}/both.pem ssl-min-ver TLSv1.2 backlog 4096
    unique-id-format %[uuid()]
    unique-id-header X-Request-Id
    http-request set-header X-Real-IP %[src]
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    use_backend bytes if { path_beg /static }
    use_backend bytes if { path_beg /bytes }
    use_backend sealed if { path_beg /sealed }
backend bytes
    server upstream 127.0.0.1:${upstream.port} pool-max-conn 64
backend sealed
    server upstream 127.0.0.1:${upstream.securePort} pool-max-conn 64 ssl verify required ca-file ${upstream.authority}
`;
}

function caddyConfig({ folder, port, upstream }: Setting): string {
  return `{
    admin off
    auto_https off
}
http://:${port} {
    bind 127.0.0.1
    log {
        output file ${join(folder, 'access.log')}
    }
    reverse_proxy /static* 127.0.0.1:${upstream.port}
    reverse_proxy /bytes* 127.0.0.1:${upstream.port} {
        header_up X-Request-Id {http.request.uuid}
    }
}
`;
}
