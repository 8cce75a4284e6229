import { accountRouter } from './features/account/router.ts';
import { auditRouter } from './features/admin/audit/router.ts';
import { impersonationRouter } from './features/admin/impersonation/router.ts';
import { adminRouter } from './features/admin/router.ts';
import { analyticsRouter } from './features/analytics/router.ts';
import { authRouter } from './features/auth/router.ts';
import { loginLinkRouter } from './features/auth/login-link/router.ts';
import { identitiesRouter } from './features/auth/identities/router.ts';
import { passkeysRouter } from './features/auth/passkeys/router.ts';
import { secondFactorRouter } from './features/auth/second-factor/router.ts';
import { sessionsRouter } from './features/auth/session/router.ts';
import { domainsRouter } from './features/domains/router.ts';
import { workspaceCampaignsRouter } from './features/campaigns/router.ts';
import { embedRouter, embedTokensRouter } from './features/conversions/embed/router.ts';
import { campaignExportsRouter } from './features/conversions/exports/router.ts';
import { campaignReferralsRouter } from './features/conversions/referrals/router.ts';
import { campaignReferrersRouter } from './features/conversions/referrers/router.ts';
import { campaignRewardsRouter } from './features/conversions/rewards/router.ts';
import { conversionsRouter, trackRouter } from './features/conversions/router.ts';
import { filesRouter } from './features/files/router.ts';
import { keysRouter } from './features/keys/router.ts';
import { formsRouter, publicFormsRouter } from './features/forms/router.ts';
import { referralAdditionsRouter } from './features/referrals/additions/router.ts';
import { referrerGroupsRouter } from './features/referrals/campaigns/groups/router.ts';
import { campaignLifeRouter } from './features/referrals/campaigns/life/router.ts';
import { campaignsRouter } from './features/referrals/campaigns/router.ts';
import { blocksRouter } from './features/pages/blocks/router.ts';
import { titleTestsRouter } from './features/pages/blocks/title-tests/router.ts';
import { handlesRouter } from './features/pages/handles/router.ts';
import { customCssRouter } from './features/pages/look/css/router.ts';
import { pageOwnershipRouter, workspaceTrashRouter } from './features/pages/ownership/router.ts';
import { locksRouter } from './features/pages/locks/router.ts';
import { pagesRouter } from './features/pages/router.ts';
import { transferRouter } from './features/pages/transfer/router.ts';
import { templatesRouter } from './features/pages/templates/router.ts';
import { versionsRouter } from './features/pages/versions/router.ts';
import { publicBlocksRouter, publicPagesRouter } from './features/public-page/router.ts';
import { leaderboardRouter } from './features/referrals/leaderboard/router.ts';
import { referralLinksRouter } from './features/referrals/links/router.ts';
import { currentCampaignRouter, referralCodesRouter } from './features/referrals/offers/router.ts';
import { visitsRouter } from './features/referrals/visits/router.ts';
import { referralBulkRouter } from './features/referrals/review/bulk/router.ts';
import { referralReviewRouter } from './features/referrals/review/router.ts';
import { referralUtmRouter } from './features/referrals/utm/router.ts';
import { referralsRouter } from './features/referrals/router.ts';
import { milestonesRouter } from './features/referrals/milestones/router.ts';
import { referralTotalsRouter } from './features/referrals/totals/router.ts';
import { blockedHostsRouter } from './features/blocked-hosts/router.ts';
import { badgesRouter } from './features/moderation/badges/router.ts';
import { reportQueueRouter, reportsRouter } from './features/moderation/reports/router.ts';
import { pageAppealRouter, takedownsRouter } from './features/moderation/takedowns/router.ts';
import { adjustmentsRouter } from './features/rewards/adjustments/router.ts';
import { redemptionsRouter } from './features/rewards/fulfilment/router.ts';
import { rewardItemsRouter } from './features/rewards/items/router.ts';
import { rewardBulkRouter } from './features/rewards/review/bulk/router.ts';
import { rewardReviewRouter } from './features/rewards/review/router.ts';
import { rewardsRouter } from './features/rewards/router.ts';
import { securityEventsRouter } from './features/security-events/router.ts';
import { deliveriesRouter } from './features/webhooks/deliveries/router.ts';
import { webhooksRouter } from './features/webhooks/router.ts';
import { invitationsRouter } from './features/workspaces/invitations/router.ts';
import { membersRouter } from './features/workspaces/members/router.ts';
import { workspacesRouter } from './features/workspaces/router.ts';
import type { AnyTRPCProcedure } from '@trpc/server';
import type { Action, Scope } from './core/access.ts';
import { buildProcedureCall, type ProcedureCall } from './trpc/compose.ts';
import { type Access, type RestMeta, router } from './trpc/init.ts';

