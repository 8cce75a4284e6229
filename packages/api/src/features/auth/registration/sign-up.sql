/* prepared */ with "invited" as materialized (
    select l.id as link_id, l.user_id as referrer_id, u.email_canonical as referrer_email,
      l.max_uses is not null as limited,
      case
        when not l.enabled or l.deleted_at is not null or u.suspended_at is not null or u.deleted_at is not null
          then 'unknown'
        when l.expires_at <= now() then 'expired'
        when l.user_id = $1::uuid or u.email_canonical = $2::text then 'self'
        when l.uses >= l.max_uses then 'used_up'
      end as refusal
    from referral_codes c
      join referral_links l on l.id = c.link_id
      join users u on u.id = l.user_id
    where lower(c.code collate "C") = lower($3::text collate "C")),
"use_taken" as (
    update referral_links l set uses = l.uses + 1 from invited i
    where l.id = i.link_id and i.limited and i.refusal is null and l.uses < l.max_uses
    returning l.id),
"verdict" as materialized (
    select i.link_id, i.referrer_id, i.referrer_email,
      coalesce(
        i.refusal,
        case when i.limited and not exists (select from use_taken) then 'used_up' end
      ) as refusal
    from invited i
    union all
    select null, null, null, 'unknown'
    where $4::text is not null and not exists (select from invited)),
"credited" as materialized (
    select * from verdict where refusal is null),
"account" as (
  insert into users (id, username, email, email_canonical, password_hash, referral_code, referred_by)
  select $5::uuid, $6::text, $7::text, $8::text,
    $9::text, $10::text, (select referrer_id from credited)
  where not exists (select from verdict where refusal is not null)
  returning id, created_at, referred_by),
"judged" as materialized (
    select c.link_id, c.referrer_id, t.version_id,
      case
        when exists (
          select from previous_emails p where p.user_id = c.referrer_id and p.email_hmac = $11::bytea
        ) then 'own_address'
        when exists (
          select from user_devices d where d.device_hash = $12::bytea and d.user_id = c.referrer_id
        ) then 'own_device'
        when exists (select from email_tombstones e where e.email_hmac = $13::bytea)
          or exists (
            select from users x
            where x.email_canonical = $14::text and x.email_verified_at is not null
          )
          then 'returning_person'
      end as reason,
      array_remove($15::text[] || array[
        case when exists (select from user_devices d where d.device_hash = $16::bytea)
          then 'known_device' end,
        case when $17::bytea is not null and (
          exists (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = $18::bytea and n.created_at > now() - make_interval(hours => 24)
          ) or exists (
            select from sessions s where s.user_id = c.referrer_id and s.network_hash = $19::bytea
              and s.last_used_at > now() - make_interval(hours => 24)
          )
        ) then 'same_network' end,
        case when $20::bytea is not null and 5 = (
          select count(*) from (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = $21::bytea and n.created_at > now() - make_interval(hours => 1)
            limit 5
          ) recent
        ) then 'busy_network' end,
        case when t.reviews_same_domain and split_part(c.referrer_email, '@', 2) = $22::text
          then 'same_domain' end
      ], null) as signals
    from credited c cross join (
      select v.id as version_id, v.reviews_same_domain
      from referral_campaigns r join referral_campaign_versions v on v.campaign_id = r.id
      where r.started_at is not null and r.ended_at is null
      order by v.version desc limit 1
    ) t),
"weighed" as materialized (
    select j.*, (
      select coalesce(sum(($23::jsonb ->> s)::int), 0) from unnest(j.signals) s
    )::int as risk
    from judged j),
"referral" as (
    insert into referrals
      (id, referrer_id, referred_user_id, link_id, campaign_version_id, status, reason, risk, signals, utm)
    select $24::uuid, w.referrer_id, n.id, w.link_id, w.version_id,
      case when w.reason is not null then 'rejected' when w.risk >= $25::int then 'review' else 'pending' end,
      w.reason, w.risk, w.signals, $26::jsonb
    from weighed w cross join account n
    returning id, referrer_id, link_id, status),
"referral_counted" as (
    insert into referral_deltas (referrer_id, link_id, signups, pending, rejected, review)
    select referrer_id, link_id, 1, (status = 'pending')::int, (status = 'rejected')::int, (status = 'review')::int
    from referral),
"network_stored" as (
    insert into referral_networks (referral_id, referrer_id, network_hash)
    select id, referrer_id, $27::bytea from referral
    where $28::bytea is not null),
"session" as (
    insert into sessions (id, user_id, user_agent, ip, network_hash, expires_at)
    select $29::uuid, id, $30::text, $31::text,
      $32::bytea, now() + make_interval(days => 30)
    from account
    returning id, user_id),
"refresh_token" as (
    insert into refresh_tokens (token_hash, session_id)
    select $33::bytea, id from session),
"device" as (
    insert into user_devices as d (device_hash, user_id)
    select $34::bytea, user_id from session
    on conflict (device_hash, user_id) do update set last_seen_at = now()
      where d.last_seen_at < now() - make_interval(hours => 24)),
"handle" as (
  
  insert into handles as h (handle, state, user_id, page_id)
  select $35::text, 'active', $36::uuid, $37::uuid from account
  on conflict (handle) do update set state = 'active', user_id = excluded.user_id, page_id = excluded.page_id, owner_hmac = null, until = case when (
  h.state in ('renamed', 'held')
  and (h.until <= now() or h.user_id = $38::uuid)
) then null else now() end),
"page" as (
  insert into pages (id, user_id, slot, handle, title, bio, avatar_url, language, theme, seo)
  select $39::uuid, $40::uuid, $41::int, $42::text, $43::text,
    $44::text, $45::text, $46::text, $47::jsonb,
    $48::jsonb from "account"),
"link" as (
  insert into referral_links (id, user_id, code, label, enabled, expires_at, max_uses)
  select $49::uuid, $50::uuid, $51::text, $52::text, $53::boolean,
    $54::timestamptz, $55::int from "account"),
"code" as (
  insert into referral_codes (code, link_id, user_id)
  select $56::text, $57::uuid, $58::uuid from "account"),
"email_token" as (
  insert into email_tokens (id, user_id, purpose, email, token_hash, expires_at)
  select $59::uuid, $60::uuid, $61::text, $62::text,
    $63::bytea, now() + make_interval(mins => $64::int) from "account"),
"mail" as (
  insert into outbox (id, topic, queue, payload)
  select $65::uuid, $66::text, $67::text, $68::jsonb from "account"),
"security_event" as (
  insert into security_events
    (id, type, user_id, actor_id, session_id, request_id, ip, user_agent, details)
  select $69::uuid, $70::text, $71::uuid, $72::uuid,
    $73::uuid, $74::text, $75::text, $76::text,
    $77::jsonb from "account")

    select a.id, a.created_at as "createdAt", a.referred_by as "referrerId", r.username as "referredBy",
      (select refusal from verdict) as refusal
    from (values (1)) one left join account a on true left join users r on r.id = a.referred_by
