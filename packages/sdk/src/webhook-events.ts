/** RFC 3339 in UTC. */
type Time = string;

type FormSubmission = {
  id: string;
  pageId: string;
  blockId: string;
  state: 'received' | 'confirmed';
  fields: {
    email?: string | undefined;
    name?: string | undefined;
    phone?: string | undefined;
    message?: string | undefined;
  };
  /** The text that the visitor agreed to. */
  consent: string | null;
  createdAt: Time;
};

type User = { id: string; username: string; email: string; createdAt: Time };

type CampaignReferrer = { id: string; externalId: string; code: string };

type Referral = {
  id: string;
  status: 'pending' | 'review' | 'successful' | 'rejected';
  /** Null once the account of the referred user is deleted. */
  username: string | null;
  dateReferred: Time;
  qualifiedAt: Time | null;
  link: { id: string; code: string; label: string | null };
  /** Where the link was found; not for campaigns of the workspace. */
  source?: 'link' | 'page' | 'qr' | undefined;
  /** With the source `page`: which one; null once it is deleted or no longer of the referrer. */
  page?: { id: string; handle: string } | null | undefined;
  /** With the members below only for campaigns of the workspace. */
  campaignId?: string | undefined;
  /** The customer in your product. */
  externalId?: string | undefined;
  referrer?: CampaignReferrer | undefined;
};

type Reward = {
  id: string;
  role: 'referrer' | 'referred' | 'milestone';
  credits: number;
  referralId: string | null;
  milestone: number | null;
  /** With the members below only for campaigns of the workspace. */
  campaignId?: string | undefined;
  conversionId?: string | undefined;
  kind?: 'credits' | 'external' | undefined;
  /** Credits, or minor units of `currency`. */
  amount?: number | undefined;
  /** Null for credits; `credits` is 0 for others. */
  currency?: string | null | undefined;
  /** The recipient in your product. */
  externalId?: string | undefined;
  grantedAt?: Time | undefined;
};

type Lead = {
  id: string;
  workspaceId: string;
  /** The customer in your product. */
  externalId: string;
  eventName: string;
  referralId: string | null;
  campaignId: string | null;
  referrer: CampaignReferrer | null;
  createdAt: Time;
};

/** `amount` is in minor units of `currency`. */
type Sale = Lead & { amount: number; currency: string; refundedAt: Time | null };

type Page = {
  id: string;
  workspaceId: string;
  handle: string;
  title: string;
  url: string;
  published: boolean;
  version: number;
};

type Clicks = {
  pageId: string;
  workspaceId: string;
  /** All clicks of the event. */
  clicks: number;
  /** The most clicked first. */
  blocks: { id: string; clicks: number }[];
  from: Time;
  to: Time;
};

type Domain = {
  id: string;
  workspaceId: string;
  pageId: string;
  hostname: string;
  status: 'pending' | 'active' | 'failed';
  statusDetail: string | null;
};

type Key = {
  id: string;
  workspaceId: string;
  /** The user for whom the key acts. */
  createdBy: string;
  name: string;
  /** The first characters of the key. */
  start: string;
  scopes: string[];
  expiresAt: Time | null;
  /** When a key that was deleted or replaced stops working. */
  endsAt: Time | null;
};

type Member = {
  workspaceId: string;
  userId: string;
  username: string;
  role: 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer';
};

type EventData = {
  'user.created': User;
  'user.verified': User;
  'referral.created': Referral;
  'referral.successful': Referral;
  'referral.rejected': Referral;
  'referral.reversed': Referral;
  'reward.granted': Reward;
  'reward.reversed': Reward;
  'lead.created': Lead;
  'sale.created': Sale;
  'sale.refunded': Sale;
  'page.published': Page;
  'page.updated': Page & { changed: string[] };
  'page.unpublished': Page;
  'page.deleted': Page;
  'block.clicked': Clicks;
  'domain.verified': Domain;
  'domain.failed': Domain;
  'form.submitted': FormSubmission;
  'key.created': Key;
  'key.revoked': Key;
  'member.joined': Member;
  'member.left': Member;
};

/** The body that a webhook receives. Types and members may be added: ignore the ones that you do not know. */
export type WebhookEvent = {
  [Type in keyof EventData]: { type: Type; timestamp: Time; data: EventData[Type] };
}[keyof EventData];
