import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { DeliveryAttempt } from '../deliveries/schema.ts';
import {
  ATTEMPT_CLAIM_SECONDS,
  DISABLE_AFTER_DAYS,
  MAX_LOGGED_ATTEMPTS,
  TRIES_IN_LINE,
  WARN_AFTER_DAYS,
  WARNING_LEAD_HOURS,
} from '../policy.ts';

export type BegunAttempt = {
  id: string;
  objectId: string;
  tries: number;
  endpointId: string;
  url: string;
  secret: Buffer;
  previousSecret: Buffer | null;
  logResponses: boolean;
  eventId: string;
  body: string;
};

type Claimed = { deliveryId: string; claim: string };

/** Ends the claim and begins another. Undefined if the claim is another's by now, or the endpoint is disabled or gone. */
export async function beginAttempt(
  db: Db,
  { deliveryId, claim }: Claimed,
): Promise<BegunAttempt | undefined> {
  const { rows } = await sql<BegunAttempt>`
    update webhook_deliveries d set claimed_until = now() + make_interval(secs => ${ATTEMPT_CLAIM_SECONDS})
    from webhook_endpoints p, webhook_events e
    where d.id = ${deliveryId} and d.claimed_until = ${claim}::timestamptz and d.status = 'pending'
      and p.id = d.endpoint_id and p.enabled and e.id = d.event_id
    returning d.id, d.object_id as "objectId", d.tries, p.id as "endpointId", p.url, p.secret,
      case when p.previous_secret_expires_at > now() then p.previous_secret end as "previousSecret",
      p.log_responses as "logResponses", e.id as "eventId", e.body`.execute(db);
  return rows[0];
}

export async function releaseClaim(db: Db, { deliveryId, claim }: Claimed): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({ claimed_until: null })
    .where('id', '=', deliveryId)
    .where('claimed_until', '=', sql<Date>`${claim}::timestamptz`)
    .execute();
}

/** False if it was deleted. */
export async function lockAttemptedEndpoint(trx: Trx, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

type AttemptResult = { status: 'delivered' | 'failed' } | { status: 'pending'; delaySeconds: number };

export async function recordAttemptRow(
  trx: Trx,
  id: string,
  { attempt, result }: { attempt: DeliveryAttempt; result: AttemptResult },
): Promise<void> {
  const delay = result.status === 'pending' ? result.delaySeconds : null;
  await sql`
    update webhook_deliveries set tries = tries + 1, claimed_until = null, status = ${result.status},
      next_attempt_at = now() + make_interval(secs => ${delay}),
      holds_line = holds_line and ${result.status} = 'pending' and tries + 1 < ${TRIES_IN_LINE},
      attempts = case when jsonb_array_length(attempts) < ${MAX_LOGGED_ATTEMPTS} then attempts else attempts - 0 end
        || ${JSON.stringify(attempt)}::jsonb
    where id = ${id} and status = 'pending'`.execute(trx);
}

export async function markEndpointWorking(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('webhook_endpoints')
    .set({ failing_since: null, warned_at: null, paused_until: null })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('failing_since', 'is not', null), eb('paused_until', 'is not', null)]))
    .execute();
}

/** Returns what follows from how long it has been failing. */
export async function markEndpointFailing(
  trx: Trx,
  id: string,
  pauseSeconds: number | null,
): Promise<{ isLost: boolean; needsWarning: boolean; workspaceId: string } | undefined> {
  const { rows } = await sql<{ isLost: boolean; needsWarning: boolean; workspaceId: string }>`
    update webhook_endpoints set failing_since = coalesce(failing_since, now()),
      paused_until = greatest(paused_until, now() + make_interval(secs => ${pauseSeconds}))
    where id = ${id}
    returning workspace_id as "workspaceId",
      failing_since <= now() - make_interval(days => ${DISABLE_AFTER_DAYS})
        and coalesce(warned_at <= now() - make_interval(hours => ${WARNING_LEAD_HOURS}), false) as "isLost",
      failing_since <= now() - make_interval(days => ${WARN_AFTER_DAYS}) and warned_at is null as "needsWarning"
  `.execute(trx);
  return rows[0];
}

export async function markEndpointWarned(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('webhook_endpoints')
    .set({ warned_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

/** False if it was disabled already. */
export async function disableEndpoint(trx: Trx, id: string, reason: 'gone' | 'failing'): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('webhook_endpoints')
    .set({ enabled: false, disabled_reason: reason, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('enabled', '=', true)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export type WebhookAdmin = { userId: string; email: string; username: string };

/** With a verified address. */
export async function listWebhookAdmins(
  db: Db,
  workspaceId: string,
  roles: readonly string[],
): Promise<WebhookAdmin[]> {
  const { rows } = await sql<WebhookAdmin>`
    select u.id as "userId", u.email, u.username from workspace_members m join users u on u.id = m.user_id
    where m.workspace_id = ${workspaceId} and m.role = any(${[...roles]}::text[])
      and u.email_verified_at is not null and u.deleted_at is null and u.suspended_at is null
    order by u.id`.execute(db);
  return rows;
}
