import type { Db } from '@linkgrove/db';
import type { RawBuilder } from 'kysely';

/** Undefined once the referrer is deleted or nobody answers for the workspace. */
export const findEmbeddedCampaign = (db: Db, referrerId: string, answeredFor: RawBuilder<boolean>) =>
  db
    .selectFrom('campaign_referrers as r')
    .innerJoin('campaigns as c', 'c.id', 'r.campaign_id')
    .select(['c.id', 'c.name'])
    .where('r.id', '=', referrerId)
    .where('r.deleted_at', 'is', null)
    .where(answeredFor)
    .executeTakeFirst();
