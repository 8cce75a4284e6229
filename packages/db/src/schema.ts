import type {
  UsersTable,
  UserIdentitiesTable,
  UsedSignInFlowsTable,
  PreviousEmailsTable,
  UserDevicesTable,
  SessionsTable,
  RefreshTokensTable,
  EmailTokensTable,
  EmailTombstonesTable,
  DeviceTombstonesTable,
  SignInThrottlesTable,
  SecurityEventsTable,
  ImpersonationsTable,
} from './schema/accounts.ts';
import type {
  AnalyticsBatchesTable,
  AnalyticsBlocksTable,
  AnalyticsErasuresTable,
  AnalyticsEventsTable,
  AnalyticsMonthsTable,
  AnalyticsSegmentsTable,
  AnalyticsSettingsTable,
  AnalyticsSlotsTable,
  AnalyticsVisitorsTable,
} from './schema/analytics.ts';
import type { DomainsTable } from './schema/domains.ts';
import type {
  CampaignsTable,
  CampaignVersionsTable,
  CampaignPeopleTable,
  CampaignReferrersTable,
  CampaignClicksTable,
  CampaignClickDaysTable,
  ConversionsTable,
  CampaignReferralsTable,
  CampaignReferralEventsTable,
  CampaignRewardsTable,
  CampaignCapsTable,
  CampaignEntriesTable,
  CampaignBalancesTable,
} from './schema/campaigns.ts';
import type {
  FilesTable,
  FileVariantsTable,
  StoredObjectsTable,
  WithheldObjectsTable,
} from './schema/files.ts';
import type { FormSubmissionsTable } from './schema/forms.ts';
import type { BlockedHostsTable, PageReportsTable, PageTakedownsTable } from './schema/moderation.ts';
import type { IdempotentAnswersTable } from './schema/idempotency.ts';
import type { ApiKeysTable } from './schema/keys.ts';
import type { InstallationFactsTable, LeasesTable, MailBudgetsTable, OutboxTable } from './schema/outbox.ts';
import type {
  PagesTable,
  HandlesTable,
  BlocksTable,
  PageTemplatesTable,
  PageVersionsTable,
  LivePagesTable,
  LiveBlocksTable,
  TitleTestCountsTable,
} from './schema/pages.ts';
import type {
  ReferralLinksTable,
  ReferralCodesTable,
  ReferralsTable,
  ReferralEventsTable,
  ReferralCampaignsTable,
  ReferralCampaignUsersTable,
  ReferrerGroupMembersTable,
  ReferralCampaignVersionsTable,
  ReferralNetworksTable,
  VisitorSaltsTable,
  ReferralVisitorsTable,
  ReferralUtmVisitsTable,
  ReferralNoticesTable,
  ReferralDeltasTable,
  ReferralTotalsTable,
  ReferralDailyTable,
  ReferralSlotsTable,
  ReferralSourceDeltasTable,
  ReferralSourceTotalsTable,
  ReferralLeaderboardTable,
  ReferralLeaderboardRanksTable,
  UsedAttributionsTable,
} from './schema/referrals.ts';
import type {
  RewardsTable,
  RewardWindowsTable,
  CreditEntriesTable,
  CreditDeltasTable,
  CreditAccountsTable,
  RewardItemsTable,
  RedemptionsTable,
  RewardItemCodesTable,
} from './schema/rewards.ts';
import type {
  PasskeyChallengesTable,
  PasskeysTable,
  RecoveryCodesTable,
  TotpFactorsTable,
  TrustedDevicesTable,
} from './schema/second-factors.ts';
import type { WebhookDeliveriesTable, WebhookEndpointsTable, WebhookEventsTable } from './schema/webhooks.ts';
import type {
  WorkspaceInvitationsTable,
  WorkspaceMembersTable,
  WorkspacesTable,
} from './schema/workspaces.ts';

export type { EmailTokenPurpose } from './schema/accounts.ts';
export type { HandleState } from './schema/pages.ts';
export type { CampaignAudience, ReferralSource, ReferralStatus } from './schema/referrals.ts';
export type { CapPeriod, RewardItemKind } from './schema/rewards.ts';

