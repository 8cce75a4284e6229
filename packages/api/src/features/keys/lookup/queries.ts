import { type Db, prepareQuery, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Scope } from '../../../core/access.ts';
import { KEY_USE_INTERVAL_SECONDS } from '../policy.ts';

// As a literal, which the planner knows, rather than as a parameter.
const lastUseInterval = sql`make_interval(secs => ${sql.lit(KEY_USE_INTERVAL_SECONDS)})`;
const isStale = sql<boolean>`coalesce(last_used_at < now() - ${lastUseInterval}, true)`;

export type KeyState = 'live' | 'expired' | 'revoked';

const NO_HASH: { hash: Buffer } = { hash: Buffer.alloc(0) };

const selectKeyByHash = prepareQuery(NO_HASH, (db, { hash }) =>
  db
    .selectFrom('api_keys as k')
    .innerJoin('users as u', 'u.id', 'k.created_by')
    .innerJoin('workspaces as w', 'w.id', 'k.workspace_id')
    .select(['k.id as keyId', 'k.created_by as userId', 'k.workspace_id as workspaceId', 'k.start'])
    .select(['k.scopes', 'k.allowed_networks as allowedNetworks', 'k.countries', isStale.as('stale')])
    .select(
      sql<KeyState>`case when k.revoked_at is not null then 'revoked'
        when least(k.expires_at, k.ends_at) <= now() then 'expired' else 'live' end`.as('state'),
    )
    .where('k.hash', '=', hash)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .where('w.deleted_at', 'is', null)
    .$narrowType<{ scopes: Scope[] }>()
    .compile(),
);

/** Undefined also if the person or the workspace is not there; `stale` if the last use must be stored again. */
export async function findKeyByHash(db: Db, hash: Buffer) {
  const [key] = await selectKeyByHash(db, { hash });
  return key;
}

/** Once an interval, however many servers see the key. */
export async function touchKey(db: Db, id: string): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ last_used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where(isStale)
    .execute();
}

/** Returns how many countries are known now; undefined if this one was known. */
export async function insertKeyCountry(trx: Trx, id: string, country: string): Promise<number | undefined> {
  const row = await trx
    .updateTable('api_keys')
    .set({ countries: sql<string[]>`array_append(countries, ${country}::text)` })
    .where('id', '=', id)
    .where(sql<boolean>`${country}::text <> all(countries)`)
    .returning(sql<number>`cardinality(countries)`.as('count'))
    .executeTakeFirst();
  return row?.count;
}
