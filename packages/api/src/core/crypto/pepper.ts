import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import { ConfigError } from '../config/config.ts';
import { createKeyedHasher } from './crypto.ts';

/** Says nothing about the pepper to those who do not have it. */
const fingerprint = (pepper: Buffer): string =>
  createKeyedHasher(pepper)('pepper', 'linkgrove').toString('base64url');

/**
 * The first program to use a database leaves the fingerprint of its pepper there. Throws `ConfigError` if this one's is
 * another: every password and every mailed link would be wrong.
 */
export async function requireRightPepper(db: Db, pepper: Buffer): Promise<void> {
  const own = fingerprint(pepper);
  const { rows } = await sql<{ value: string }>`
    with added as (
      insert into installation_facts (name, value) values ('pepper', ${own}) on conflict do nothing returning value
    )
    select value from added union all select value from installation_facts where name = 'pepper'`.execute(db);
  if (rows.some(({ value }) => value !== own))
    throw new ConfigError('PASSWORD_PEPPER is not the one that this database was made with');
}
