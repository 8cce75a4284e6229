import type { Db, EmailTokenPurpose, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Spends the unspent token of a purpose, if there is one. Calls for one user wait for each other. */
export async function revokeToken(trx: Trx, userId: string, purpose: EmailTokenPurpose): Promise<void> {
  await trx.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
  await trx
    .updateTable('email_tokens')
    .set({ used_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .execute();
}

export async function insertToken(
  trx: Trx,
  token: {
    id: string;
    userId: string;
    purpose: EmailTokenPurpose;
    email: string;
    hash: Buffer;
    minutes: number;
  },
): Promise<void> {
  await trx
    .insertInto('email_tokens')
    .values({
      id: token.id,
      user_id: token.userId,
      purpose: token.purpose,
      email: token.email,
      token_hash: token.hash,
      expires_at: sql<Date>`now() + make_interval(mins => ${token.minutes})`,
    })
    .execute();
}

// A token is only good for the address it was sent to.
const goodToken = (db: Db, purpose: EmailTokenPurpose, hash: Buffer) =>
  db
    .selectFrom('email_tokens as t')
    .innerJoin('users as u', (join) => join.onRef('u.id', '=', 't.user_id').onRef('u.email', '=', 't.email'))
    .where('t.token_hash', '=', hash)
    .where('t.purpose', '=', purpose)
    .where('t.used_at', 'is', null)
    .where('t.expires_at', '>', sql<Date>`now()`);

/** Whose token this is, while it is still good. */
export async function findTokenOwner(db: Db, purpose: EmailTokenPurpose, hash: Buffer) {
  return goodToken(db, purpose, hash).select(['u.id as userId', 'u.email', 'u.username']).executeTakeFirst();
}

/** Spends a token that is still good and returns whose it was; of parallel calls exactly one succeeds. */
export async function consumeToken(
  trx: Trx,
  purpose: EmailTokenPurpose,
  hash: Buffer,
): Promise<string | undefined> {
  const spent = await trx
    .updateTable('email_tokens')
    .set({ used_at: sql`now()` })
    .where('used_at', 'is', null)
    .where('id', 'in', goodToken(trx, purpose, hash).select('t.id'))
    .returning('user_id as userId')
    .executeTakeFirst();
  return spent?.userId;
}
