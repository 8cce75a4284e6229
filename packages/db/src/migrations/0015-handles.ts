import { type Kysely, sql } from 'kysely';

const RESERVED = `about abuse account accounts admin administrator api app assets auth billing blog bot cdn community
  confirm-email contact dashboard dev docs download email embed error explore faq favicon.ico feed forgot-password ftp go
  graphql healthz help home host hostmaster imprint index info invite jobs legal linkgrove localhost login logout mail
  mailer mailer-daemon me media metrics moderator new news no-reply noreply notifications null official openapi.json
  owner page pages password payments postmaster press pricing privacy profile public qr queues readyz recover redeem
  referral referrals refresh register reset reset-password rewards robots.txt root rss sales search security server
  session sessions settings share shop signin signout signup sitemap.xml smtp ssl staff static status store support
  system team terms test trpc undefined unsubscribe user username users verify verify-email webhook webhooks webmaster
  well-known www`;

const THEME = JSON.stringify({
  preset: 'default',
  font: null,
  colorScheme: 'auto',
  colors: { text: null, accent: null, button: null, buttonText: null },
  background: null,
  buttonShape: null,
  buttonStyle: null,
});
const SEO = JSON.stringify({ title: null, description: null, noindex: false });

export async function up(db: Kysely<unknown>): Promise<void> {
  // In use, redirecting to a renamed page, held for its last owner (keyed hash if deleted), or reserved.
  await sql`
    create table handles (
      handle text primary key check (handle = lower(handle collate "C")),
      state text not null check (state in ('active', 'renamed', 'held', 'reserved')),
      user_id uuid references users (id),
      page_id uuid,
      until timestamptz,
      owner_hmac bytea,
      created_at timestamptz not null default now(),
      constraint handles_shape check (
        state = 'reserved' or handle ~ '^[a-z0-9](?:[a-z0-9]|[._-](?=[a-z0-9])){2,29}$'
      ),
      constraint handles_by_state check (
        case state
          when 'active' then page_id is not null and user_id is not null and until is null
          when 'renamed' then page_id is not null and user_id is not null and until is not null
          when 'held' then until is not null
          else page_id is null and user_id is null and until is null
        end
      ),
      constraint handles_of_who_left check (owner_hmac is null or (state = 'held' and user_id is null)),
      constraint handles_page_fkey foreign key (page_id, user_id) references pages (id, user_id)
        on delete set null (page_id)
    )`.execute(db);
  await sql`create unique index handles_active_key on handles (page_id) where state = 'active'`.execute(db);
  await sql`create index handles_page_idx on handles (page_id)`.execute(db);
  await sql`create index handles_user_idx on handles (user_id)`.execute(db);
  await sql`create index handles_until_idx on handles (until) where until is not null`.execute(db);

  // Existing users get their first page, with a UUIDv7 made from the time of their sign-up.
  await sql`
    insert into pages (id, user_id, slot, handle, title, theme, seo, created_at)
    select
      encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from created_at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid,
      id, 1, username, username, ${THEME}::jsonb, ${SEO}::jsonb, created_at
    from users where deleted_at is null`.execute(db);
  await sql`
    insert into handles (handle, state, user_id, page_id)
    select lower(handle collate "C"), 'active', user_id, id from pages`.execute(db);

  await sql`
    insert into handles (handle, state)
    select name, 'reserved' from regexp_split_to_table(${RESERVED}, '\\s+') as name
    on conflict do nothing`.execute(db);
}
