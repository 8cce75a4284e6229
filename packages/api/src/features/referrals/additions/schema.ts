import { z } from 'zod';
import { singleLineSchema } from '../../../core/text/validation.ts';
import { accountIdentifier } from '../../users/schema.ts';
import { enteredReferralCode } from '../links/schema.ts';

export const addReferralInput = z
  .strictObject({
    referrer: accountIdentifier.describe('Email address, username or ID'),
    referred: accountIdentifier.describe('The new user, whom nobody referred so far'),
    code: enteredReferralCode.optional().describe("A code of the referrer's; default: the first link"),
    reason: singleLineSchema(1, 500).describe('Stored with the referral'),
  })
  .meta({ id: 'AddReferralInput' });

const MAX_CSV_LENGTH = 900_000;
export const MAX_IMPORTED_ROWS = 5_000;

export const importReferralsInput = z
  .strictObject({
    csv: z
      .string()
      .max(MAX_CSV_LENGTH)
      .describe(
        `With a head line: \`referrer\`, \`referred\` (email address, username or ID), \`dateReferred\`; optionally \`status\` (default \`successful\`), \`qualifiedAt\`, \`code\`. At most ${MAX_IMPORTED_ROWS} rows`,
      ),
    preview: z.boolean().default(true).describe('Only says what an import would do'),
  })
  .meta({ id: 'ImportReferralsInput' });

export const importResult = z.enum([
  'new',
  'exists',
  'invalid_row',
  'unknown_referrer',
  'unknown_referred',
  'unknown_code',
  'own_referral',
  'other_referrer',
  'referrer_is_newer',
  'repeated',
]);
export type ImportResult = z.infer<typeof importResult>;

const count = z.number().int();
export const importReferralsOutput = z
  .object({
    preview: z.boolean(),
    imported: count.describe('Rows that were imported, or would be'),
    existing: count.describe('Rows whose referral is there already; they change nothing'),
    refused: count,
    ignoredColumns: z.array(z.string()).describe('Columns that an import does not know; check their names'),
    problems: z
      .array(
        z
          .object({
            line: count.describe('Where the row begins in the file; the head line is 1'),
            result: importResult,
            detail: z.string().describe('What is wrong, with the name of the column'),
            referrer: z.string(),
            referred: z.string(),
          })
          .meta({ id: 'ImportProblem' }),
      )
      .describe('The first 100 refused rows'),
  })
  .meta({ id: 'ImportedReferrals' });
export type ImportedReferrals = z.infer<typeof importReferralsOutput>;
