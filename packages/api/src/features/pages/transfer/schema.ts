import { z } from 'zod';
import { multiLineSchema, nameSchema, timestamp } from '../../../core/text/validation.ts';
import { blockOutput, blockContent, BLOCK_TYPES, blockMembers } from '../blocks/schema.ts';
import { ownHandleOutput } from '../handles/schema.ts';
import { MAX_BLOCKS } from '../policy.ts';
import { versionOutput } from '../versions/schema.ts';
import { avatarFileId } from '../pictures/schema.ts';
import {
  imageUrl,
  madeWith,
  pageHandle,
  pageLanguage,
  pageOutput,
  pageSeo,
  pageTheme,
  seoOutput,
  targetWorkspaceId,
} from '../schema.ts';

export const PAGE_FILE_FORMAT = 'linkgrove.page';

const contentOutput = {
  title: z.string(),
  bio: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  avatarFileId,
  theme: pageTheme,
  seo: seoOutput,
  madeWith,
};
const contentMembers = {
  title: nameSchema(1, 128),
  bio: multiLineSchema(1, 256).nullable(),
  avatarUrl: imageUrl.nullable(),
  // Older files have none.
  avatarFileId: avatarFileId.default(null),
  theme: pageTheme,
  seo: pageSeo,
  madeWith: madeWith.default(false),
};

export const pageFile = z
  .object({
    format: z.enum([PAGE_FILE_FORMAT]),
    formatVersion: z.number().int(),
    exportedAt: timestamp,
    page: z
      .object({ handle: z.string(), language: z.string(), ...contentOutput })
      .meta({ id: 'PageFileContent' }),
    blocks: z.array(blockContent),
  })
  .meta({ id: 'PageFile' });
export type PageFile = z.infer<typeof pageFile>;

/** For a block in a group: the place of the group in the list. Older files have none. */
const groupIndex = z.number().int().min(0).nullable().default(null);

/** Anyone may have edited the file, so it is checked like any input. */
export const importedPageFile = z.strictObject({
  format: z.enum([PAGE_FILE_FORMAT]),
  formatVersion: z.literal(1, { error: 'This server only reads version 1' }),
  exportedAt: z.string().optional(),
  // Older files have no language.
  page: z.strictObject({
    handle: z.string().optional(),
    language: pageLanguage.optional(),
    ...contentMembers,
  }),
  blocks: z
    .array(z.strictObject({ type: z.enum(BLOCK_TYPES), group: groupIndex, ...blockMembers }))
    .max(MAX_BLOCKS),
});

const fileContent = z
  .string()
  .min(1, { error: 'Choose a file' })
  .max(1_000_000, { error: 'Use a file of at most 1,000,000 characters' })
  .describe(
    'The text of an exported page, of a saved Linktree or Beacons page, of a LinkStack export, or of a list of links: bookmarks, CSV, or a line each',
  );

export const IMPORT_FORMATS = [
  'linkgrove',
  'linktree',
  'beacons',
  'linkstack',
  'bookmarks',
  'csv',
  'text',
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];
const importFormat = z.enum(IMPORT_FORMATS).meta({ id: 'ImportFormat' });
const givenFormat = importFormat.optional().describe('Found by the content if it is left out');

export const previewImportInput = z
  .strictObject({ content: fileContent, format: givenFormat })
  .meta({ id: 'PreviewImportInput' });
export const importPageInput = z
  .strictObject({
    content: fileContent,
    format: givenFormat,
    pageId: z.uuid().optional().describe('The page whose content to replace'),
    handle: pageHandle.optional().describe('The handle of the new page, if there is no `pageId`'),
    workspaceId: targetWorkspaceId.describe('Where the new page goes; defaults to your personal workspace'),
  })
  .refine((input) => (input.pageId === undefined) !== (input.handle === undefined), {
    error: 'Give either pageId or handle',
    path: ['pageId'],
  })
  .meta({ id: 'ImportPageInput' });

export const importTarget = z.union([
  z.object({ pageId: z.uuid() }),
  z.object({ handle: pageHandle, workspaceId: targetWorkspaceId }),
]);

const importNote = z.object({ title: z.string(), reason: z.string() }).meta({ id: 'ImportNote' });
const report = {
  imported: z
    .array(z.object({ type: z.enum(BLOCK_TYPES), count: z.number().int() }).meta({ id: 'ImportedBlocks' }))
    .describe('How many blocks of each type came over'),
  changed: z.array(importNote).describe('Parts that came over differently'),
  skipped: z.array(importNote).describe('Parts of the file that did not come over'),
};

export const importPreviewOutput = z
  .object({
    format: importFormat,
    page: z
      .object({ language: z.string(), ...contentOutput })
      .partial()
      .meta({ id: 'ImportedContent', description: 'Members that the file does not give stay as they are' }),
    blocks: z.array(blockContent),
    pictures: z.number().int().describe('In the file itself; an import uploads them'),
    ...report,
  })
  .meta({ id: 'ImportPreview' });
export type ImportPreview = z.infer<typeof importPreviewOutput>;

export const importResultOutput = z
  .object({ page: pageOutput, pictures: z.number().int().describe('That were uploaded'), ...report })
  .meta({ id: 'ImportResult' });
export type ImportResult = z.infer<typeof importResultOutput>;

export const pagesExportOutput = z.object({
  pages: z.array(
    pageOutput
      .extend({ blocks: z.array(blockOutput), versions: z.array(versionOutput) })
      .meta({ id: 'PageWithBlocks' }),
  ),
  handles: z.array(ownHandleOutput),
});
export type PagesExport = z.infer<typeof pagesExportOutput>;
