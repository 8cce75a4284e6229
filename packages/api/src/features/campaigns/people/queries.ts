import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type Person = { id: number; isCustomer: boolean };
type Named = { workspaceId: string; externalId: string };

const selectPerson = (db: Db, { workspaceId, externalId }: Named) =>
  db
    .selectFrom('campaign_people')
    .select(['id', sql<boolean>`customer_since is not null`.as('isCustomer')])
    .where('workspace_id', '=', workspaceId)
    .where('external_id', '=', externalId);

/** Makes changes of one person wait for each other. */
export const lockPersonRow = (trx: Trx, named: Named): Promise<Person | undefined> =>
  selectPerson(trx, named).forNoKeyUpdate().executeTakeFirst();

export async function insertPerson(trx: Trx, { workspaceId, externalId }: Named): Promise<void> {
  await trx
    .insertInto('campaign_people')
    .values({ workspace_id: workspaceId, external_id: externalId })
    .onConflict((conflict) => conflict.constraint('campaign_people_external_key').doNothing())
    .execute();
}

export async function markCustomer(trx: Trx, id: number): Promise<void> {
  await trx
    .updateTable('campaign_people')
    .set({ customer_since: sql`now()` })
    .where('id', '=', id)
    .where('customer_since', 'is', null)
    .execute();
}
