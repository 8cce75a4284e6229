import type pg from 'pg';

/** Everything that our statements and the parsing of their results rely on, whatever the database or the role sets. */
const SETTINGS: Record<string, string> = {
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  default_transaction_isolation: 'read committed',
  lock_timeout: '0',
};

type Timeouts = { statement_timeout: number; idle_in_transaction_session_timeout?: number };

/**
 * In one statement, not as startup parameters, which PgBouncer refuses. False behind a pooler, which announces a process
 * ID of its own.
 */
export async function applySessionSettings(client: pg.ClientBase, timeouts: Timeouts): Promise<boolean> {
  const all = Object.entries({ ...SETTINGS, ...timeouts });
  const parts = all.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  const { rows } = await client.query<{ pid: number }>(
    `select pg_backend_pid() as pid, ${parts.join(', ')}`,
    all.flatMap(([name, value]) => [name, String(value)]),
  );
  return rows[0]?.pid === client.processID;
}
