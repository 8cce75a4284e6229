import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const upstream = (name: string, ports: number[]): string => `
  upstream ${name} {
    ${ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;`).join('\n    ')}
    keepalive 64;
  }`;

/** As root, nginx would give up its rights and could not read a folder that is ours alone. */
const user = process.getuid?.() === 0 ? 'user root;' : '';

/**
 * Settings of an nginx that shares requests between servers. While a file `drain/n` is there, server n gets none:
 * nginx looks for it at every request, so that nothing has to be loaded anew, which would cut kept-alive clients off.
 */
function configuration(folder: string, port: number, servers: number[]): string {
  const without = servers.map((_, n) => `without_${n}`);
  return `${user}
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_max_body_size 2m;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
${upstream('all', servers)}
${without
  .map((name, n) =>
    upstream(
      name,
      servers.filter((_, other) => other !== n),
    ),
  )
  .join('\n')}

  server {
    listen 127.0.0.1:${port};
    set $servers all;
    ${without.map((name, n) => `if (-f ${folder}/drain/${n}) { set $servers ${name}; }`).join('\n    ')}
    location / {
      proxy_pass http://$servers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout 1s;
      proxy_read_timeout 30s;
      # One that could not be sent goes to another server; one that was sent only if repeating it changes nothing.
      proxy_next_upstream error timeout;
    }
  }
}
`;
}

/** Writes the settings, and returns how nginx is called and how a server is taken out and put back. */
export function prepareNginx(
  folder: string,
  port: number,
  servers: number[],
): { args: string[]; drain: (server: number) => void; refill: (server: number) => void } {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'drain'), { recursive: true });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, servers));
  const mark = (server: number) => join(folder, 'drain', `${server}`);
  return {
    args: ['-p', folder, '-c', file, '-e', join(folder, 'error.log')],
    drain: (server) => writeFileSync(mark(server), ''),
    refill: (server) => rmSync(mark(server), { force: true }),
  };
}
