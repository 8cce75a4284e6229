import { z } from 'zod';
import { singleLineSchema, multiLineSchema, timestamp } from '../../../core/text/validation.ts';
import { blockOutput, blockContent, BLOCK_TYPES, blockMembers } from '../blocks/schema.ts';
import { ownHandleOutput } from '../handles/schema.ts';
import { pageHandle, imageUrl, pageOutput, pageSeo, pageTheme } from '../schema.ts';

export const PAGE_FILE_FORMAT = 'linkgrove.page';

const content = {
  title: singleLineSchema(1, 128),
  bio: multiLineSchema(1, 256).nullable(),
  avatarUrl: imageUrl.nullable(),
  theme: pageTheme,
  seo: pageSeo,
};

/** A page as a file, with all that its owner has set; blocks stand in their order. */
export const pageFile = z.object({
  format: z.enum([PAGE_FILE_FORMAT]),
  formatVersion: z.number().int(),
  exportedAt: timestamp,
  page: z.object({ handle: z.string(), ...content }),
  blocks: z.array(blockContent),
});
export type PageFile = z.infer<typeof pageFile>;

/** A file of ours as it comes back, perhaps from someone else's hands. */
export const importedPageFile = z.strictObject({
  format: z.enum([PAGE_FILE_FORMAT]),
  formatVersion: z.literal(1, { error: 'Must be 1, the only version that this server reads' }),
  exportedAt: z.string().optional(),
  page: z.strictObject({ handle: z.string().optional(), ...content }),
  blocks: z.array(z.strictObject({ type: z.enum(BLOCK_TYPES), ...blockMembers })).max(200),
});

const file = z
  .string()
  .min(1, { error: 'Must not be empty' })
  .max(1_000_000, { error: 'Must have at most 1,000,000 characters' })
  .describe('The text of an exported page, or of a Linktree page saved as HTML or JSON');

export const previewImportInput = z.strictObject({ content: file });
export const importPageInput = z
  .strictObject({
    content: file,
    pageId: z.uuid().optional().describe('The page whose content is replaced'),
    handle: pageHandle.optional().describe('The handle of a new page, where there is no `pageId`'),
  })
  .refine((input) => (input.pageId === undefined) !== (input.handle === undefined), {
    error: 'Must be given, or else `handle`, but not both',
    path: ['pageId'],
  });

const skipped = z
  .array(z.object({ title: z.string(), reason: z.string() }))
  .describe('What the file has and a page here cannot have');

export const importPreviewOutput = z.object({
  format: z.enum(['linkgrove', 'linktree']),
  page: z.object(content).partial().describe('What is not given stays as it is'),
  blocks: z.array(blockContent),
  skipped,
});
export type ImportPreview = z.infer<typeof importPreviewOutput>;

export const importResultOutput = z.object({ page: pageOutput, skipped });
export type ImportResult = z.infer<typeof importResultOutput>;

/** Everything of a user, for the export of the account. */
export const pagesExportOutput = z.object({
  pages: z.array(pageOutput.extend({ blocks: z.array(blockOutput) })),
  handles: z.array(ownHandleOutput),
});
export type PagesExport = z.infer<typeof pagesExportOutput>;
