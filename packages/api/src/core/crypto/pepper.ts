import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import { ConfigError } from '../config/config.ts';
import { createKeyedHasher } from './crypto.ts';

/** The first hashes passwords and seals secrets, all verify and open. From the last one all other keys are derived. */
export type Peppers = readonly [Buffer, ...Buffer[]];

/** Says nothing about the pepper to those who do not have it. */
const fingerprint = (pepper: Buffer): string =>
  createKeyedHasher(pepper)('pepper', 'linkgrove').toString('base64url');

/** Precedes each hash, to tell which pepper it has. */
export const identifyPepper = (pepper: Buffer): string => fingerprint(pepper).slice(0, 8);

/**
 * The first program to use a database leaves the fingerprint of its pepper there. Throws `ConfigError` if none of these
 * is that one: passwords, sealed secrets and mailed links would be wrong.
 */
export async function requireRightPepper(db: Db, peppers: Peppers): Promise<void> {
  const own = peppers.map(fingerprint);
  const { rows } = await sql<{ value: string }>`
    with added as (
      insert into installation_facts (name, value) values ('pepper', ${own.at(-1)}) on conflict do nothing returning value
    )
    select value from added union all select value from installation_facts where name = 'pepper'`.execute(db);
  if (!rows.every(({ value }) => own.includes(value)))
    throw new ConfigError('PASSWORD_PEPPER is not the one that this database was made with');
}

/** From now on the database can do without the older ones. */
export async function recordPepper(db: Db, [pepper]: Peppers): Promise<void> {
  await sql`
    insert into installation_facts (name, value) values ('pepper', ${fingerprint(pepper)})
    on conflict (name) do update set value = excluded.value`.execute(db);
}
