/* prepared */ with "mailbox_owner" as materialized (
  select u.id from users u where u.email_canonical = $1::text and u.email_verified_at is not null),
"invited" as materialized (
    select l.id as link_id, l.user_id as referrer_id, u.email_canonical as referrer_email,
      l.max_uses is not null as limited,
      coalesce(u.email_canonical = $2::text, false) as own,
      case
        when not l.enabled or l.deleted_at is not null or u.suspended_at is not null or u.deleted_at is not null
          then 'unknown'
        when l.expires_at <= now() then 'expired'
        when l.user_id = $3::uuid or ($4::boolean and u.email_canonical = $5::text)
          then 'self'
        when l.uses >= l.max_uses then 'used_up'
      end as refusal
    from referral_codes c
      join referral_links l on l.id = c.link_id
      join users u on u.id = l.user_id
    where lower(c.code collate "C") = lower($6::text collate "C")),
"attribution_used" as (
    insert into used_attributions (id)
    select $7::uuid from invited i 
    where i.refusal is null and $8::uuid is not null and not exists (select from mailbox_owner)
    on conflict (id) do nothing
    returning id),
"invited_once" as materialized (
    select i.link_id, i.referrer_id, i.referrer_email, i.limited and not i.own as limited,
      coalesce(
        i.refusal,
        case when $9::boolean and not exists (select from attribution_used)
          then 'replayed' end
      ) as refusal
    from invited i),
"use_taken" as (
    update referral_links l set uses = l.uses + 1 from invited_once i
    where l.id = i.link_id and i.limited and i.refusal is null and l.uses < l.max_uses
      and not exists (select from mailbox_owner)
    returning l.id),
"verdict" as materialized (
    select i.link_id, i.referrer_id, i.referrer_email,
      coalesce(
        i.refusal,
        case when i.limited and not exists (select from use_taken) and not exists (select from mailbox_owner)
          then 'used_up' end
      ) as refusal
    from invited_once i
    union all
    select null, null, null, 'unknown'
    where $10::text is not null and not exists (select from invited_once)),
"credited" as materialized (
    select * from verdict where refusal is null),
"account" as (
  insert into users (id, username, email, email_canonical, password_hash, referral_code, sign_up_country, referred_by)
  select $11::uuid, $12::text, $13::text, $14::text,
    $15::text, $16::text, $17::text, (select referrer_id from credited)
  where not exists (select from verdict where refusal is not null) and not exists (select from mailbox_owner)
  returning id, username, email, created_at, referred_by),
