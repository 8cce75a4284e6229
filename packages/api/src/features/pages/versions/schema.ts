import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { avatarFileId } from '../pictures/schema.ts';
import { madeWith, pageOutput, pageTheme, seoOutput } from '../schema.ts';
import { MAX_VERSIONS } from './policy.ts';

const versionMembers = {
  id: z.uuid(),
  number: z.number().int().describe('Counts the versions of the page from 1'),
  reason: z
    .enum(['publish', 'restore'])
    .describe('`restore`: what was replaced when an older version was restored'),
  note: z.string().nullable(),
  createdBy: z.object({
    id: z.uuid(),
    username: z.string().nullable().describe('Null once the account is deleted'),
  }),
  createdAt: timestamp,
};
export const versionOutput = z.object(versionMembers).meta({ id: 'PageVersion' });
export type PageVersion = z.infer<typeof versionOutput>;
export const versionListOutput = createListOutputSchema(versionOutput);

/** Blocks of a version may be older than today's rules and types, so they are described by what all have in common. */
const keptBlock = z
  .looseObject({
    id: z.uuid(),
    type: z.string(),
    title: z.string().nullable(),
    url: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    enabled: z.boolean(),
  })
  .meta({ id: 'KeptBlock' });

export const versionContentOutput = z
  .object({
    ...versionMembers,
    page: z
      .object({
        title: z.string(),
        bio: z.string().nullable(),
        avatarUrl: z.string().nullable(),
        avatarFileId: avatarFileId.default(null),
        language: z.string(),
        theme: pageTheme,
        seo: seoOutput,
        madeWith: madeWith.default(false),
      })
      .meta({ id: 'KeptPage' }),
    blocks: z.array(keptBlock),
  })
  .meta({ id: 'PageVersionContent' });
export type PageVersionContent = z.infer<typeof versionContentOutput>;

const changeOutput = z
  .object({
    kind: z.enum(['page', 'block_added', 'block_removed', 'block_changed', 'block_moved']),
    block: z.object({ id: z.uuid(), type: z.string(), title: z.string().nullable() }).nullable(),
    member: z.string().nullable().describe('The changed member of the page or the block'),
    before: z.unknown(),
    after: z.unknown(),
    text: z.string().describe('The change in words, in English'),
  })
  .meta({ id: 'PageChange' });
export const comparisonOutput = z.object({ changes: z.array(changeOutput) }).meta({ id: 'PageComparison' });
export type PageComparison = z.infer<typeof comparisonOutput>;

export const listVersionsInput = z.strictObject({ id: z.uuid(), ...paginationInput });
export const versionIdInput = z.strictObject({ id: z.uuid(), versionId: z.uuid() });

const comparable = z.union([z.uuid(), z.enum(['draft', 'live'])]);
export const compareVersionsInput = z.strictObject({
  id: z.uuid(),
  from: comparable.describe(
    'The ID of a version, `draft` (the page as you edit it) or `live` (as visitors see it)',
  ),
  to: comparable.default('draft').describe('The same'),
});

export const publishPageInput = z
  .strictObject({
    id: z.uuid(),
    note: singleLineSchema(1, 200).optional().describe('What is new in this version'),
  })
  .meta({ id: 'PublishPageInput' });
export const publishPageOutput = pageOutput
  .extend({ publishedVersion: versionOutput.describe(`The last ${MAX_VERSIONS} are kept`) })
  .meta({ id: 'PublishedPage' });
export type PublishedPage = z.infer<typeof publishPageOutput>;
