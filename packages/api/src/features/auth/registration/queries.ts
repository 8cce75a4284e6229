import { type Db, preparedMark } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { CodeRefusal, SignUpParts } from '../../referrals/sign-up/schema.ts';

export type SignUpStatement = {
  credit: SignUpParts;
  /** The insertion of the user, who becomes the statement's `account`. */
  account: RawBuilder<unknown>;
  session: RawBuilder<unknown>;
  /** The claim of the handle of the first page. */
  handle: RawBuilder<unknown>;
  /** What else is inserted once there is an account. */
  others: RawBuilder<unknown>[];
};

export type StoredSignUp = { createdAt: Date; referrerId: string | null; referredBy: string | null };

/**
 * Stores all of a sign-up in one statement, or nothing; answers with the new account, or with why its
 * referral code keeps it out. Throws the unique violations of users and codes, and the refusal of the handle.
 */
export async function executeSignUp(
  db: Db,
  { credit, account, session, handle, others }: SignUpStatement,
): Promise<StoredSignUp | { refusal: CodeRefusal }> {
  const inserted = others.map(
    (insertion, index) => sql`${sql.id(`other_${index}`)} as (${insertion} from account)`,
  );
  const { rows } = await sql<StoredSignUp & { id: string | null; refusal: CodeRefusal }>`
    ${preparedMark} with ${credit.admission},
    account as (${account} where ${credit.isAdmitted} returning id, created_at, referred_by),
    ${credit.referral},
    ${session},
    handle as (${handle}),
    ${sql.join(inserted)}
    select a.id, a.created_at as "createdAt", a.referred_by as "referrerId", r.username as "referredBy",
      (select refusal from verdict) as refusal
    from (values (1)) one left join account a on true left join users r on r.id = a.referred_by`.execute(db);
  const [{ id, refusal, ...signedUp }] = rows as [(typeof rows)[0]];
  return id === null ? { refusal } : signedUp;
}
