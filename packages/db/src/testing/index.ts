import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateToLatest } from '../migrate.ts';

export { startProxy, type TestProxy } from './proxy.ts';

const TEMPLATE = 'linkgrove_template';

const urlOf = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
};

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Makes the migrated template database that `cloneDatabase` copies; once per test run. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await run(serverUrl, `create database ${TEMPLATE}`);
  await migrateToLatest(urlOf(serverUrl, TEMPLATE));
  await run(serverUrl, `alter database ${TEMPLATE} with is_template true allow_connections false`);
}

/** Copies the template into a database of its own and returns its URL and a function that drops it. */
export async function cloneDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await run(serverUrl, `create database ${name} template ${TEMPLATE} strategy file_copy`);
  return {
    url: urlOf(serverUrl, name),
    drop: () => run(serverUrl, `drop database if exists ${name} with (force)`),
  };
}