// Hand-written; schema.test.ts compares it with the migrated database.
export type Database = {
  users: UsersTable;
  user_identities: UserIdentitiesTable;
  used_sign_in_flows: UsedSignInFlowsTable;
  referral_links: ReferralLinksTable;
  referral_codes: ReferralCodesTable;
  referrals: ReferralsTable;
  referral_deltas: ReferralDeltasTable;
  referral_totals: ReferralTotalsTable;
  referral_daily: ReferralDailyTable;
  referral_slots: ReferralSlotsTable;
  referral_source_deltas: ReferralSourceDeltasTable;
  referral_source_totals: ReferralSourceTotalsTable;
  referral_leaderboard: ReferralLeaderboardTable;
  referral_leaderboard_ranks: ReferralLeaderboardRanksTable;
  referral_events: ReferralEventsTable;
  referral_campaigns: ReferralCampaignsTable;
  referral_campaign_users: ReferralCampaignUsersTable;
  referrer_group_members: ReferrerGroupMembersTable;
  referral_campaign_versions: ReferralCampaignVersionsTable;
  referral_networks: ReferralNetworksTable;
  used_attributions: UsedAttributionsTable;
  referral_visitors: ReferralVisitorsTable;
  referral_utm_visits: ReferralUtmVisitsTable;
  referral_notices: ReferralNoticesTable;
  visitor_salts: VisitorSaltsTable;
  previous_emails: PreviousEmailsTable;
  user_devices: UserDevicesTable;
  rewards: RewardsTable;
  reward_windows: RewardWindowsTable;
  credit_entries: CreditEntriesTable;
  credit_deltas: CreditDeltasTable;
  credit_accounts: CreditAccountsTable;
  reward_items: RewardItemsTable;
  redemptions: RedemptionsTable;
  reward_item_codes: RewardItemCodesTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  email_tokens: EmailTokensTable;
  outbox: OutboxTable;
  leases: LeasesTable;
  installation_facts: InstallationFactsTable;
  mail_budgets: MailBudgetsTable;
  email_tombstones: EmailTombstonesTable;
  device_tombstones: DeviceTombstonesTable;
  sign_in_throttles: SignInThrottlesTable;
  security_events: SecurityEventsTable;
  impersonations: ImpersonationsTable;
  totp_factors: TotpFactorsTable;
  recovery_codes: RecoveryCodesTable;
  trusted_devices: TrustedDevicesTable;
  passkeys: PasskeysTable;
  passkey_challenges: PasskeyChallengesTable;
  pages: PagesTable;
  handles: HandlesTable;
  blocks: BlocksTable;
  domains: DomainsTable;
  page_reports: PageReportsTable;
  page_takedowns: PageTakedownsTable;
  blocked_hosts: BlockedHostsTable;
  page_templates: PageTemplatesTable;
  form_submissions: FormSubmissionsTable;
  page_versions: PageVersionsTable;
  live_pages: LivePagesTable;
  live_blocks: LiveBlocksTable;
  title_test_counts: TitleTestCountsTable;
  analytics_events: AnalyticsEventsTable;
  analytics_visitors: AnalyticsVisitorsTable;
  analytics_slots: AnalyticsSlotsTable;
  analytics_segments: AnalyticsSegmentsTable;
  analytics_months: AnalyticsMonthsTable;
  analytics_blocks: AnalyticsBlocksTable;
  analytics_settings: AnalyticsSettingsTable;
  analytics_batches: AnalyticsBatchesTable;
  analytics_erasures: AnalyticsErasuresTable;
  workspaces: WorkspacesTable;
  workspace_members: WorkspaceMembersTable;
  workspace_invitations: WorkspaceInvitationsTable;
  idempotent_answers: IdempotentAnswersTable;
  api_keys: ApiKeysTable;
  stored_objects: StoredObjectsTable;
  withheld_objects: WithheldObjectsTable;
  files: FilesTable;
  file_variants: FileVariantsTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_events: WebhookEventsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  campaigns: CampaignsTable;
  campaign_versions: CampaignVersionsTable;
  campaign_people: CampaignPeopleTable;
  campaign_referrers: CampaignReferrersTable;
  campaign_clicks: CampaignClicksTable;
  campaign_click_days: CampaignClickDaysTable;
  conversions: ConversionsTable;
  campaign_referrals: CampaignReferralsTable;
  campaign_referral_events: CampaignReferralEventsTable;
  campaign_rewards: CampaignRewardsTable;
  campaign_caps: CampaignCapsTable;
  campaign_entries: CampaignEntriesTable;
  campaign_balances: CampaignBalancesTable;
};
