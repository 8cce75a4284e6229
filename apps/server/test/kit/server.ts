import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp, createLogger, type Env, type HostResolver } from '@linkgrove/api';
import { type Mailbox, startMailbox, testConfig, tokenIn } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { startWorker } from '@linkgrove/worker';
import { inject } from 'vitest';
import { createServer } from '../../src/server.ts';
import { type Client, createClient } from './client.ts';

/** One server of an installation. */
export type Instance = Client & { app: App; close: () => Promise<void> };

export type TestServer = Instance & {
  mailbox: Mailbox;
  databaseUrl: string;
  /** Waits for the newest mail to `email` whose subject contains `subject`; returns the token in its link. */
  readMailedToken: (email: string, subject: string) => Promise<string>;
};

/** A server on a free port and on a database that others may serve too. `env` changes its settings. */
export async function startInstance(
  databaseUrl: string,
  env: Env = {},
  resolveHost?: HostResolver,
): Promise<Instance> {
  const config = testConfig(env);
  const logger = createLogger({ level: config.logLevel, name: 'test' });
  const app = await createApp({ config, databaseUrl, logger, ...(resolveHost && { resolveHost }) });
  const server = await createServer(app);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...createClient(url),
    app,
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}

/** `resolveHost` takes the place of DNS. */
export type TestServerOptions = {
  env?: Env;
  /** Without scheduled jobs for tests that call these themselves, and would fail if one ran in between. */
  worker?: boolean | 'without scheduled jobs';
  resolveHost?: HostResolver;
};

/**
 * A whole product on a database of its own: a server on a free port, a real SMTP server and, on request,
 * the worker. `env` changes its settings.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const mailbox = await startMailbox();
  const dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-test-'));
  const env = {
    DATA_DIR: dataDir,
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'Linkgrove <hello@linkgrove.test>',
    ...options.env,
  };
  const instance = await startInstance(database.url, env, options.resolveHost);
  const worker = options.worker
    ? await startWorker(instance.app, {
        databaseUrl: database.url,
        pollMs: 20,
        runsScheduledJobs: options.worker === true,
      })
    : undefined;
  return {
    ...instance,
    mailbox,
    databaseUrl: database.url,
    readMailedToken: async (email, subject) => tokenIn(await mailbox.waitFor(email, subject)),
    close: async () => {
      await worker?.close();
      await instance.close();
      await mailbox.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
