import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await canonicalizeByProvider(db);
  await addVerifiedMailboxKey(db);
  // Looked up by address alone: an earlier address of any user is known.
  await sql`create index previous_emails_email_hmac_idx on previous_emails (email_hmac)`.execute(db);
  // Keyed hashes of the devices of deleted accounts, for as long as the devices of living ones are kept.
  await sql`
    create table device_tombstones (
      device_hash bytea primary key check (octet_length(device_hash) = 32),
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index device_tombstones_created_idx on device_tombstones (created_at)`.execute(db);
  await addUsernamesToHandles(db);
}

const YAHOO = `yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.ca yahoo.cl yahoo.co.id yahoo.co.il yahoo.co.in
  yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br
  yahoo.com.cn yahoo.com.co yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr
  yahoo.com.tw yahoo.com.ve yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu
  yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.ru yahoo.se`;
const PROTON = 'proton.me protonmail.com protonmail.ch pm.me';
const APPLE = 'icloud.com me.com mac.com';
const YANDEX = 'yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru';
const FASTMAIL = `fastmail.com fastmail.fm fastmail.cn fastmail.co.uk fastmail.com.au fastmail.de fastmail.es fastmail.fr
  fastmail.im fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl fastmail.org fastmail.se fastmail.to
  fastmail.tw fastmail.uk fastmail.us`;

/** Of Fastmail only its own domains; others fold when they change. Keyed hashes cannot be recomputed. */
async function canonicalizeByProvider(db: Kysely<unknown>): Promise<void> {
  const isOneOf = (domains: string) => sql`= any(regexp_split_to_array(${domains}, '\\s+'))`;
  await sql`
    with canonical as (
      select id, case
        when domain ${isOneOf(YAHOO)} then regexp_replace(name, '^(.[^-]*)-.*$', '\\1') || '@' || domain
        when domain ${isOneOf(PROTON)} then coalesce(nullif(translate(name, '._-', ''), ''), name) || '@proton.me'
        when domain ${isOneOf(APPLE)} then name || '@icloud.com'
        when domain ${isOneOf(YANDEX)} then translate(name, '.', '-') || '@yandex.ru'
        when substr(domain, strpos(domain, '.') + 1) ${isOneOf(FASTMAIL)} then regexp_replace(domain, '\\.', '@')
      end as email
      from (
        select id, split_part(email_canonical, '@', 1) as name, split_part(email_canonical, '@', 2) as domain from users
      ) parts
    )
    update users u set email_canonical = c.email from canonical c
    where u.id = c.id and c.email <> u.email_canonical`.execute(db);
}

/** Of accounts that share a mailbox, the first to verify keeps it; the others get their ID appended. */
async function addVerifiedMailboxKey(db: Kysely<unknown>): Promise<void> {
  await sql`
    update users u set email_canonical = u.email_canonical || '#' || u.id
    from (
      select id, row_number() over (partition by email_canonical order by email_verified_at, id) as place
      from users where email_verified_at is not null and email_canonical is not null
    ) v
    where u.id = v.id and v.place > 1`.execute(db);
  await sql`
    create unique index users_verified_mailbox_key on users (email_canonical)
      where email_verified_at is not null`.execute(db);
}

async function addUsernamesToHandles(db: Kysely<unknown>): Promise<void> {
  await sql`alter table handles drop constraint handles_by_state`.execute(db);
  await sql`
    alter table handles add constraint handles_by_state check (
      case state
        when 'active' then page_id is not null and user_id is not null and until is null
        when 'renamed' then page_id is not null and user_id is not null and until is not null
        when 'held' then until is not null or (user_id is not null and page_id is null)
        else page_id is null and user_id is null and until is null
      end
    )`.execute(db);
  // A username that is another user's handle from before this rule stays as it is.
  await sql`
    insert into handles as h (handle, state, user_id)
    select lower(u.username collate "C"), 'held', u.id from users u
    where u.username is not null and not exists (
      select from handles o where o.handle = lower(u.username collate "C") and o.user_id = u.id
    )
    on conflict (handle) do update set state = 'held', user_id = excluded.user_id, page_id = null, until = null,
      owner_hmac = null
      where h.until <= now()`.execute(db);
}
