import type { Db } from '@linkgrove/db';

/** Undefined once the referrer is deleted or the workspace is in the trash. */
export const findEmbeddedCampaign = (db: Db, referrerId: string) =>
  db
    .selectFrom('campaign_referrers as r')
    .innerJoin('campaigns as c', 'c.id', 'r.campaign_id')
    .innerJoin('workspaces as w', 'w.id', 'c.workspace_id')
    .select(['c.id', 'c.name'])
    .where('r.id', '=', referrerId)
    .where('r.deleted_at', 'is', null)
    .where('w.deleted_at', 'is', null)
    .executeTakeFirst();
