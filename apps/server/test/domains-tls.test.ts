import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findFreePort, hasProgram, waitForPort } from '@linkgrove/api/testing';
import { describe, expect, it } from 'vitest';
import { startDns } from './kit/dns.ts';
import { cleanUpLater, eventually, markVerified, newHandle, startTestServer } from './kit/index.ts';

const TARGET = 'pages.linkgrove-test.com';
const SECRET = 'a-secret-of-the-proxy-only';

/** The configuration of docs/domains.md, with Caddy's internal authority instead of a public one. */
const formatCaddyfile = (ports: { https: number; admin: number }, serverUrl: string, folder: string) => `{
  admin 127.0.0.1:${ports.admin}
  storage file_system ${folder}
  skip_install_trust
  auto_https disable_redirects
  https_port ${ports.https}
  on_demand_tls {
    ask ${serverUrl}/internal/tls-check?secret=${SECRET}
  }
}

https://:${ports.https} {
  bind 127.0.0.1
  tls internal {
    on_demand
  }
  reverse_proxy ${new URL(serverUrl).host}
}
`;

async function startCaddy(serverUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'linkgrove-caddy-'));
  cleanUpLater(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const ports = { https: await findFreePort(), admin: await findFreePort() };
  const file = join(folder, 'Caddyfile');
  await writeFile(file, formatCaddyfile(ports, serverUrl, folder));
  const child = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (part: Buffer) => (log += part.toString()));
  cleanUpLater(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const root = join(folder, 'pki/authorities/local/root.crt');
  const ca = await eventually(() => readFile(root, 'utf8').catch(() => undefined)).catch(() => {
    throw new Error(`Caddy did not start: ${log}`);
  });
  await waitForPort(ports.https);
  const visit = async (host: string, path = '/') => {
    const options = { port: ports.https, path, servername: host, ca, agent: false, headers: { host } };
    const sent = request({ ...options, hostname: '127.0.0.1' }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode, body: await text(response) };
  };
  return { visit };
}

describe.skipIf(!hasProgram('caddy', process.env))('through Caddy with on-demand TLS', () => {
  it('a domain gets a certificate and shows its page once it is active, and no other name gets one', async () => {
    const dns = await startDns();
    cleanUpLater(dns.close);
    const server = await startTestServer({
      env: { DNS_SERVERS: dns.address, DOMAIN_TARGET: TARGET, TLS_CHECK_SECRET: SECRET },
    });
    cleanUpLater(server.close);
    const ada = await server.signUp();
    await markVerified(server, ada);
    const page = { handle: newHandle(), title: 'Poetical science', published: true };
    const { id: pageId } = (await server.as(ada, 'POST', '/api/pages', page)).body;
    const hostname = 'links.ada-lovelace.com';
    const domain = (await server.as(ada, 'POST', '/api/domains', { hostname, pageId })).body;
    const { visit } = await startCaddy(server.url);
    await expect(visit(hostname)).rejects.toThrow(/alert|SSL|socket|disconnected|ECONNRESET/i);

    dns.zone[TARGET] = { A: ['198.51.100.7'] };
    dns.zone[hostname] = { CNAME: TARGET };
    dns.zone[domain.records[0].name] = { TXT: [domain.records[0].value] };
    const verified = await server.as(ada, 'POST', `/api/domains/${domain.id}/verify`);
    expect(verified.body.status).toBe('active');

    const shown = await visit(hostname);
    expect([shown.status, shown.body.includes('Poetical science')]).toEqual([200, true]);
    expect((await visit(hostname, '/api/me')).status).toBe(404);
    await expect(visit('other.ada-lovelace.com')).rejects.toThrow(
      /alert|SSL|socket|disconnected|ECONNRESET/i,
    );
  });
});
