import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateToLatest } from '../migrate.ts';

export { type BaseBackup, takeBaseBackup } from './base-backup.ts';
export { sqlCompiler } from './compiler.ts';
export { startProxy, type TestProxy } from './proxy.ts';

const TEMPLATE = 'linkgrove_template';

const toDatabaseUrl = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
};

async function runStatement(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Creates the migrated template for `cloneDatabase`, with what `prepare` adds. Called once per test run. */
export async function createTemplate(
  serverUrl: string,
  prepare = async (_templateUrl: string) => {},
): Promise<void> {
  await runStatement(serverUrl, `create database ${TEMPLATE}`);
  const url = toDatabaseUrl(serverUrl, TEMPLATE);
  await migrateToLatest(url);
  await prepare(url);
  await runStatement(serverUrl, `alter database ${TEMPLATE} with is_template true allow_connections false`);
}

/** Creates a database from the template. Returns its URL and a function that drops it. */
export async function cloneDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runStatement(serverUrl, `create database ${name} template ${TEMPLATE} strategy file_copy`);
  return {
    url: toDatabaseUrl(serverUrl, name),
    drop: () => runStatement(serverUrl, `drop database if exists ${name} with (force)`),
  };
}
