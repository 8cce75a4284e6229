import { z } from 'zod';
import { exportCursorOutput, exportPartInput } from '../../../core/http/export-parts.ts';
import { timestamp } from '../../../core/text/validation.ts';
import { referralFilters, referralSource, referralStatus } from '../schema.ts';
import { reviewFilters } from '../review/schema.ts';

export const exportReferralsInput = z.strictObject({ ...referralFilters, ...exportPartInput }).prefault({});
export const exportAllReferralsInput = z.strictObject({ ...reviewFilters, ...exportPartInput }).prefault({});

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

export const referralExportOutput = z
  .object({ items: z.array(exportedReferral), nextCursor: exportCursorOutput })
  .meta({ id: 'ReferralExport' });
export const allReferralsExportOutput = z
  .object({ items: z.array(exportedReferralOfAll), nextCursor: exportCursorOutput })
  .meta({ id: 'ReferralExportOfAll' });

export const REFERRAL_EXPORT_COLUMNS = {
  own: Object.keys(exportedReferral.shape),
  all: Object.keys(exportedReferralOfAll.shape),
};