"judged" as materialized (
    select c.link_id, c.referrer_id, t.version_id, t.signal_weights, t.review_risk,
      case
        when c.referrer_email = $18::text or exists (
          select from previous_emails p where p.user_id = c.referrer_id and p.email_hmac = $19::bytea
        ) then 'own_address'
        when exists (
          select from user_devices d where d.device_hash = $20::bytea and d.user_id = c.referrer_id
        ) then 'own_device'
      end as reason,
      array_remove($21::text[] || array[
        case when exists (select from user_devices d where d.device_hash = $22::bytea)
            or exists (select from device_tombstones d where d.device_hash = $23::bytea)
          then 'known_device' end,
        case when $24::bytea is not null and (
          exists (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = $25::bytea and n.created_at > now() - make_interval(hours => 24)
          ) or exists (
            select from sessions s where s.user_id = c.referrer_id and s.network_hash = $26::bytea
              and s.last_used_at > now() - make_interval(hours => 24)
          )
        ) then 'same_network' end,
        case when $27::bytea is not null and 5 = (
          select count(*) from (
            select from referral_networks n where n.referrer_id = c.referrer_id
              and n.network_hash = $28::bytea and n.created_at > now() - make_interval(hours => 1)
            limit 5
          ) recent
        ) then 'busy_network' end,
        case when t.reviews_same_domain and split_part(c.referrer_email, '@', 2) = $29::text
          then 'same_domain' end,
        case when h.busy_threshold <= 200 and (
          select r.date_referred from referrals r where r.referrer_id = c.referrer_id
          order by r.id desc offset h.busy_threshold - 1 limit 1
        ) > now() - make_interval(hours => 24) then 'busy_referrer' end,
        case when $30::text is not null and 5 = (
          select count(*) from (
            select from users x where split_part("x"."email_canonical", '@', 2) = $31::text
              and x.created_at > now() - make_interval(days => 7) and x.referred_by = c.referrer_id
            limit 5
          ) recent
        ) then 'busy_domain' end,
        case when h.is_new_domain then 'new_domain' end,
        case when h.is_new_domain and 3 <= (
          select count(*) from (
            select r.referred_user_id, r.date_referred, r.signals from referrals r
            where r.referrer_id = c.referrer_id
            order by r.id desc limit 10
          ) latest join users x on x.id = latest.referred_user_id
          where 'new_domain' = any(latest.signals)
            and latest.date_referred > now() - make_interval(days => 30)
            and split_part("x"."email_canonical", '@', 2) is distinct from $32::text
        ) then 'new_domains' end
      ], null) as signals
    from credited c cross join lateral (
      select a.id as version_id, a.reviews_same_domain, a.signal_weights, a.review_risk
      from (
      select v.* from referral_campaigns k join referral_campaign_versions v on v.campaign_id = k.id
      where ("k"."audience" = 'nobody' or (
        (
        "k"."started_at" is not null and "k"."ended_at" is null
        and "k"."paused_at" is null and coalesce("k"."ends_at" > now(), true)
      ) and ("k"."audience" = 'everyone' or ("k"."audience" = 'users' and exists (
          select from referral_campaign_users m where m.campaign_id = "k"."id" and m.user_id = "c"."referrer_id"
        )) or ("k"."audience" = 'group' and exists (
          select from referrer_group_members m
          where m.group_name = "k"."group_name" and m.user_id = "c"."referrer_id"
        )))
      ))
      order by 
      case "k"."audience" when 'users' then 1 when 'group' then 2 when 'everyone' then 3 else 4 end,
      "k"."started_at" desc, "k"."id" desc, v.version desc limit 1) a
    ) t cross join lateral (
      select
      greatest(10, (
        select 5 * coalesce(sum(d.signups), 0) / 30
        from referral_daily d
        where d.referrer_id = c.referrer_id and d.day < (now() at time zone 'utc')::date
          and d.day >= (now() at time zone 'utc')::date - 30
      ))::int as busy_threshold,
      ($33::text is not null and split_part("c"."referrer_email", '@', 2) is distinct from $34::text and not exists (
        select from users x where split_part("x"."email_canonical", '@', 2) = $35::text
          and x.email_verified_at is not null and x.created_at < now() - make_interval(days => 30)
      )) as is_new_domain offset 0
    ) h),
"weighed" as materialized (
    select j.*, (
      select coalesce(sum((($36::jsonb || "j"."signal_weights") ->> s)::int), 0) from unnest(j.signals) s
    )::int as risk
    from judged j),
"referral" as (
    insert into referrals
      (id, referrer_id, referred_user_id, link_id, campaign_version_id, status, reason, risk, signals, utm, unvisited,
        took_use, source, page_id)
    select $37::uuid, w.referrer_id, n.id, w.link_id, w.version_id,
      case when w.reason is not null then 'rejected' when w.risk >= w.review_risk then 'review' else 'pending' end,
      w.reason, w.risk, w.signals, $38::jsonb,
      $39::boolean, exists (select from use_taken), $40::text, $41::uuid
    from weighed w cross join account n
    returning id, referrer_id, link_id, status, unvisited, date_referred, source, page_id),
"referral_counted" as (
    insert into referral_deltas (referrer_id, link_id, signups, unvisited, pending, rejected, review)
    select referrer_id, link_id, 1, unvisited::int, (status = 'pending')::int, (status = 'rejected')::int,
      (status = 'review')::int
    from referral),
"network_stored" as (
    insert into referral_networks (referral_id, referrer_id, network_hash)
    select id, referrer_id, $42::bytea from referral
    where $43::bytea is not null),
