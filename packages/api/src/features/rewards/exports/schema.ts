import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { rewardFilters, rewardRole, rewardState } from '../review/schema.ts';

const part = {
  format: z.enum(['csv', 'json']).default('csv').describe('Of the stream over REST'),
  cursor: z.string().max(64).optional().describe('`nextCursor` of the previous part; a stream needs none'),
};
export const exportLedgerInput = z.strictObject(part).prefault({});
export const exportWholeLedgerInput = z
  .strictObject({
    ...part,
    user: accountIdentifier.optional().describe('Only entries of this user: email address, username or ID'),
  })
  .prefault({});
export const exportRewardsInput = z.strictObject({ ...rewardFilters, ...part }).prefault({});

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

const nextCursor = z.string().nullable().describe('Null over REST, where all items come at once');
export const ledgerExportOutput = z
  .object({ items: z.array(exportedEntry), nextCursor })
  .meta({ id: 'LedgerExport' });
export const wholeLedgerExportOutput = z
  .object({ items: z.array(exportedEntryOfAll), nextCursor })
  .meta({ id: 'LedgerExportOfAll' });
export const rewardExportOutput = z
  .object({ items: z.array(exportedReward), nextCursor })
  .meta({ id: 'RewardExport' });

export const REWARD_EXPORT_COLUMNS = {
  ownLedger: Object.keys(exportedEntry.shape),
  ledger: Object.keys(exportedEntryOfAll.shape),
  rewards: Object.keys(exportedReward.shape),
};
