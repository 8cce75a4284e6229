import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { ANSWER_HOURS } from './policy.ts';

export type ClaimedKey = { caller: string; keyHash: Buffer };
export type AnswerRow = { requestHash: Buffer; answer: Buffer };

/** Does not wait: false while another transaction holds the key. */
export async function tryLockKey(trx: Trx, { keyHash }: ClaimedKey): Promise<boolean> {
  const lock = `${keyHash.readBigInt64BE()}`;
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(${lock}::bigint) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

export async function findAnswerRow(db: Db, { caller, keyHash }: ClaimedKey): Promise<AnswerRow | undefined> {
  return db
    .selectFrom('idempotent_answers')
    .select(['request_hash as requestHash', 'answer'])
    .where('caller', '=', caller)
    .where('key_hash', '=', keyHash)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
}

/** The caller holds the key's lock and found no answer, so a row in the way has expired. */
export async function insertAnswerRow(
  trx: Trx,
  { caller, keyHash, requestHash, answer }: ClaimedKey & AnswerRow,
): Promise<void> {
  const stored = {
    request_hash: requestHash,
    answer,
    expires_at: sql<Date>`now() + make_interval(hours => ${ANSWER_HOURS})`,
  };
  await trx
    .insertInto('idempotent_answers')
    .values({ caller, key_hash: keyHash, ...stored })
    .onConflict((conflict) => conflict.columns(['caller', 'key_hash']).doUpdateSet(stored))
    .execute();
}

/** Returns how many it deleted. */
export async function deleteExpiredAnswerRows(db: Db, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotent_answers where (caller, key_hash) in (
      select caller, key_hash from idempotent_answers where expires_at <= now()
      order by expires_at limit ${limit} for update skip locked
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}

export async function listKeyIdsOfUser(db: Db, userId: string): Promise<string[]> {
  const rows = await db.selectFrom('api_keys').select('id').where('created_by', '=', userId).execute();
  return rows.map(({ id }) => id);
}

export async function deleteAnswersByCallers(db: Db, callers: string[]): Promise<void> {
  await db.deleteFrom('idempotent_answers').where('caller', 'in', callers).execute();
}