export const procedures = {
  auth: { ...authRouter, ...loginLinkRouter },
  account: accountRouter,
  sessions: sessionsRouter,
  identities: identitiesRouter,
  secondFactor: secondFactorRouter,
  passkeys: passkeysRouter,
  keys: keysRouter,
  securityEvents: securityEventsRouter,
  referrals: { ...referralsRouter, ...referralUtmRouter, ...leaderboardRouter },
  referralLinks: referralLinksRouter,
  referralCodes: { ...referralCodesRouter, ...visitsRouter },
  rewards: rewardsRouter,
  redemptions: redemptionsRouter,
  rewardItems: rewardItemsRouter,
  rewardReview: { ...rewardReviewRouter, ...rewardBulkRouter, ...adjustmentsRouter },
  referralCampaigns: {
    ...campaignsRouter,
    ...campaignLifeRouter,
    ...currentCampaignRouter,
    ...milestonesRouter,
    ...referralTotalsRouter,
  },
  referrerGroups: referrerGroupsRouter,
  referralReview: { ...referralReviewRouter, ...referralBulkRouter, ...referralAdditionsRouter },
  campaigns: { ...workspaceCampaignsRouter, ...conversionsRouter },
  campaignExports: campaignExportsRouter,
  campaignReferrers: { ...campaignReferrersRouter, ...embedTokensRouter },
  campaignReferrals: campaignReferralsRouter,
  campaignRewards: campaignRewardsRouter,
  track: trackRouter,
  embed: embedRouter,
  workspaces: { ...workspacesRouter, ...workspaceTrashRouter, ...membersRouter },
  invitations: invitationsRouter,
  pages: {
    ...pagesRouter,
    ...transferRouter,
    ...pageOwnershipRouter,
    ...versionsRouter,
    ...locksRouter,
    ...pageAppealRouter,
  },
  blocks: { ...blocksRouter, ...titleTestsRouter },
  templates: templatesRouter,
  handles: handlesRouter,
  files: filesRouter,
  webhooks: { ...webhooksRouter, ...deliveriesRouter },
  domains: domainsRouter,
  publicPages: publicPagesRouter,
  publicBlocks: publicBlocksRouter,
  forms: formsRouter,
  publicForms: publicFormsRouter,
  reports: reportsRouter,
  moderation: { ...reportQueueRouter, ...takedownsRouter, ...badgesRouter, ...blockedHostsRouter },
  analytics: analyticsRouter,
  admin: { ...adminRouter, ...auditRouter, ...impersonationRouter, ...customCssRouter },
};

export const appRouter = router(procedures);

export type Endpoint = {
  name: string;
  procedure: AnyTRPCProcedure;
  call: ProcedureCall;
  access: Access;
  /** The action that it does in a workspace, if any. */
  action: Action | undefined;
  /** The scope that an API key needs; without one it is closed to keys, unless it is public. */
  scope: Scope | undefined;
  rest: RestMeta;
  idempotent: boolean;
  /** Needs a fresh proof. */
  fresh: boolean;
};

const isProcedure = (value: unknown): value is AnyTRPCProcedure =>
  typeof value === 'function' && '_def' in value;

const isEndpointMeta = (
  meta: unknown,
): meta is { access: Access; action?: Action; scope?: Scope; openapi: RestMeta } =>
  typeof meta === 'object' && meta !== null && 'access' in meta && 'openapi' in meta;

function toEndpoint(name: string, procedure: unknown): Endpoint {
  if (!isProcedure(procedure) || !isEndpointMeta(procedure._def.meta)) {
    throw new Error(`Procedure ${name} lacks .meta({ openapi })`);
  }
  const { access, action, scope, openapi } = procedure._def.meta;
  return {
    name,
    procedure,
    call: buildProcedureCall(name, procedure),
    access,
    action,
    scope,
    rest: openapi,
    idempotent: 'idempotent' in procedure._def.meta,
    fresh: 'fresh' in procedure._def.meta,
  };
}

const isSubscription = (procedure: unknown): boolean =>
  isProcedure(procedure) && procedure._def.type === 'subscription';

const listEndpoints = (isListed: (procedure: unknown) => boolean): Endpoint[] =>
  Object.entries(appRouter._def.procedures)
    .filter(([, procedure]) => isListed(procedure))
    .map(([name, procedure]) => toEndpoint(name, procedure));

export const endpoints = listEndpoints((procedure) => !isSubscription(procedure));
/** Streams, which plugins of the server answer. */
export const subscriptions = listEndpoints(isSubscription);
