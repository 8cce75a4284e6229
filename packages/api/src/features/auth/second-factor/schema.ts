import { z } from 'zod';
import { singleLineSchema } from '../../../core/text/validation.ts';

const CODE_MESSAGE = 'Enter the 6 digits that your authenticator app shows';
const RECOVERY_CODE_MESSAGE = 'Enter a recovery code such as ABCD-EFGH-IJKL-MNOP-QRST-UVWX';
/** Those of earlier versions are shorter. */
const RECOVERY_CODE = /^[\s-]*(?:(?:[A-Za-z2-7][\s-]*){8}){2,3}$/;

const entered = (message: string) => z.string().max(64, { error: message, abort: true });

/** People type the spaces that apps show. What is accepted is what the API document says. */
export const totpCode = entered(CODE_MESSAGE)
  .regex(/^\s*(?:\d\s*){6}$/, { error: CODE_MESSAGE })
  .overwrite((text) => text.replaceAll(/\s/g, ''))
  .meta({ example: '492039' });

export const recoveryCode = entered(RECOVERY_CODE_MESSAGE)
  .regex(RECOVERY_CODE, { error: RECOVERY_CODE_MESSAGE })
  .overwrite((text) => text.replaceAll(/[\s-]/g, '').toUpperCase())
  .meta({ example: 'ABCD-EFGH-IJKL-MNOP-QRST-UVWX' });

export const totpSetupOutput = z
  .object({
    secret: z.string().describe('In Base32, for people who type it into their app'),
    url: z.string().describe('For the app, as `otpauth://totp/…`'),
    qrSvg: z.string().describe('`url` as a QR code'),
  })
  .meta({ id: 'TotpSetup' });

export const confirmTotpInput = z.strictObject({ code: totpCode }).meta({ id: 'TotpCodeInput' });
export const factorCode = z.union([totpCode, recoveryCode]).describe('From the app, or a recovery code');
export const removeTotpInput = z.strictObject({ code: factorCode }).meta({ id: 'RemoveTotpInput' });

export const recoveryCodesOutput = z
  .object({ recoveryCodes: z.array(z.string()).describe('Each works once. They are shown only here.') })
  .meta({ id: 'RecoveryCodes' });

const mfaToken = singleLineSchema(1, 2_000);

export const loginMfaInput = z
  .strictObject({
    mfaToken: mfaToken.describe('From the answer `MFA_REQUIRED`; works for five minutes'),
    code: totpCode.optional().describe('From the authenticator app'),
    recoveryCode: recoveryCode.optional().describe('Instead of `code`'),
    trustDevice: z
      .boolean()
      .default(false)
      .describe('Whether this browser can do without a code for 30 days'),
  })
  .refine(({ code, recoveryCode: recovery }) => (code === undefined) !== (recovery === undefined), {
    error: 'Send either code or recoveryCode',
    path: ['code'],
  })
  .meta({ id: 'LoginMfaInput' });
