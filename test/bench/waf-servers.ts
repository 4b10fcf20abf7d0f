// Two firewalls as people run them, each the whole of it: our stack with its supervisor, a worker and the firewall's
// processes, and nginx with ModSecurity's module of Debian (libnginx-mod-http-modsecurity). The same rules and the same
// upstream for both, no audit log for either. It refuses to install anything: without the module there is no peer.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { engineSettings } from '../../crs-tests/rules.ts';
import { nginxFolders } from '../support/nginx-folders.ts';
import { moduleFile } from '../support/nginx-modsecurity.ts';
import { corpusRuleFiles } from './modsecurity/corpus.ts';
import { freePort, type Program, startProgram } from './servers.ts';

export interface Firewall extends Program {
  readonly name: string;
}

export interface Around {
  readonly folder: string;
  readonly upstreamPort: number;
  readonly crs: string; // the folder of the Core Rule Set
}

const launcher = join(import.meta.dirname, '../../sentinel-stack');
const requestsPerConnectionMax = 1_000_000;

/** In microseconds of nothing: long enough that a busy machine is no failure. */
const timeoutMs = 20_000;

export interface Asked {
  readonly instances: number;
  readonly level: number;
  readonly more?: string; // of the block `waf`
}

export async function startOurs(
  { folder, upstreamPort, crs }: Around,
  { instances, level, more = '' }: Asked,
): Promise<Firewall> {
  const own = join(folder, `ours-${instances}-${level}`);
  await mkdir(own, { recursive: true });
  const port = await freePort();
  await writeFile(
    join(own, 'sentinel.kdl'),
    `system { runtime-dir "${join(own, 'run')}"; worker-threads 1 }
admin { address "127.0.0.1:0" }
listeners { listener "http" { address "127.0.0.1:${port}"; limits { max-requests-per-connection ${requestsPerConnectionMax} } } }
routes { route "all" { upstream "backend" } }
upstreams { upstream "backend" { target "127.0.0.1:${upstreamPort}" } }
waf { rules "${crs}"; paranoia-level ${level}; instances ${instances}; timeout-ms ${timeoutMs}; ${more} }
observability { logging { access-log { path "${join(own, 'access.log')}" } } }
`,
  );
  const command = [launcher, 'up', '-c', join(own, 'sentinel.kdl'), '--log-format', 'json'];
  const name = `sentinel-stack, ${instances} ${instances === 1 ? 'process' : 'processes'} of the firewall`;
  return { name, ...(await startProgram(command, port, join(own, 'output.log'), undefined)) };
}

export const modSecurityIsHere = (): boolean => existsSync(moduleFile);
export const withoutModSecurity =
  'nginx with ModSecurity is not here, so nothing is compared; on Debian: apt-get install nginx libnginx-mod-http-modsecurity';

/** Two workers: one for each core, as ours has processes for both. */
export async function startModSecurity({ folder, upstreamPort, crs }: Around, level: number): Promise<Firewall> {
  const own = join(folder, `modsecurity-${level}`);
  await mkdir(own, { recursive: true });
  const port = await freePort();
  const { before, after } = corpusRuleFiles(crs);
  const levels = `SecAction "id:900000,phase:1,pass,t:none,nolog,setvar:tx.blocking_paranoia_level=${level},setvar:tx.detection_paranoia_level=${level}"`;
  const settings = engineSettings
    .replace('SecResponseBodyAccess On', 'SecResponseBodyAccess Off')
    .replace(/(?<=SecRequestBodyNoFilesLimit )\d+/, '13107200');
  await writeFile(join(own, 'settings.conf'), `${settings}SecAuditEngine Off\n${levels}\n`);
  const rules = [join(own, 'settings.conf'), ...before, ...after].map((file) => `Include ${file}\n`).join('');
  await writeFile(join(own, 'rules.conf'), rules);
  await writeFile(join(own, 'nginx.conf'), nginxConfig(own, port, upstreamPort));
  const command = ['nginx', '-p', own, '-e', join(own, 'error.log'), '-c', join(own, 'nginx.conf')];
  return { name: 'nginx + ModSecurity', ...(await startProgram(command, port, join(own, 'output.log'), undefined)) };
}

const nginxConfig = (folder: string, port: number, upstreamPort: number): string => `load_module ${moduleFile};
daemon off;
worker_processes 2;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(folder, 'nginx.pid')};
events { worker_connections 1024; }
http {
    access_log ${join(folder, 'access.log')} combined buffer=64k flush=1s;
    client_max_body_size 4m;
    client_body_buffer_size 2m;
    ${nginxFolders(folder)}
    keepalive_requests ${requestsPerConnectionMax};
    modsecurity on;
    modsecurity_rules_file ${join(folder, 'rules.conf')};
    upstream backend { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests ${requestsPerConnectionMax}; }
    server {
        listen 127.0.0.1:${port} backlog=4096;
        location / {
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }
    }
}
`;
