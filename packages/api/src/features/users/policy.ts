import { type Plan, username } from './schema.ts';

// Names that look like the platform itself, or that are or may become a path of it.
const RESERVED = new Set(
  `about abuse account accounts admin administrator api app apple-touch-icon.png assets auth billing blog bot cdn community confirm-email
  contact dashboard dev docs download email embed error explore faq files favicon.ico feed forgot-password ftp go graphql
  healthz help home host hostmaster imprint index info internal invitation invite jobs legal linkgrove localhost login login-link logout mail mailer
  mailer-daemon me media metrics moderator new news no-reply noreply notifications null official openapi.json
  owner page pages password payments postmaster press pricing privacy profile public qr queues readyz recover redeem
  referral referrals refresh register report-sign-in reset reset-password rewards robots.txt root rss sales search security server
  session sessions settings share shop signin signout signup sitemap.xml smtp ssl staff static status store support
  system team terms test trpc undefined undo-email-change unsubscribe user username users verify verify-email webhook webhooks
  webmaster well-known www`.split(/\s+/),
);

export const isReservedName = (name: string): boolean => RESERVED.has(name.toLowerCase());

export const isUnreservedName = (name: string): boolean =>
  username.safeParse(name).success && !isReservedName(name);

export const RENAME_INTERVAL_DAYS = 14;

/** Links and codes beyond a limit stay when premium ends, but none can be added. */
export const PLAN_LIMITS: Record<Plan, { referralLinks: number; codesPerLink: number }> = {
  free: { referralLinks: 100, codesPerLink: 10 },
  premium: { referralLinks: 500, codesPerLink: 30 },
};
