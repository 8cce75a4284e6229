import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The first answer to each Idempotency-Key of a caller, stored in the transaction of the change it reports.
  await sql`
    create table idempotent_answers (
      caller text not null constraint idempotent_answers_caller_check check (length(caller) between 3 and 100),
      key_hash bytea not null constraint idempotent_answers_key_hash_check check (octet_length(key_hash) = 32),
      request_hash bytea not null
        constraint idempotent_answers_request_hash_check check (octet_length(request_hash) = 32),
      answer bytea not null,
      expires_at timestamptz not null,
      primary key (caller, key_hash)
    )`.execute(db);
  await sql`create index idempotent_answers_expires_idx on idempotent_answers (expires_at)`.execute(db);
}
