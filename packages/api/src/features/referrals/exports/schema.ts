import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';
import { referralFilters, referralSource, referralStatus } from '../schema.ts';
import { reviewFilters } from '../review/schema.ts';

const part = {
  format: z.enum(['csv', 'json']).default('csv').describe('Of the stream over REST'),
  cursor: z.string().max(64).optional().describe('`nextCursor` of the previous part; a stream needs none'),
};
export const exportReferralsInput = z.strictObject({ ...referralFilters, ...part }).prefault({});
export const exportAllReferralsInput = z.strictObject({ ...reviewFilters, ...part }).prefault({});

const text = z.string().nullable();
const exportedReferral = z
  .object({
    id: z.uuid(),
    username: text.describe('The referred user; null if they deleted their account'),
    status: referralStatus,
    dateReferred: timestamp,
    qualifiedAt: timestamp.nullable(),
    linkCode: z.string(),
    linkLabel: text,
    campaign: z.string(),
    campaignVersion: z.number().int(),
    utmSource: text,
    utmMedium: text,
    utmCampaign: text,
    utmTerm: text,
    utmContent: text,
    source: referralSource,
    page: text.describe('With the source `page`: its handle; null once it is deleted or no longer theirs'),
  })
  .meta({ id: 'ExportedReferral' });
export type ExportedReferral = z.infer<typeof exportedReferral>;

const exportedReferralOfAll = z
  .object({
    ...exportedReferral.shape,
    referrerId: z.uuid(),
    referrer: text,
    reason: text,
    risk: z.number().int(),
    signals: z.string().describe('The fraud signals, separated by blanks'),
  })
  .meta({ id: 'ExportedReferralOfAll' });
export type ExportedReferralOfAll = z.infer<typeof exportedReferralOfAll>;

const nextCursor = z.string().nullable().describe('Null over REST, where all items come at once');
export const referralExportOutput = z
  .object({ items: z.array(exportedReferral), nextCursor })
  .meta({ id: 'ReferralExport' });
export const allReferralsExportOutput = z
  .object({ items: z.array(exportedReferralOfAll), nextCursor })
  .meta({ id: 'ReferralExportOfAll' });

export const REFERRAL_EXPORT_COLUMNS = {
  own: Object.keys(exportedReferral.shape),
  all: Object.keys(exportedReferralOfAll.shape),
};
