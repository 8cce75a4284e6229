import { type Db, deleteExpiredRows } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Budget } from '../../core/limits/budgets.ts';

export async function isEmailTokenFresh(db: Db, id: string): Promise<boolean> {
  const token = await db
    .selectFrom('email_tokens')
    .select('id')
    .where('id', '=', id)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return token !== undefined;
}

export async function isInvitationOpen(db: Db, id: string): Promise<boolean> {
  const invitation = await db
    .selectFrom('workspace_invitations')
    .select('id')
    .where('id', '=', id)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return invitation !== undefined;
}

export async function isFormUnconfirmed(db: Db, id: string): Promise<boolean> {
  const submission = await db
    .selectFrom('form_submissions')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  return submission !== undefined;
}

export type NamedBudget = Budget & { name: string };

const takePart = (
  recipientHash: Buffer,
  { name, points, seconds }: NamedBudget,
  condition: RawBuilder<boolean>,
) => sql`
  insert into mail_budgets as b (recipient_hash, name, sent, ends_at)
  select ${recipientHash}::bytea, ${name}::text, 1, now() + make_interval(secs => ${seconds})
  where ${condition}
  on conflict (recipient_hash, name) do update set
    sent = case when b.ends_at <= now() then 1 else b.sent + 1 end,
    ends_at = case when b.ends_at <= now() then excluded.ends_at else b.ends_at end
  where b.ends_at <= now() or b.sent < ${points}::int
  returning name`;

/** Stops at the first spent budget. One statement, so that parallel calls cannot exceed a budget. */
export async function takeFromBudgets(
  db: Db,
  recipientHash: Buffer,
  budgets: NamedBudget[],
): Promise<boolean> {
  const parts = budgets.map((budget, index) => {
    const condition =
      index === 0 ? sql<boolean>`true` : sql<boolean>`exists (select from ${sql.id(`b${index - 1}`)})`;
    return sql`${sql.id(`b${index}`)} as (${takePart(recipientHash, budget, condition)})`;
  });
  const { rows } = await sql<{ taken: boolean }>`
    with ${sql.join(parts)} select exists (select from ${sql.id(`b${parts.length - 1}`)}) as taken`.execute(
    db,
  );
  return rows[0]?.taken === true;
}

export const deleteEndedMailBudgets = (db: Db): Promise<void> =>
  deleteExpiredRows(db, { table: 'mail_budgets', by: sql`ends_at`, before: sql<Date>`now()` });
