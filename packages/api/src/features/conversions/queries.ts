import { type Db, isoTimePart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type ConversionRow = {
  id: string;
  workspaceId: string;
  type: 'lead' | 'sale';
  externalId: string;
  eventName: string;
  amount: number | null;
  currency: string | null;
  referralId: string | null;
  createdAt: Date;
  refundedAt: Date | null;
};

const selectConversions = (db: Db) =>
  db
    .selectFrom('conversions as c')
    .innerJoin('campaign_people as p', 'p.id', 'c.person_id')
    .leftJoin('campaign_referrals as f', 'f.person_id', 'c.person_id')
    .select([
      'c.id',
      'c.workspace_id as workspaceId',
      'c.type',
      'p.external_id as externalId',
      'c.event_name as eventName',
      'c.amount',
      'c.currency',
      'f.id as referralId',
      'c.created_at as createdAt',
      'c.refunded_at as refundedAt',
    ]);

/** The caller has locked the person. */
export const findConversionOfPerson = (trx: Trx, personId: number, eventName: string) =>
  selectConversions(trx)
    .select('c.request_hash as requestHash')
    .where('c.person_id', '=', personId)
    .where('c.event_name', '=', eventName)
    .executeTakeFirst();

export async function listConversionRows(
  db: Db,
  filter: {
    campaignId: string;
    externalId: string | undefined;
    type: 'lead' | 'sale' | undefined;
    before: string | null;
    limit: number;
  },
): Promise<ConversionRow[]> {
  const { externalId, type, before } = filter;
  return selectConversions(db)
    .where('f.campaign_id', '=', filter.campaignId)
    .$call((query) => (externalId === undefined ? query : query.where('p.external_id', '=', externalId)))
    .$call((query) => (type === undefined ? query : query.where('c.type', '=', type)))
    .$call((query) => (before === null ? query : query.where('c.id', '<', before)))
    .orderBy('c.id', 'desc')
    .limit(filter.limit)
    .execute();
}

export type NewConversion = {
  id: string;
  workspaceId: string;
  personId: number;
  type: 'lead' | 'sale';
  eventName: string;
  amount: number | null;
  currency: string | null;
  requestHash: Buffer;
};

export async function insertConversion(trx: Trx, row: NewConversion): Promise<void> {
  await trx
    .insertInto('conversions')
    .values({
      id: row.id,
      workspace_id: row.workspaceId,
      person_id: row.personId,
      type: row.type,
      event_name: row.eventName,
      amount: row.amount,
      currency: row.currency,
      request_hash: row.requestHash,
    })
    .execute();
}

/** Returns false if it was refunded before. */
export async function markRefunded(trx: Trx, id: string): Promise<boolean> {
  const result = await trx
    .updateTable('conversions')
    .set({ refunded_at: sql`now()` })
    .where('id', '=', id)
    .where('refunded_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** For `publishEventsFrom`: the conversion as it is now. The customer's address is not in it. */
export const conversionEventQuery = (id: string) => sql`
  select c.workspace_id, c.id as object_id, (
    jsonb_build_object(
      'id', c.id, 'workspaceId', c.workspace_id, 'externalId', p.external_id, 'eventName', c.event_name,
      'referralId', f.id, 'campaignId', f.campaign_id,
      'referrer', case when f.id is not null then
        jsonb_build_object('id', r.id, 'externalId', rp.external_id, 'code', r.code) end,
      'createdAt', ${isoTimePart(sql`c.created_at`)}
    ) || case c.type when 'sale' then jsonb_build_object(
      'amount', c.amount, 'currency', c.currency, 'refundedAt', ${isoTimePart(sql`c.refunded_at`)}
    ) else '{}' end
  )::json as data
  from conversions c
    join campaign_people p on p.id = c.person_id
    left join campaign_referrals f on f.person_id = c.person_id
    left join campaign_referrers r on r.id = f.referrer_id
    left join campaign_people rp on rp.id = r.person_id
  where c.id = ${id}::uuid`;
