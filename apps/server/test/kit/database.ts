import type { App } from '@linkgrove/api';
import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Client } from './client.ts';
import type { SignedUp } from './people.ts';

type WithApp = { app: Pick<App, 'db'> };

export const setRole = ({ app }: WithApp, { user }: SignedUp, role: 'admin' | 'user') =>
  app.db.updateTable('users').set({ role }).where('id', '=', user.id).execute();

export async function signUpAdmin(server: WithApp & Pick<Client, 'signUp'>): Promise<SignedUp> {
  const admin = await server.signUp();
  await setRole(server, admin, 'admin');
  return admin;
}

/** Marks a user's address as verified in the database only: no referral qualifies, and no event is recorded. */
export const markVerified = ({ app }: WithApp, { user }: SignedUp) =>
  app.db.updateTable('users').set({ email_verified_at: new Date() }).where('id', '=', user.id).execute();

/** A new person with a verified address, as `markVerified` leaves them. */
export async function signUpVerified(
  server: WithApp & Pick<Client, 'signUp'>,
  overrides?: Record<string, unknown>,
): Promise<SignedUp> {
  const person = await server.signUp(overrides);
  await markVerified(server, person);
  return person;
}

/** Suspends a user in the database only: their sessions stay, and no event is recorded. */
export const markSuspended = ({ app }: WithApp, { user }: SignedUp) =>
  app.db.updateTable('users').set({ suspended_at: new Date() }).where('id', '=', user.id).execute();

export const readPasswordHash = async ({ app }: WithApp, userId: string): Promise<string> => {
  const { password_hash } = await app.db
    .selectFrom('users')
    .select('password_hash')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
  return password_hash ?? '';
};

/** Every table of the product and of its queues, with all of its rows as one text. */
export async function dumpTables(db: Db): Promise<{ schema: string; name: string; text: string }[]> {
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_schema in ('public', 'bullmq') and table_type = 'BASE TABLE'`.execute(db);
  const dumps = [];
  for (const table of tables) {
    const { rows } = await sql<{ row: string }>`
      select t::text as row from ${sql.table(`${table.schema}.${table.name}`)} t`.execute(db);
    dumps.push({ ...table, text: rows.map(({ row }) => row).join('\n') });
  }
  return dumps;
}

/** From now on a copy of each message stays in `kept_messages`: its payload is deleted once it is handled. */
export async function keepMessages({ app }: WithApp): Promise<void> {
  await sql`create table kept_messages as select id, topic, payload from outbox`.execute(app.db);
  await sql`
    create function keep_message() returns trigger language plpgsql as $$
    begin insert into kept_messages values (new.id, new.topic, new.payload); return new; end $$`.execute(
    app.db,
  );
  await sql`
    create trigger keep_message after insert on outbox for each row execute function keep_message()`.execute(
    app.db,
  );
}
