import * as accounts from './accounts.ts';
import * as administeredRewards from './administered-rewards.ts';
import * as administration from './administration.ts';
import * as analytics from './analytics.ts';
import * as domains from './domains.ts';
import * as campaigns from './campaigns.ts';
import * as forms from './forms.ts';
import * as files from './files.ts';
import * as moderation from './moderation.ts';
import * as pages from './pages.ts';
import * as publicPages from './public-pages.ts';
import * as referrals from './referrals.ts';
import * as webhooks from './webhooks.ts';
import * as workspaces from './workspaces.ts';

type AnyExample = { body?: unknown; bodies?: Record<string, unknown>; answer?: unknown };

const ROUTERS: Record<string, Record<string, AnyExample>> = {
  account: accounts.account,
  auth: accounts.auth,
  securityEvents: accounts.securityEvents,
  sessions: accounts.sessions,
  identities: accounts.identities,
  secondFactor: accounts.secondFactor,
  passkeys: accounts.passkeys,
  admin: administration.admin,
  referralCampaigns: administration.referralCampaigns,
  referrerGroups: administration.referrerGroups,
  referralReview: administration.referralReview,
  redemptions: referrals.redemptions,
  rewardItems: administeredRewards.rewardItems,
  rewardReview: administeredRewards.rewardReview,
  analytics: analytics.analytics,
  campaigns: campaigns.campaigns,
  campaignExports: campaigns.campaignExports,
  campaignReferrals: campaigns.campaignReferrals,
  campaignReferrers: campaigns.campaignReferrers,
  campaignRewards: campaigns.campaignRewards,
  embed: campaigns.embed,
  track: campaigns.track,
  blocks: pages.blocks,
  templates: pages.templates,
  domains: domains.domains,
  files: files.files,
  forms: forms.forms,
  publicForms: forms.publicForms,
  handles: pages.handles,
  moderation: moderation.moderation,
  reports: moderation.reports,
  pages: { ...pages.pages, appeal: moderation.pageAppeal },
  publicBlocks: publicPages.publicBlocks,
  publicPages: publicPages.publicPages,
  referralCodes: referrals.referralCodes,
  referralLinks: referrals.referralLinks,
  referrals: referrals.referrals,
  rewards: referrals.rewards,
  invitations: workspaces.invitations,
  keys: workspaces.keys,
  webhooks: webhooks.webhooks,
  workspaces: workspaces.workspaces,
};

function findExample(name: string): AnyExample {
  const [router = '', procedure = ''] = name.split('.');
  return ROUTERS[router]?.[procedure] ?? {};
}

/** The members of a media type that show its examples; none if there are none, which a test reports. */
export function buildExamples(name: string, kind: 'body' | 'answer') {
  const { bodies, ...single } = findExample(name);
  if (kind === 'body' && bodies) {
    const examples = Object.entries(bodies).map(([title, value]): [string, { value: unknown }] => [
      title,
      { value },
    ]);
    return { examples: Object.fromEntries(examples) };
  }
  return single[kind] === undefined ? {} : { example: single[kind] };
}
