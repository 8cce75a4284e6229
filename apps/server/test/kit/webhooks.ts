import type { App } from '@linkgrove/api';
import { sql } from 'kysely';
import type { Client } from './client.ts';
import { eventually } from './parallel.ts';
import type { SignedUp } from './people.ts';

type WithApp = { app: Pick<App, 'db'> };
export type Hook = { id: string; secret: string };

/** Creates a webhook for all events, or as `overrides` say. Throws with the server's answer if it refuses. */
export async function createHook(
  server: Client,
  who: SignedUp,
  url: string,
  overrides: object = {},
): Promise<Hook> {
  const answer = await server.as(who, 'POST', '/api/webhooks', { url, events: ['*'], ...overrides });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** All deliveries, the newest first. */
export const listDeliveriesOf = async (server: Client, who: SignedUp, { id }: { id: string }) =>
  (await server.as(who, 'GET', `/api/webhooks/${id}/deliveries?limit=100`)).body.items;

const hasAttemptsUnderWay = async ({ app }: WithApp, { id }: { id: string }): Promise<boolean> => {
  const row = await app.db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('endpoint_id', '=', id)
    .where('claimed_until', '>', sql<Date>`now()`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

/** Moves everything that a webhook waits for into the past, instead of waiting for it. Lets running attempts finish. */
export async function passTime(server: WithApp, hook: { id: string }, interval: string): Promise<void> {
  await eventually(async () => !(await hasAttemptsUnderWay(server, hook)));
  await moveTime(server, hook, interval);
}

/** The same at once. */
export const moveTime = ({ app }: WithApp, { id }: { id: string }, interval: string): Promise<void> =>
  app.db.transaction().execute(async (trx) => {
    await sql`select from webhook_endpoints where id = ${id} for update`.execute(trx);
    const earlier = (column: string) => sql`${sql.ref(column)} - ${interval}::interval`;
    await sql`
    update webhook_deliveries set next_attempt_at = ${earlier('next_attempt_at')},
      claimed_until = ${earlier('claimed_until')}, created_at = ${earlier('created_at')}
    where endpoint_id = ${id}`.execute(trx);
    await sql`
    update webhook_endpoints set failing_since = ${earlier('failing_since')}, warned_at = ${earlier('warned_at')},
      paused_until = ${earlier('paused_until')},
      previous_secret_expires_at = ${earlier('previous_secret_expires_at')}
    where id = ${id}`.execute(trx);
  });
