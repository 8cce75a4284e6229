import { accountRouter } from './features/account/router.ts';
import { adminRouter } from './features/admin/router.ts';
import { authRouter } from './features/auth/router.ts';
import { sessionsRouter } from './features/auth/session/router.ts';
import { campaignsRouter } from './features/referrals/campaigns/router.ts';
import { blocksRouter } from './features/pages/blocks/router.ts';
import { handlesRouter } from './features/pages/handles/router.ts';
import { pagesRouter } from './features/pages/router.ts';
import { transferRouter } from './features/pages/transfer/router.ts';
import { publicPagesRouter } from './features/public-page/router.ts';
import { leaderboardRouter } from './features/referrals/leaderboard/router.ts';
import { referralCodesRouter, referralLinksRouter } from './features/referrals/links/router.ts';
import { referralReviewRouter } from './features/referrals/review/router.ts';
import { referralsRouter } from './features/referrals/router.ts';
import { rewardReviewRouter } from './features/rewards/review/router.ts';
import { rewardsRouter } from './features/rewards/router.ts';
import { securityEventsRouter } from './features/security-events/router.ts';
import type { AnyTRPCProcedure } from '@trpc/server';
import { type ProcedureMeta, router } from './trpc/init.ts';

export const procedures = {
  auth: authRouter,
  account: accountRouter,
  sessions: sessionsRouter,
  securityEvents: securityEventsRouter,
  referrals: { ...referralsRouter, ...leaderboardRouter },
  referralLinks: referralLinksRouter,
  referralCodes: referralCodesRouter,
  rewards: rewardsRouter,
  rewardReview: rewardReviewRouter,
  referralCampaigns: campaignsRouter,
  referralReview: referralReviewRouter,
  pages: { ...pagesRouter, ...transferRouter },
  blocks: blocksRouter,
  handles: handlesRouter,
  publicPages: publicPagesRouter,
  admin: adminRouter,
};

/** Every procedure, for the server. Clients see the type `AppRouter` of contract.ts. */
export const appRouter = router(procedures);

/** A procedure with its name, such as `auth.login`, and how it stands in REST. */
export type Endpoint = { name: string; procedure: AnyTRPCProcedure; rest: ProcedureMeta['openapi'] };

// At run time the router keeps its procedures in one flat record, which its type does not tell.
const flat = appRouter._def.procedures as unknown as Record<string, AnyTRPCProcedure>;

/** Every procedure there is; REST and the OpenAPI document are made from this list. */
export const endpoints: Endpoint[] = Object.entries(flat).map(([name, procedure]) => ({
  name,
  procedure,
  rest: (procedure._def.meta as ProcedureMeta).openapi,
}));
