import { z } from 'zod';
import { mailedToken, nameSchema, singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { ownAnalyticsOutput } from '../analytics/export/schema.ts';
import { emailAddress, enteredPassword, newPassword, username, userOutput } from '../users/schema.ts';
import { identityOutput } from '../auth/identities/schema.ts';
import { proofShape } from '../auth/reauthentication/schema.ts';
import { passkeyOutput } from '../auth/passkeys/schema.ts';
import { trustedDeviceOutput } from '../auth/second-factor/trusted-devices/schema.ts';
import { sessionOutput } from '../auth/session/schema.ts';
import { fileOutput } from '../files/schema.ts';
import { keyOutput } from '../keys/schema.ts';
import { ownedSubmissionOutput } from '../forms/schema.ts';
import { domainOutput } from '../domains/schema.ts';
import { workspaceCampaignOutput } from '../campaigns/schema.ts';
import { webhookOutput } from '../webhooks/schema.ts';
import { ownReportOutput } from '../moderation/reports/schema.ts';
import { membershipOutput } from '../workspaces/schema.ts';
import { templateOutput } from '../pages/templates/schema.ts';
import { pagesExportOutput } from '../pages/transfer/schema.ts';
import { referralLinkStats, referralOutput } from '../referrals/schema.ts';
import { ownRedemptionOutput } from '../rewards/fulfilment/schema.ts';
import { creditEntryOutput } from '../rewards/schema.ts';
import { securityEventOutput } from '../security-events/schema.ts';

export const updateAccountInput = z
  .strictObject({
    username: username
      .optional()
      .describe('Can be changed once every 14 days, with `password` or in a session that is fresh'),
    ...proofShape,
    displayName: nameSchema(1, 80).nullable().optional(),
    leaderboard: z.boolean().optional().describe('Whether you appear on the referral leaderboard'),
    referralMail: z.boolean().optional().describe('Whether you get emails about referrals and milestones'),
  })
  .meta({ id: 'UpdateAccountInput' });
export const changePasswordInput = z
  .strictObject({
    currentPassword: enteredPassword
      .optional()
      .describe('Needed unless the account has no password yet; then the session must be fresh'),
    newPassword,
  })
  .meta({ id: 'ChangePasswordInput' });
export const changeEmailInput = z
  .strictObject({ email: emailAddress, ...proofShape })
  .meta({ id: 'ChangeEmailInput' });
export const unsubscribeInput = z
  .strictObject({ token: singleLineSchema(1, 200) })
  .meta({ id: 'UnsubscribeInput' });
export const undoEmailChangeInput = z
  .strictObject({ token: mailedToken })
  .meta({ id: 'UndoEmailChangeInput' });
export const deleteAccountInput = z.strictObject(proofShape).meta({ id: 'DeleteAccountInput' }).prefault({});

export const accountExportOutput = z
  .object({
    exportedAt: timestamp,
    user: userOutput,
    preferences: z
      .object({ leaderboard: z.boolean(), referralMail: z.boolean() })
      .meta({ id: 'Preferences' }),
    premiumUntil: timestamp.nullable(),
    signUpCountry: z.string().nullable(),
    sessions: z.array(sessionOutput),
    identities: z.array(identityOutput),
    passkeys: z.array(passkeyOutput),
    trustedDevices: z.array(trustedDeviceOutput),
    referralLinks: z.array(referralLinkStats),
    referrerGroups: z.array(z.string()).describe('Groups of referrers that campaigns are for'),
    referrals: z.array(referralOutput),
    credits: z.array(creditEntryOutput),
    redemptions: z.array(ownRedemptionOutput),
    securityEvents: z.array(securityEventOutput),
    workspaces: z.array(membershipOutput),
    apiKeys: z.array(keyOutput),
    campaigns: z.array(workspaceCampaignOutput),
    webhooks: z.array(webhookOutput),
    domains: z.array(domainOutput),
    templates: z.array(templateOutput),
    reports: z.array(ownReportOutput).describe('Those that you sent with your verified address'),
    submissions: z
      .array(ownedSubmissionOutput)
      .describe('What visitors entered into the forms of your workspaces'),
    files: z.array(fileOutput).describe('Of every workspace that you own; fetch their content from `url`'),
    ...pagesExportOutput.shape,
    analytics: ownAnalyticsOutput,
  })
  .meta({ id: 'AccountExport' });
export type AccountExport = z.infer<typeof accountExportOutput>;
