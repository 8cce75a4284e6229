import type { Db, RewardItemKind, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { RewardItem } from './schema.ts';

export type ItemRow = {
  id: string;
  item: string;
  kind: RewardItemKind;
  name: string;
  description: string | null;
  cost: number;
  minReferrals: number;
  maxPerUser: number | null;
};

const ITEM = [
  'i.id',
  'i.item',
  'i.kind',
  'i.name',
  'i.description',
  'i.cost',
  'i.min_referrals as minReferrals',
  'i.max_per_user as maxPerUser',
] as const;

const hasFreeCode = sql<boolean>`exists (
  select from reward_item_codes c where c.item_id = i.id and c.redemption_id is null
)`;

/** Rolled up or not. */
const successesSubquery = (userId: RawBuilder<unknown>) => sql<number>`(
  coalesce((select sum(successful) from referral_totals where referrer_id = ${userId}), 0)
    + coalesce((select sum(successful) from referral_deltas where referrer_id = ${userId}), 0)
)::bigint`;

export type OfferedItem = ItemRow & { isSoldOut: boolean; redeemed: number; successes: number };

/** Those in the catalogue, or one of them by its name, with what the user has redeemed and reached. */
export async function listOfferedItems(db: Db, userId: string, item: string | null): Promise<OfferedItem[]> {
  const user = sql`${userId}::uuid`;
  return db
    .selectFrom('reward_items as i')
    .select(ITEM)
    .select([
      sql<boolean>`i.kind = 'code' and not ${hasFreeCode}`.as('isSoldOut'),
      sql<number>`(
        select count(*) from redemptions d
        where d.user_id = ${user} and d.item_id = i.id and d.state <> 'cancelled'
      )`.as('redeemed'),
      successesSubquery(user).as('successes'),
    ])
    .where('i.enabled', '=', true)
    .$call((query) => (item === null ? query : query.where('i.item', '=', item)))
    .orderBy('i.min_referrals')
    .orderBy('i.cost')
    .orderBy('i.id')
    .execute();
}

export type ItemDetails = Omit<RewardItem, 'createdAt'> & { createdAt: Date };

const selectItems = (db: Db) =>
  db
    .selectFrom('reward_items as i')
    .select(ITEM)
    .select([
      'i.enabled',
      'i.created_at as createdAt',
      sql<number>`(
        select count(*) from redemptions d where d.item_id = i.id and d.state <> 'cancelled'
      )`.as('redeemed'),
      sql<number>`(select count(*) from redemptions d where d.item_id = i.id and d.state = 'open')`.as(
        'open',
      ),
      sql<number | null>`case i.kind when 'code' then (
        select count(*) from reward_item_codes c where c.item_id = i.id and c.redemption_id is null
      ) end`.as('codesLeft'),
    ]);

export const listItemRows = (
  db: Db,
  page: { before: string | null; limit: number },
): Promise<ItemDetails[]> =>
  selectItems(db)
    .$call((query) => (page.before === null ? query : query.where('i.id', '<', page.before)))
    .orderBy('i.id', 'desc')
    .limit(page.limit)
    .execute();

export const findItemRow = (db: Db, id: string): Promise<ItemDetails | undefined> =>
  selectItems(db).where('i.id', '=', id).executeTakeFirst();

/** Throws `reward_items_item_key`. */
export async function insertItem(
  trx: Trx,
  { minReferrals, maxPerUser, ...row }: ItemRow & { enabled: boolean },
): Promise<void> {
  await trx
    .insertInto('reward_items')
    .values({ ...row, min_referrals: minReferrals, max_per_user: maxPerUser })
    .execute();
}

export type ItemChange = Partial<{
  name: string;
  description: string | null;
  cost: number;
  min_referrals: number;
  max_per_user: number | null;
  enabled: boolean;
}>;

export async function updateItemRow(trx: Trx, id: string, change: ItemChange): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('reward_items')
    .set({ item: sql`item`, ...change })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** In the order given. Returns how many were new. */
export async function insertItemCodes(trx: Trx, itemId: string, codes: string[]): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into reward_item_codes (item_id, code)
    select ${itemId}::uuid, g.code from unnest(${codes}::text[]) with ordinality g (code, place) order by g.place
    on conflict do nothing`.execute(trx);
  return Number(numAffectedRows);
}
