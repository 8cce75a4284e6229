import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { enteredTime, singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { findInvisibleCharacter } from '../../../core/text/visibility.ts';

export const REFERRAL_CODE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{2,31}$/;

export const chosenCode = z.string().trim().regex(REFERRAL_CODE_PATTERN, {
  error: 'Use 3–32 letters, digits, - or _; start with a letter or digit',
});
// RFC 3339 writes a year with four digits.
const LATEST_EXPIRY = Date.UTC(9999, 11, 31);
const MAX_USES = 1_000_000_000;
const MAX_LANDING_URL_LENGTH = 2_000;

const expiresAt = enteredTime
  .refine((text) => Date.parse(text) > Date.now() && Date.parse(text) < LATEST_EXPIRY, {
    error: 'Enter a time in the future, before the year 10000',
  })
  .nullable();
const maxUses = z.number().int().min(1).max(MAX_USES).nullable();

const usesOf = z.enum(['signups', 'successes']).meta({ id: 'ReferralLinkUses' });

const members = {
  label: singleLineSchema(1, 80).nullable().optional(),
  expiresAt: expiresAt.optional().describe('When the link stops accepting sign-ups; null for never'),
  maxUses: maxUses.optional().describe('How many sign-ups the link accepts; null for no limit'),
  maxUsesOf: usesOf
    .optional()
    .describe(
      'What takes a place under `maxUses` for good: every verified sign-up, or only those whose referral is not rejected',
    ),
  enabled: z.boolean().optional(),
  landingUrl: z
    .string()
    .trim()
    .max(MAX_LANDING_URL_LENGTH)
    .nullable()
    .optional()
    .describe(
      'Where the link leads, with `referral` added: a page of an origin that the operator allows (`APP_URL`, `CORS_ORIGINS`); null for the sign-up page',
    ),
};
export const createReferralLinkInput = z
  .strictObject({
    ...members,
    code: chosenCode.optional().describe('Generated if omitted'),
  })
  .meta({ id: 'CreateReferralLinkInput' });
export const updateReferralLinkInput = z
  .strictObject({
    id: z.uuid(),
    ...members,
    code: chosenCode.optional().describe('The previous code keeps leading to this link'),
  })
  .meta({ id: 'UpdateReferralLinkInput' });
export const deleteReferralLinkInput = z.strictObject({ id: z.uuid() });
export const listReferralLinksInput = z.strictObject(paginationInput).prefault({});

const count = z.number().int();
export const referralLinkOutput = z
  .object({
    id: z.uuid(),
    code: z.string(),
    url: z.url().describe('Counts the visit and redirects to `landingUrl` or the sign-up page'),
    landingUrl: z.string().nullable(),
    label: z.string().nullable(),
    enabled: z.boolean(),
    expiresAt: timestamp.nullable(),
    maxUses: count.nullable(),
    maxUsesOf: usesOf,
    uses: count.describe('Places taken under `maxUses`; unverified sign-ups give theirs back after 7 days'),
    visits: count,
    signups: count,
    successful: count,
    createdAt: timestamp,
  })
  .meta({ id: 'ReferralLink' });
export type ReferralLink = z.infer<typeof referralLinkOutput>;
export const referralLinkListOutput = createListOutputSchema(referralLinkOutput);

const CODE_IN_PATH = /\/r\/([^/]+)/;
const DASHES = /[\p{Dash_Punctuation}\u2212]/gu;
const LINK = /(?:https?:\/\/)?[^\s/?]+[/?]\S*/i;
const TRAILING_PUNCTUATION = /[.,;:!?)\]>'"»”]+$/u;

function findCodeInLink(text: string): string | undefined {
  const [link] = LINK.exec(text) ?? [];
  const address = link?.replace(TRAILING_PUNCTUATION, '') ?? '';
  const url = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(url)) return undefined;
  const { searchParams, pathname } = new URL(url);
  return searchParams.get('referral') ?? CODE_IN_PATH.exec(pathname)?.[1];
}

/**
 * Reads a code as people type it: with blanks, any dash, full-width letters, or as a link `…/register?referral=CODE` or
 * `…/r/CODE` with text around it.
 */
export function readReferralCode(text: string): string {
  const plain = text.normalize('NFKC').replaceAll(DASHES, '-').trim();
  const code = /[/?]/.test(plain) ? (findCodeInLink(plain) ?? plain) : plain;
  return code.replaceAll(/\s+/g, '');
}

export const enteredReferralCode = z
  .string()
  .max(2_048, { error: 'Use at most 2,048 characters', abort: true })
  .overwrite(readReferralCode)
  .refine((text) => text.length <= 64, { error: 'Use at most 64 characters' })
  .refine((text) => findInvisibleCharacter(text, 'line') === undefined, {
    error: 'Must not contain invisible characters',
  })
  .meta({ pattern: '^(?:[^/?]{0,64}|[\\s\\S]*[/?][\\s\\S]*)$' });
