import { z } from 'zod';
import { exportCursorOutput, exportPartInput } from '../../../core/http/export-parts.ts';
import { timestamp } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { rewardFilters, rewardRole, rewardState } from '../review/schema.ts';
import { entryFilters } from '../schema.ts';

export const exportLedgerInput = z.strictObject({ ...entryFilters, ...exportPartInput }).prefault({});
export const exportWholeLedgerInput = z
  .strictObject({
    ...exportPartInput,
    user: accountIdentifier.optional().describe('Only entries of this user: email address, username or ID'),
  })
  .prefault({});
export const exportRewardsInput = z.strictObject({ ...rewardFilters, ...exportPartInput }).prefault({});

const count = z.number().int();
const text = z.string().nullable();
const exportedEntry = z
  .object({
    id: z.uuid(),
    createdAt: timestamp,
    kind: z.string(),
    amount: count,
    role: text,
    referralId: z.uuid().nullable(),
    milestone: count.nullable(),
    item: text,
  })
  .meta({ id: 'ExportedEntry' });
export type ExportedEntry = z.infer<typeof exportedEntry>;
const exportedEntryOfAll = z
  .object({
    ...exportedEntry.shape,
    userId: z.uuid(),
    username: text,
    reason: text.describe('Of grants and deductions by an administrator'),
  })
  .meta({ id: 'ExportedEntryOfAll' });
export type ExportedEntryOfAll = z.infer<typeof exportedEntryOfAll>;
const exportedReward = z
  .object({
    id: z.uuid(),
    createdAt: timestamp,
    state: rewardState,
    role: rewardRole,
    credits: count,
    userId: z.uuid(),
    username: text,
    referralId: z.uuid().nullable(),
    milestone: count.nullable(),
    campaign: z.string(),
  })
  .meta({ id: 'ExportedReward' });
export type ExportedReward = z.infer<typeof exportedReward>;

export const ledgerExportOutput = z
  .object({ items: z.array(exportedEntry), nextCursor: exportCursorOutput })
  .meta({ id: 'LedgerExport' });
export const wholeLedgerExportOutput = z
  .object({ items: z.array(exportedEntryOfAll), nextCursor: exportCursorOutput })
  .meta({ id: 'LedgerExportOfAll' });
export const rewardExportOutput = z
  .object({ items: z.array(exportedReward), nextCursor: exportCursorOutput })
  .meta({ id: 'RewardExport' });

export const REWARD_EXPORT_COLUMNS = {
  ownLedger: Object.keys(exportedEntry.shape),
  ledger: Object.keys(exportedEntryOfAll.shape),
  rewards: Object.keys(exportedReward.shape),
};
