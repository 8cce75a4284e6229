import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import {
  CONFIRMATION_DAYS,
  MAIL_PAUSE_HOURS,
  MAX_MAILS_PER_MAILBOX_A_DAY,
  SUBMISSION_DAYS,
} from './policy.ts';
import type { Submission, SubmittedFields } from './schema.ts';

export type NewSubmission = {
  id: string;
  pageId: string;
  blockId: string;
  fields: SubmittedFields;
  consent: string | null;
};

const COLUMNS = [
  's.id',
  's.block_id as blockId',
  sql<Submission['state']>`s.state`.as('state'),
  sql<SubmittedFields>`s.fields`.as('fields'),
  's.consent',
  's.created_at as createdAt',
  's.confirmed_at as confirmedAt',
] as const;

export async function insertSubmission(trx: Trx, given: NewSubmission): Promise<void> {
  const { id, pageId, blockId, fields, consent } = given;
  await sql`
    insert into form_submissions (id, page_id, block_id, state, fields, consent)
    values (${id}, ${pageId}, ${blockId}, 'received', ${JSON.stringify(fields)}::jsonb, ${consent})`.execute(
    trx,
  );
}

const confirmationStart = sql<Date>`now() - make_interval(days => ${CONFIRMATION_DAYS})`;

/** Returns the ID to which a mail has to be sent, if any. The caller holds the lock of the mailbox. */
export async function storePendingSubmission(
  trx: Trx,
  given: NewSubmission & { mailboxHash: Buffer; tokenHash: Buffer },
): Promise<string | undefined> {
  const { id, pageId, blockId, fields, consent, mailboxHash, tokenHash } = given;
  const { rows } = await sql<{ id: string }>`
    insert into form_submissions as s
      (id, page_id, block_id, state, fields, consent, mailbox_hash, token_hash, mailed_at)
    select ${id}::uuid, ${pageId}::uuid, ${blockId}::uuid, 'pending', ${JSON.stringify(fields)}::jsonb,
      ${consent}::text, ${mailboxHash}::bytea, ${tokenHash}::bytea, now()
    where (
      select count(*) from form_submissions
      where mailbox_hash = ${mailboxHash}::bytea and mailed_at > now() - interval '1 day'
    ) < ${MAX_MAILS_PER_MAILBOX_A_DAY}
    on conflict (block_id, mailbox_hash) do update
      set fields = excluded.fields, consent = excluded.consent, created_at = now(), mailed_at = now()
      where s.state = 'pending' and s.mailed_at < now() - make_interval(hours => ${MAIL_PAUSE_HOURS})
    returning id`.execute(trx);
  return rows[0]?.id;
}

export async function lockMailbox(trx: Trx, mailboxHash: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${mailboxHash.toString('hex')}, 20))`.execute(trx);
}

/** Returns a submission whose state changed; undefined if there is none to confirm. */
export async function markSubmissionConfirmed(
  trx: Trx,
  tokenHash: Buffer,
): Promise<{ id: string } | undefined> {
  return trx
    .updateTable('form_submissions')
    .set({ state: 'confirmed', confirmed_at: sql<Date>`now()` })
    .where('token_hash', '=', tokenHash)
    .where('state', '=', 'pending')
    .where('created_at', '>', confirmationStart)
    .returning('id')
    .executeTakeFirst();
}

export async function findSubmissionByToken(db: Db, tokenHash: Buffer) {
  return db
    .selectFrom('form_submissions as s')
    .innerJoin('pages as p', 'p.id', 's.page_id')
    .select([...COLUMNS, 'p.handle', 'p.language'])
    .where('s.token_hash', '=', tokenHash)
    .where(
      's.created_at',
      '>',
      sql<Date>`case when s.state = 'pending' then ${confirmationStart} else '-infinity' end`,
    )
    .executeTakeFirst();
}

export type DeletedSubmission = { id: string; workspaceId: string };

async function deleteSubmission(
  db: Db,
  condition: RawBuilder<unknown>,
): Promise<DeletedSubmission | undefined> {
  const { rows } = await sql<DeletedSubmission>`
    delete from form_submissions s using pages p
    where p.id = s.page_id and ${condition}
    returning s.id, p.workspace_id as "workspaceId"`.execute(db);
  return rows[0];
}

export const deleteSubmissionByToken = (db: Db, tokenHash: Buffer): Promise<DeletedSubmission | undefined> =>
  deleteSubmission(db, sql`s.token_hash = ${tokenHash}::bytea`);

export const deleteSubmissionOfPage = (
  db: Db,
  { pageId, id }: { pageId: string; id: string },
): Promise<DeletedSubmission | undefined> =>
  deleteSubmission(db, sql`s.page_id = ${pageId}::uuid and s.id = ${id}::uuid`);

export type SubmissionRow = Awaited<ReturnType<typeof listSubmissionRows>>[number];

/** The newest first. */
export async function listSubmissionRows(
  db: Db,
  filter: { pageId: string; block?: string | undefined; before: string | null; limit: number },
) {
  return db
    .selectFrom('form_submissions as s')
    .select(COLUMNS)
    .where('s.page_id', '=', filter.pageId)
    .$call((query) => (filter.block === undefined ? query : query.where('s.block_id', '=', filter.block)))
    .$call((query) => (filter.before === null ? query : query.where('s.id', '<', filter.before)))
    .orderBy('s.id', 'desc')
    .limit(filter.limit)
    .execute();
}

/** For all pages of the workspaces, those in the trash included. The newest first. */
export async function listSubmissionRowsOfWorkspaces(
  db: Db,
  filter: { workspaces: RawBuilder<string>; before: string | null; limit: number },
) {
  return db
    .selectFrom('form_submissions as s')
    .innerJoin('pages as p', 'p.id', 's.page_id')
    .select([...COLUMNS, 's.page_id as pageId'])
    .where('p.workspace_id', 'in', filter.workspaces)
    .$call((query) => (filter.before === null ? query : query.where('s.id', '<', filter.before)))
    .orderBy('s.id', 'desc')
    .limit(filter.limit)
    .execute();
}

export const submissionEventQuery = (id: string) => sql`
  select p.workspace_id, s.id as object_id, json_build_object(
    'id', s.id, 'pageId', s.page_id, 'blockId', s.block_id, 'state', s.state, 'fields', s.fields,
    'consent', s.consent, 'createdAt', to_char(s.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  ) as data
  from form_submissions s join pages p on p.id = s.page_id where s.id = ${id}::uuid`;

export async function deleteOldSubmissionRows(db: Db): Promise<void> {
  await sql`
    delete from form_submissions
    where created_at < now() - make_interval(days => ${SUBMISSION_DAYS})
      or state = 'pending' and created_at < ${confirmationStart}`.execute(db);
}
