import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCommand } from './command.ts';
import { freePort } from '../../e2e/harness/free-port.ts';
import { untilListening } from './until-listening.ts';
import type { TunnelPath } from './tunnel-path.ts';

/** startNginx proxies HTTP to a port of this machine, as its manual advises for throughput, on one core. */
export async function startNginx(targetPort: number, core: number): Promise<TunnelPath> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-nginx-'));
  const port = await freePort();
  await mkdir(path.join(folder, 'temp'));
  await writeFile(
    path.join(folder, 'nginx.conf'),
    nginxConfig(folder, {
      port,
      upstream: `upstream app { server 127.0.0.1:${targetPort}; keepalive 128; }`,
      location: `proxy_pass http://app; proxy_http_version 1.1; proxy_buffering off;
        proxy_set_header Connection ""; proxy_set_header Host $host;`,
    }),
  );
  const nginx = startCommand(['nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { core });
  await untilListening(port);
  return {
    port,
    async stop() {
      await nginx.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** nginxConfig keeps everything in one folder and one process, so that any account and sandbox can run it. */
export function nginxConfig(
  folder: string,
  server: { readonly port: number | string; readonly upstream?: string; readonly location: string },
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off; master_process off; pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; default_type text/plain;
  ${temporary.map((name) => `${name}_temp_path ${folder}/temp;`).join(' ')}
  ${server.upstream ?? ''}
  server { listen 127.0.0.1:${server.port}; location / { ${server.location} } }
}
`;
}
