import type { ApiInputs, ApiOutputs } from '@linkgrove/api/contract';

export type User = ApiOutputs['account']['me'];
export type SignedIn = ApiOutputs['auth']['login'];
export type TotpSetup = ApiOutputs['secondFactor']['setUpTotp'];
export type Passkey = ApiOutputs['passkeys']['list']['items'][number];
export type TrustedDevice = ApiOutputs['secondFactor']['trustedDevices']['items'][number];
export type SessionInfo = ApiOutputs['sessions']['list']['items'][number];
/** A provider that people can sign in with. */
export type SignInProvider = ApiOutputs['auth']['providers']['items'][number];
/** An account at a provider by which the user signs in. */
export type Identity = ApiOutputs['identities']['list']['items'][number];

export type Page = ApiOutputs['pages']['get'];
export type PublicPage = ApiOutputs['publicPages']['get'];
export type Theme = Page['theme'];
export type Seo = Page['seo'];

/** Why an administrator took a page down. */
export type PageTakedown = NonNullable<Page['takedown']>;
export type PageAppeal = NonNullable<PageTakedown['appeal']>;
/** The input of `reports.create`. */
export type NewReport = ApiInputs['reports']['create'];
export type ReportReason = NewReport['reason'];
export type Report = ApiOutputs['moderation']['listReports']['items'][number];
export type ModeratedPage = ApiOutputs['moderation']['findPage'];
export type BlockedHost = ApiOutputs['moderation']['listBlockedHosts']['items'][number];
export type Appeal = ApiOutputs['moderation']['listAppeals']['items'][number];

/** Tells what is imported from a file of another service, differently or not at all. */
export type ImportPreview = ApiOutputs['pages']['previewImport'];
export type ImportResult = ApiOutputs['pages']['import'];
export type ImportFormat = ImportPreview['format'];
export type ImportNote = ImportPreview['skipped'][number];

export type Domain = ApiOutputs['domains']['get'];
export type DnsRecord = Domain['records'][number];

export type PageTemplate = ApiOutputs['templates']['list']['items'][number];
export type BlockOperation = ApiInputs['blocks']['edit']['operations'][number];
export type PageVersion = ApiOutputs['pages']['listVersions']['items'][number];
export type PageVersionContent = ApiOutputs['pages']['getVersion'];
export type PageComparison = ApiOutputs['pages']['compareVersions'];

export type Block = ApiOutputs['blocks']['get'];
export type BlockType = Block['type'];
export type Targeting = NonNullable<Block['targeting']>;
export type Schedule = NonNullable<Block['schedule']>;
export type TitleTest = NonNullable<Block['titleTest']>;
export type TitleTestResult = ApiOutputs['analytics']['titleTest'];
export type LinkBlock = Extract<Block, { type: 'link' }>;
export type HeadingBlock = Extract<Block, { type: 'heading' }>;
export type TextBlock = Extract<Block, { type: 'text' }>;
export type ImageBlock = Extract<Block, { type: 'image' }>;
export type EmbedBlock = Extract<Block, { type: 'embed' }>;
export type SocialBlock = Extract<Block, { type: 'social' }>;
export type EmailBlock = Extract<Block, { type: 'email' }>;
export type PhoneBlock = Extract<Block, { type: 'phone' }>;
export type GroupBlock = Extract<Block, { type: 'group' }>;
export type FormBlock = Extract<Block, { type: 'form' }>;
export type Submission = ApiOutputs['forms']['submissions']['items'][number];
export type DividerBlock = Extract<Block, { type: 'divider' }>;
export type FaqBlock = Extract<Block, { type: 'faq' }>;
export type MapBlock = Extract<Block, { type: 'map' }>;
export type CountdownBlock = Extract<Block, { type: 'countdown' }>;
export type ProductBlock = Extract<Block, { type: 'product' }>;
export type MenuBlock = Extract<Block, { type: 'menu' }>;
export type HoursBlock = Extract<Block, { type: 'hours' }>;
export type MusicBlock = Extract<Block, { type: 'music' }>;
export type EventBlock = Extract<Block, { type: 'event' }>;
export type SupportBlock = Extract<Block, { type: 'support' }>;
export type GalleryBlock = Extract<Block, { type: 'gallery' }>;
export type VideoBlock = Extract<Block, { type: 'video' }>;
export type AudioBlock = Extract<Block, { type: 'audio' }>;
export type FileBlock = Extract<Block, { type: 'file' }>;
export type ReferralBlock = Extract<Block, { type: 'referral' }>;

/** The input of `blocks.create`, for one type of block: `NewBlock<'link'>`. */
export type NewBlock<Type extends BlockType = BlockType> = Extract<
  ApiInputs['blocks']['create'],
  { type: Type }
>;

export type UploadedFile = ApiOutputs['files']['get'];
export type FileVariant = UploadedFile['variants'][number];
/** The input of `files.upload`. */
export type NewFile = ApiInputs['files']['upload'];

export type AdminUser = ApiOutputs['admin']['listUsers']['items'][number];
export type AdminUserDetails = ApiOutputs['admin']['getUser'];
export type AuditEntry = ApiOutputs['admin']['listAudit']['items'][number];
export type Impersonation = ApiOutputs['admin']['impersonateUser'];

export type Referral = ApiOutputs['referrals']['list']['items'][number];
export type ReferralSource = Referral['source'];
export type ReferralStats = ApiOutputs['referrals']['stats'];
export type ReferralUtm = ApiOutputs['referrals']['utm'];
export type ReferralLink = ApiOutputs['referralLinks']['list']['items'][number];
export type CampaignOffer = ApiOutputs['referralCampaigns']['current'];
export type ReferralCampaign = ApiOutputs['referralCampaigns']['get'];
export type Rewards = ApiOutputs['rewards']['list'];
/** What credits are for, by which `rewards.list` can be filtered. */
export type RewardReason = NonNullable<Exclude<ApiInputs['rewards']['list'], void | undefined>['reason']>;
export type ProgrammeTotals = ApiOutputs['referralCampaigns']['totals'];
export type Redemption = ApiOutputs['redemptions']['list']['items'][number];
export type RewardItem = ApiOutputs['rewardItems']['list']['items'][number];

export type Campaign = ApiOutputs['campaigns']['get'];
export type CampaignReferrer = ApiOutputs['campaignReferrers']['get'];
export type CampaignReferral = ApiOutputs['campaignReferrals']['list']['items'][number];
export type CampaignLedgerEntry = ApiOutputs['campaignExports']['ledger']['items'][number];
export type CampaignReward = ApiOutputs['campaignRewards']['list']['items'][number];
export type Conversion = ApiOutputs['track']['sale'];
/** The data that a referrer sees with an embed token. */
export type Embed = ApiOutputs['embed']['me'];
