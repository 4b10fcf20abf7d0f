// nginx with Debian's module of ModSecurity, where both are installed: a foreign firewall to run tests against, as a
// process of a test, on a loopback port, in a folder of its own. Gone at the end of the scope. Never a service.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { nginxFolders } from './nginx-folders.ts';
import { until } from './proxy.ts';

export const moduleFile = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so';
const program = '/usr/sbin/nginx';

/** For `test(name, { skip }, …)`. */
export const withoutNginx: string | false =
  existsSync(moduleFile) && existsSync(program)
    ? false
    : 'there is no nginx with ModSecurity; install libnginx-mod-http-modsecurity';

export interface ForeignFirewall extends AsyncDisposable {
  readonly url: string;
  readonly log: string;
}

/** `rules`: what stands in front of them all, then files in their order. */
export async function startNginx(
  backend: string,
  settings: string,
  rules: readonly string[],
): Promise<ForeignFirewall> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-nginx-'));
  const port = await freePort();
  const log = join(folder, 'error.log');
  await writeFile(join(folder, 'settings.conf'), settings);
  await writeFile(
    join(folder, 'main.conf'),
    `Include settings.conf\n${rules.map((file) => `Include ${file}\n`).join('')}`,
  );
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, backend));
  const child = execa(program, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', log], {
    reject: false,
    buffer: true,
  });
  let hasEnded = false;
  void child.then(() => {
    hasEnded = true;
  });
  const dispose = async () => {
    child.kill('SIGTERM');
    await child;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(
      async () => hasEnded || existsSync(join(folder, 'nginx.pid')),
      () => 'nginx does not start',
    );
    if (hasEnded)
      throw new Error(`nginx did not start: ${await readFile(log, 'utf8').catch(() => '')}${(await child).stderr}`);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, log, [Symbol.asyncDispose]: dispose };
}

const configuration = (folder: string, port: number, backend: string): string => `
load_module ${moduleFile};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
events { worker_connections 256; }
http {
  access_log off;
  ${nginxFolders(folder)}
  large_client_header_buffers 4 128k;
  client_max_body_size 0;
  server {
    listen 127.0.0.1:${port};
    modsecurity on;
    modsecurity_rules_file ${folder}/main.conf;
    location / { proxy_pass http://${backend}; }
  }
}
`;

/** nginx says nowhere which port it was given, so one is looked for. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
