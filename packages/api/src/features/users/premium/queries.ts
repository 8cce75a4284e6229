import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function extendPremium(trx: Trx, id: string): Promise<Date> {
  const row = await trx
    .updateTable('users')
    .set({ premium_until: sql`greatest(premium_until, now()) + interval '1 month'`, premium_notice: true })
    .where('id', '=', id)
    .returning(sql<Date>`premium_until`.as('premiumUntil'))
    .executeTakeFirstOrThrow();
  return row.premiumUntil;
}

/** Users whose premium time has ended and who were not told; each is returned once. */
export async function takePremiumEnds(trx: Trx, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update users set premium_notice = false where id in (
      select id from users where premium_notice and premium_until <= now()
      order by premium_until limit ${limit} for update skip locked
    )
    returning id`.execute(trx);
  return rows.map(({ id }) => id);
}
