import type { Migration } from '../migrate.ts';
import * as m0001 from './0001-users.ts';
import * as m0002 from './0002-referrals.ts';
import * as m0003 from './0003-rewards.ts';
import * as m0004 from './0004-sessions.ts';
import * as m0005 from './0005-email-tokens.ts';
import * as m0006 from './0006-outbox.ts';
import * as m0007 from './0007-account-security.ts';
import * as m0008 from './0008-referral-codes.ts';
import * as m0009 from './0009-credits.ts';
import * as m0010 from './0010-leaderboard.ts';
import * as m0011 from './0011-campaigns.ts';
import * as m0012 from './0012-referral-review.ts';
import * as m0013 from './0013-reward-rules.ts';
import * as m0014 from './0014-pages.ts';
import * as m0015 from './0015-handles.ts';
import * as m0016 from './0016-blocks.ts';
import * as m0017 from './0017-queues-by-urgency.ts';
import * as m0018 from './0018-handles-of-deleted-accounts.ts';
import * as m0019 from './0019-reward-review.ts';
import * as m0020 from './0020-identity.ts';
import * as m0021 from './0021-mail-budgets.ts';
import * as m0022 from './0022-account-hygiene.ts';
import * as m0023 from './0023-referral-stuffing.ts';
import * as m0024 from './0024-preview-links.ts';
import * as m0025 from './0025-page-language.ts';
import * as m0026 from './0026-workspaces.ts';
import * as m0027 from './0027-idempotency.ts';
import * as m0028 from './0028-api-keys.ts';
import * as m0029 from './0029-analytics.ts';
import * as m0030 from './0030-webhooks.ts';
import * as m0031 from './0031-referral-series.ts';
import * as m0032 from './0032-page-versions.ts';
import * as m0033 from './0033-referral-lists.ts';
import * as m0034 from './0034-campaigns.ts';
import * as m0035 from './0035-conversions.ts';
import * as m0036 from './0036-files.ts';
import * as m0037 from './0037-programme-periods.ts';
import * as m0038 from './0038-missed-visits.ts';
import * as m0039 from './0039-added-referrals.ts';
import * as m0040 from './0040-block-types.ts';
import * as m0041 from './0041-block-groups.ts';
import * as m0042 from './0042-form-submissions.ts';
import * as m0043 from './0043-upkeep-indexes.ts';
import * as m0044 from './0044-security-event-retention.ts';
import * as m0045 from './0045-installation-facts.ts';
import * as m0046 from './0046-analytics-segments.ts';
import * as m0047 from './0047-domains.ts';
import * as m0048 from './0048-page-templates.ts';
import * as m0049 from './0049-held-rewards.ts';
import * as m0050 from './0050-held-reward-indexes.ts';
import * as m0051 from './0051-identities.ts';
import * as m0052 from './0052-identity-checks.ts';
import * as m0053 from './0053-programme-erasure.ts';
import * as m0054 from './0054-programme-erasure-indexes.ts';
import * as m0055 from './0055-page-locks.ts';
import * as m0056 from './0056-sign-in-flows.ts';
import * as m0057 from './0057-second-factors.ts';
import * as m0058 from './0058-block-targeting.ts';
import * as m0059 from './0059-outbox-request-ids.ts';
import * as m0060 from './0060-page-look.ts';
import * as m0061 from './0061-login-links.ts';
import * as m0062 from './0062-title-tests.ts';
import * as m0063 from './0063-moderation.ts';
import * as m0064 from './0064-withheld-objects.ts';
import * as m0065 from './0065-drop-reward-caps.ts';
import * as m0066 from './0066-administration.ts';
import * as m0067 from './0067-administration-indexes.ts';
import * as m0068 from './0068-campaign-life.ts';
import * as m0069 from './0069-campaign-life-checks.ts';
import * as m0070 from './0070-reward-items.ts';
import * as m0071 from './0071-programme-settings.ts';
import * as m0072 from './0072-programme-setting-checks.ts';
import * as m0073 from './0073-referral-sources.ts';
import * as m0074 from './0074-referral-source-checks.ts';
import * as m0075 from './0075-referral-utm.ts';
import * as m0076 from './0076-referral-utm-index.ts';
import * as m0077 from './0077-undone-reversals.ts';
import * as m0078 from './0078-undone-reversal-checks.ts';
import * as m0079 from './0079-places-and-premium.ts';
import * as m0080 from './0080-place-and-premium-indexes.ts';
import * as m0081 from './0081-sign-in-origins.ts';
import * as m0082 from './0082-sign-in-reports.ts';
import * as m0083 from './0083-cancelled-redemptions.ts';
import * as m0084 from './0084-cancelled-redemption-checks.ts';

