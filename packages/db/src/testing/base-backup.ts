import { appendFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';

/** Belongs to the running server, or comes from the archive or the primary. */
const LEFT_OUT = /^(postmaster\.(pid|opts)|(pg_wal|pg_replslot|pg_stat_tmp|pg_notify|pg_subtrans)\/.+)$/;

export type BaseBackup = {
  /** A `DATA_DIR` for `startEmbeddedPostgres`. */
  dataDir: string;
  /** `recovery` replays the archive up to a target, `standby` follows a server until it is promoted. */
  signal: 'recovery' | 'standby';
  /** For `postgresql.conf`. */
  settings: Record<string, string>;
};

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Copies a running embedded PostgreSQL with its own functions for backups, as `pg_basebackup` does, which the embedded
 * one lacks. A server that is started on the copy recovers as `signal` and `settings` say.
 */
export async function takeBaseBackup(url: string, { dataDir, signal, settings }: BaseBackup): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    const source = rows[0]?.data_directory ?? '';
    const target = join(dataDir, 'postgres/data');
    await mkdir(join(dataDir, 'postgres'), { recursive: true, mode: 0o700 });
    await client.query(`select pg_backup_start('linkgrove', fast => true)`);
    await cp(source, target, {
      recursive: true,
      filter: (path) => !LEFT_OUT.test(relative(source, path)),
    });
    const { rows: ends } = await client.query<{ labelfile: string; spcmapfile: string }>(
      'select labelfile, spcmapfile from pg_backup_stop()',
    );
    await writeFile(join(target, 'backup_label'), ends[0]?.labelfile ?? '');
    await cp(join(source, '../password'), join(dataDir, 'postgres/password'));
    await writeFile(join(target, `${signal}.signal`), '');
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quote(value)}\n`);
    await appendFile(join(target, 'postgresql.conf'), lines.join(''));
  } finally {
    await client.end();
  }
}
