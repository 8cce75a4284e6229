import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { findFreePort, hasProgram, startMailbox, startRedis } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { startWorker } from '@linkgrove/worker';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { cleanUpLater, type Instance, newPerson, signUpPerson, startInstance } from '../kit/index.ts';

const trusted = getCACertificates();
afterEach(async () => {
  setDefaultCACertificates(trusted);
});

/** A Redis that speaks TLS with a certificate of its own, for the name `localhost`. */
async function startTlsRedis(): Promise<{ url: string; certificate: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'linkgrove-tls-'));
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  writeFileSync(key, pems.private);
  writeFileSync(certificate, pems.cert);
  let port = 0;
  const redis = await startRedis(async () => {
    port = await findFreePort();
    return {
      'tls-port': `${port}`,
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-auth-clients': 'no',
      requirepass: 'secret',
    };
  });
  cleanUpLater(() => rmSync(dir, { recursive: true, force: true }), redis.close);
  return { url: `rediss://:secret@localhost:${port}`, certificate: pems.cert };
}

async function start(redisUrl: string, smtpUrl: string): Promise<Instance> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const instance = await startInstance(database.url, { REDIS_URL: redisUrl, SMTP_URL: smtpUrl });
  cleanUpLater(database.drop, instance.close);
  return instance;
}

describe.skipIf(!hasProgram('redis-server', process.env))('Redis by TLS', { timeout: 60_000 }, () => {
  it('is used when its certificate is trusted, by servers and workers', async () => {
    const { url, certificate } = await startTlsRedis();
    setDefaultCACertificates([...trusted, certificate]);
    const mailbox = await startMailbox();
    cleanUpLater(mailbox.close);
    const server = await start(url, mailbox.url);
    const worker = await startWorker(server.app, { databaseUrl: server.app.databaseUrl, pollMs: 20 });
    cleanUpLater(worker.close);
    await expect.poll(async () => (await server.call('GET', '/readyz')).status).toBe(200);
    const { email } = await signUpPerson(server.url);
    await mailbox.waitFor(email, 'Verify');
    expect(server.app.redis?.status).toBe('ready');
  });

  it('is not spoken to when its certificate is not trusted; the rest goes on without it', async () => {
    const { url } = await startTlsRedis();
    const server = await start(url, 'smtp://127.0.0.1:1');
    const register = await server.call('POST', '/api/register', { body: newPerson() });
    expect(register.status).toBe(201);
    const { status, body } = await server.call('GET', '/readyz');
    expect(status).toBe(503);
    expect(JSON.stringify(body)).toContain('redis');
    expect(server.app.redis?.status).not.toBe('ready');
  });
});
