import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const formatUpstream = (name: string, ports: number[]): string => `
  upstream ${name} {
    ${ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;`).join('\n    ')}
    keepalive 64;
  }`;

/** Started as root, nginx would drop its privileges and could not read the private folder. */
const USER_DIRECTIVE = process.getuid?.() === 0 ? 'user root;' : '';

/**
 * Returns the configuration of an nginx that balances between servers. While a file `drain/n` exists, server n gets no
 * requests. nginx checks for the file on every request; a reload would close keep-alive connections.
 */
function formatConfiguration(folder: string, port: number, servers: number[]): string {
  const without = servers.map((_, n) => `without_${n}`);
  return `${USER_DIRECTIVE}
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_max_body_size 2m;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
${formatUpstream('all', servers)}
${without
  .map((name, n) =>
    formatUpstream(
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
      # Requests that were not sent go to another server; those that were sent only if they are idempotent.
      proxy_next_upstream error timeout;
    }
  }
}
`;
}

/** Writes the configuration. Returns nginx's arguments, and functions that take a server out and put it back. */
export function prepareNginx(
  folder: string,
  port: number,
  servers: number[],
): { args: string[]; drain: (server: number) => void; refill: (server: number) => void } {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'drain'), { recursive: true });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, formatConfiguration(folder, port, servers));
  const toDrainFile = (server: number) => join(folder, 'drain', `${server}`);
  return {
    args: ['-p', folder, '-c', file, '-e', join(folder, 'error.log')],
    drain: (server) => writeFileSync(toDrainFile(server), ''),
    refill: (server) => rmSync(toDrainFile(server), { force: true }),
  };
}