"referral_event" as (
  insert into webhook_events (id, workspace_id, type, object_id, body)
  select gen_random_uuid(), s.workspace_id, 'referral.created'::text, s.object_id,
    json_build_object(
      'type', 'referral.created'::text, 'timestamp', to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', s.data
    )::text
  from (
    select r.referrer_id as workspace_id, r.id as object_id, json_build_object(
      'id', r.id, 'status', r.status, 'username', a.username, 'dateReferred', to_char(r.date_referred at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'qualifiedAt', null, 'link', json_build_object('id', l.id, 'code', l.code, 'label', l.label),
      'source', r.source, 'page', 
  case when p.id is not null then json_build_object('id', p.id, 'handle', p.handle) end
    ) as data
    from referral r join account a on true join referral_links l on l.id = r.link_id
      left join pages p on p.id = r.page_id and (
  p.deleted_at is null and exists (
    select from workspace_members m where m.workspace_id = p.workspace_id and m.user_id = "r"."referrer_id"
  )
)) s
  where exists (
    select from webhook_endpoints e
    where e.workspace_id = s.workspace_id and e.events && array['referral.created'::text, '*']
  )),
"session" as (
    insert into sessions (id, user_id, user_agent, ip, network_hash, device_hash, amr, expires_at)
    select $44::uuid, id, $45::text, $46::text,
      $47::bytea, $48::bytea, $49::text[],
      now() + make_interval(secs => $50::int)
    from account
    returning id, user_id),
"refresh_token" as (
    insert into refresh_tokens (token_hash, session_id)
    select $51::bytea, id from session),
"device" as (
    insert into user_devices as d (device_hash, user_id)
    select $52::bytea, user_id from session
    on conflict (device_hash, user_id) do update set last_seen_at = now()
      where d.last_seen_at < now() - make_interval(hours => 24)),
"origin" as (
    insert into sign_in_origins as o (user_id, browser_hash, network_hash, browser)
    select user_id, $53::bytea, $54::bytea, $55::text from session
    on conflict (user_id, browser_hash, network_hash) do update set last_seen_at = now()
      where o.last_seen_at < now() - make_interval(hours => 24)),
"workspace" as (
  insert into workspaces (id, user_id, kind, name, slug)
  select $56::uuid, $57::uuid, 'personal', $58::text, 'personal' from "account"),
"member" as (
  insert into workspace_members (workspace_id, user_id, role)
  select $59::uuid, $60::uuid, $61::text from "account"),
"handle" as (
  
  insert into handles as h (handle, state, workspace_id, page_id)
  select $62::text, 'active', $63::uuid, $64::uuid from account
  on conflict (handle) do update set state = 'active', workspace_id = excluded.workspace_id, page_id = excluded.page_id, owner_hmac = null, until = case when (
  h.state in ('renamed', 'held')
  and (h.until <= now() or h.workspace_id = $65::uuid)
) then null else now() end),
"page" as (
  insert into pages (id, workspace_id, user_id, slot, handle, title, bio, avatar_url, avatar_file_id, language, theme, seo,
    made_with)
  select $66::uuid, $67::uuid, $68::uuid, $69::int, $70::text, $71::text,
    $72::text, $73::text, $74::uuid, $75::text, $76::jsonb,
    $77::jsonb, $78::boolean from "account"),
"link" as (
  insert into referral_links (id, user_id, code, label, enabled, expires_at, max_uses, uses_of, landing_url)
  select $79::uuid, $80::uuid, $81::text, $82::text, $83::boolean,
    $84::timestamptz, $85::int, $86::text, $87::text from "account"),
"code" as (
  insert into referral_codes (code, link_id, user_id)
  select $88::text, $89::uuid, $90::uuid from "account"),
"email_token" as (
  insert into email_tokens (id, user_id, purpose, email, token_hash, session_id, expires_at)
  select $91::uuid, $92::uuid, $93::text, $94::text,
    $95::bytea, $96::uuid, now() + make_interval(mins => $97::int) from "account"),
"mail" as (
  insert into outbox (id, topic, queue, payload, request_id)
  select $98::uuid, $99::text, $100::text, $101::jsonb,
    $102::text from "account"),
"security_event" as (
  insert into security_events
    (id, type, user_id, actor_id, session_id, request_id, ip, user_agent, details, audited)
  select $103::uuid, $104::text, $105::uuid, $106::uuid,
    $107::uuid, $108::text, $109::text, $110::text,
    $111::jsonb, $112::boolean from "account"),
"user_event" as (
  insert into webhook_events (id, workspace_id, type, object_id, body)
  select gen_random_uuid(), s.workspace_id, 'user.created'::text, s.object_id,
    json_build_object(
      'type', 'user.created'::text, 'timestamp', to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', s.data
    )::text
  from (
  select $113::uuid as workspace_id, a.id as object_id, json_build_object(
    'id', a.id, 'username', a.username, 'email', a.email, 'createdAt', to_char(a.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  ) as data
  from account a) s
  where exists (
    select from webhook_endpoints e
    where e.workspace_id = s.workspace_id and e.events && array['user.created'::text, '*']
  ))

    select a.id, a.created_at as "createdAt", a.referred_by as "referrerId", r.username as "referredBy",
      (select refusal from verdict) as refusal
    from (values (1)) one left join account a on true left join users r on r.id = a.referred_by
