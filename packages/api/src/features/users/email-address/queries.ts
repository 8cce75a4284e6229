import { type Db, type SqlPart, sqlPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export const lowerEmail = sql<string>`lower(email collate "C")`;

const mailboxOwner = (emailCanonical: string) => sqlPart`
  select u.id from users u where u.email_canonical = ${emailCanonical}::text and u.email_verified_at is not null`;

/** In any spelling of the mailbox. */
export const mailboxOwnerPart = (emailCanonical: string): SqlPart => mailboxOwner(emailCanonical);

/** Compares verified mailboxes in any spelling, and verified addresses in any case. */
export async function hasMailboxOwner(
  db: Db,
  { email, emailCanonical }: { email: string; emailCanonical: string },
): Promise<boolean> {
  const { rows } = await sql`
    ${mailboxOwner(emailCanonical)} union
    select id from users where ${lowerEmail} = ${email.toLowerCase()} and email_verified_at is not null`.execute(
    db,
  );
  return rows.length > 0;
}

/** Compares addresses in any case, and verified mailboxes in any spelling. */
export async function isEmailTaken(
  db: Db,
  { email, emailCanonical, userId }: { email: string; emailCanonical: string; userId: string | null },
): Promise<boolean> {
  const { rows } = await sql`
    select from (
      select id from users where ${lowerEmail} = ${email.toLowerCase()} union ${mailboxOwner(emailCanonical)}
    ) holder where id is distinct from ${userId}::uuid`.execute(db);
  return rows.length > 0;
}

/** Throws `users_verified_mailbox_key`. Unless it is proven, somebody else may have used the account until now. */
export async function markEmailVerified(trx: Trx, id: string, isProven: boolean): Promise<void> {
  await sql`
    update users set email_verified_at = now(), unproven_until = case when ${!isProven}::boolean then now() end
    where id = ${id}::uuid and email_verified_at is null`.execute(trx);
}

export const markProven = (trx: Trx, id: string) =>
  trx.updateTable('users').set({ unproven_until: null }).where('id', '=', id).execute();

/** For an address that the user has verified and changes away from. */
export async function insertPreviousEmail(trx: Trx, id: string, emailHmac: Buffer): Promise<void> {
  await trx
    .insertInto('previous_emails')
    .values({ user_id: id, email_hmac: emailHmac })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Verified if the old one was. Throws the unique violations `users_email_key` and `users_verified_mailbox_key`. */
export async function updateEmail(
  trx: Trx,
  id: string,
  email: { address: string; canonical: string },
): Promise<void> {
  await trx
    .updateTable('users')
    .set({
      email: email.address,
      email_canonical: email.canonical,
      email_verified_at: sql`case when email_verified_at is not null then now() end`,
    })
    .where('id', '=', id)
    .execute();
}