// Forward only. Never edit a released migration; add the next number.
export const migrations: Record<string, Migration> = {
  '0001-users': m0001,
  '0002-referrals': m0002,
  '0003-rewards': m0003,
  '0004-sessions': m0004,
  '0005-email-tokens': m0005,
  '0006-outbox': m0006,
  '0007-account-security': m0007,
  '0008-referral-codes': m0008,
  '0009-credits': m0009,
  '0010-leaderboard': m0010,
  '0011-campaigns': m0011,
  '0012-referral-review': m0012,
  '0013-reward-rules': m0013,
  '0014-pages': m0014,
  '0015-handles': m0015,
  '0016-blocks': m0016,
  '0017-queues-by-urgency': m0017,
  '0018-handles-of-deleted-accounts': m0018,
  '0019-reward-review': m0019,
  '0020-identity': m0020,
  '0021-mail-budgets': m0021,
  '0022-account-hygiene': m0022,
  '0023-referral-stuffing': m0023,
  '0024-preview-links': m0024,
  '0025-page-language': m0025,
  '0026-workspaces': m0026,
  '0027-idempotency': m0027,
  '0028-api-keys': m0028,
  '0029-analytics': m0029,
  '0030-webhooks': m0030,
  '0031-referral-series': m0031,
  '0032-page-versions': m0032,
  '0033-referral-lists': m0033,
  '0034-campaigns': m0034,
  '0035-conversions': m0035,
  '0036-files': m0036,
  '0037-programme-periods': m0037,
  '0038-missed-visits': m0038,
  '0039-added-referrals': m0039,
  '0040-block-types': m0040,
  '0041-block-groups': m0041,
  '0042-form-submissions': m0042,
  '0043-upkeep-indexes': m0043,
  '0044-security-event-retention': m0044,
  '0045-installation-facts': m0045,
  '0046-analytics-segments': m0046,
  '0047-domains': m0047,
  '0048-page-templates': m0048,
  '0049-held-rewards': m0049,
  '0050-held-reward-indexes': m0050,
  '0051-identities': m0051,
  '0052-identity-checks': m0052,
  '0053-programme-erasure': m0053,
  '0054-programme-erasure-indexes': m0054,
  '0055-page-locks': m0055,
  '0056-sign-in-flows': m0056,
  '0057-second-factors': m0057,
  '0058-block-targeting': m0058,
  '0059-outbox-request-ids': m0059,
  '0060-page-look': m0060,
  '0061-login-links': m0061,
  '0062-title-tests': m0062,
  '0063-moderation': m0063,
  '0064-withheld-objects': m0064,
  '0065-drop-reward-caps': m0065,
  '0066-administration': m0066,
  '0067-administration-indexes': m0067,
  '0068-campaign-life': m0068,
  '0069-campaign-life-checks': m0069,
  '0070-reward-items': m0070,
  '0071-programme-settings': m0071,
  '0072-programme-setting-checks': m0072,
  '0073-referral-sources': m0073,
  '0074-referral-source-checks': m0074,
  '0075-referral-utm': m0075,
  '0076-referral-utm-index': m0076,
  '0077-undone-reversals': m0077,
  '0078-undone-reversal-checks': m0078,
  '0079-places-and-premium': m0079,
  '0080-place-and-premium-indexes': m0080,
  '0081-sign-in-origins': m0081,
  '0082-sign-in-reports': m0082,
  '0083-cancelled-redemptions': m0083,
  '0084-cancelled-redemption-checks': m0084,
};
