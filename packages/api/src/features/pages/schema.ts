import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { multiLineSchema, nameSchema, singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { username } from '../users/schema.ts';
import { defineTopic } from '../outbox/schema.ts';
import { pageTheme, themeChanges } from './look/schema.ts';
import { avatarFileId, imageUrl } from './pictures/schema.ts';
import { HANDLE_HOLD_DAYS } from './policy.ts';
import { pageTakedown } from './takedowns/schema.ts';

export { completeTheme, DEFAULT_THEME, pageTheme, type Theme } from './look/schema.ts';
export { imageUrl } from './pictures/schema.ts';

export const pagePublishedTopic = defineTopic('pages.published', z.object({ userId: z.uuid() }));

export const pageHandle = username;

/** Whom or what a page is about, for search engines. */
const SEO_KINDS = ['person', 'organization', 'localBusiness', 'restaurant'] as const;
const seoKind = z
  .enum(SEO_KINDS)
  .meta({ id: 'SeoKind' })
  .nullable()
  .describe('What the page is about, for search engines; null finds it by the blocks');

const seoMembers = {
  title: singleLineSchema(1, 120).nullable(),
  description: singleLineSchema(1, 300).nullable(),
  noindex: z.boolean(),
};
export const pageSeo = z.strictObject({ ...seoMembers, kind: seoKind.default(null) });
// Without the default, which would undo an earlier choice.
const seoChanges = z
  .strictObject({ ...seoMembers, kind: seoKind })
  .partial()
  .meta({ id: 'SeoChanges' });
export type Seo = z.infer<typeof pageSeo>;
// Outputs don't repeat the rules for texts, which may be stricter than the ones that stored texts were checked by.
export const seoOutput = z
  .object({
    title: z.string().nullable(),
    description: z.string().nullable(),
    noindex: z.boolean(),
    // Pages that are older than it have none.
    kind: seoKind.default(null),
  })
  .meta({ id: 'Seo' });

export const DEFAULT_SEO: Seo = { title: null, description: null, noindex: false, kind: null };

/** Longer first parts, such as `english`, have the form of a tag, but no language is registered with one. */
const REGISTERED_LANGUAGE = /^[a-z]{2,3}(-|$)/;

function canonicalizeLanguage(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag).find((canonical) => REGISTERED_LANGUAGE.test(canonical));
  } catch {
    return undefined;
  }
}

export const DEFAULT_LANGUAGE = 'en';

export const pageLanguage = z
  .string()
  .max(64)
  .overwrite((tag) => canonicalizeLanguage(tag) ?? tag)
  .refine((tag) => canonicalizeLanguage(tag) !== undefined, {
    error: 'Enter a language tag, such as en, pt-BR or zh-Hans',
  })
  .meta({ example: 'pt-BR' });

const title = nameSchema(1, 128);
const bio = multiLineSchema(1, 256).nullable();
const version = z.number().int().min(1);

export const publishingMode = z
  .enum(['immediate', 'manual'])
  .meta({ id: 'PublishingMode' })
  .describe(
    'With `immediate`, visitors see each change of a published page at once; with `manual`, they see what was published last',
  );

export const madeWith = z
  .boolean()
  .describe("Whether the footer links to this platform, with the referral code of the workspace's owner");

const members = {
  title: title.optional(),
  bio: bio.optional(),
  avatarUrl: imageUrl.nullable().optional(),
  avatarFileId: avatarFileId.optional(),
  language: pageLanguage
    .optional()
    .describe("BCP 47 tag; sets the direction and the page's own words. Defaults to that of your first page"),
  theme: themeChanges.optional().describe('Merged into the stored object; omitted members stay as they are'),
  seo: seoChanges.optional().describe('Merged into the stored object; omitted members stay as they are'),
  madeWith: madeWith.optional(),
  published: z.boolean().optional(),
  publishing: publishingMode.optional(),
};

export const pageOutput = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    handle: z.string(),
    url: z.url().describe('The address of the public page'),
    title: z.string(),
    bio: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    avatarFileId,
    language: z.string().describe('BCP 47 tag'),
    theme: pageTheme,
    seo: seoOutput,
    madeWith,
    published: z.boolean(),
    publishing: publishingMode,
    locked: z.boolean().describe('Whether visitors need a password'),
    hasUnpublishedChanges: z.boolean().describe('Always false with `immediate` publishing'),
    verified: z.boolean().describe('Whether an administrator gave it the badge'),
    takedown: pageTakedown
      .nullable()
      .describe('Why an administrator took the page down, if one did: nobody can see it then'),
    blockCount: z.number().int(),
    version: version.describe('Increases with each change to the page or its blocks; also the ETag'),
    createdAt: timestamp,
    updatedAt: timestamp,
    deletedAt: timestamp.nullable(),
  })
  .meta({ id: 'Page' });
export type Page = z.infer<typeof pageOutput>;
export const pageListOutput = createListOutputSchema(pageOutput);

export const pageIdInput = z.strictObject({ id: z.uuid() });
export const listPagesInput = z
  .strictObject({
    ...paginationInput,
    workspaceId: z.uuid().optional(),
    deleted: z.boolean().default(false).describe('List the trash instead'),
  })
  .prefault({});
export const targetWorkspaceId = z.uuid().optional().describe('Defaults to your personal workspace');
export const createPageInput = z
  .strictObject({
    workspaceId: targetWorkspaceId,
    handle: pageHandle,
    ...members,
    title: title.optional().describe('Defaults to the handle'),
  })
  .meta({ id: 'CreatePageInput' });
export const updatePageInput = z
  .strictObject({
    id: z.uuid(),
    version: version.optional().describe('The version you are changing; works like `If-Match`'),
    handle: pageHandle.optional().describe(`The old handle redirects here for ${HANDLE_HOLD_DAYS} days`),
    ...members,
  })
  .meta({ id: 'UpdatePageInput' });
export const restorePageInput = z
  .strictObject({
    id: z.uuid(),
    handle: pageHandle.optional().describe('Use another handle if the old one is no longer available'),
  })
  .meta({ id: 'RestorePageInput' });
export const previewLinkOutput = z.object({ url: z.url(), expiresAt: timestamp }).meta({ id: 'PreviewLink' });
export type PreviewLink = z.infer<typeof previewLinkOutput>;
