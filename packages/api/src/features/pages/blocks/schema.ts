import { z } from 'zod';
import { createListOutputSchema, paginationInput } from '../../../core/http/pagination.ts';
import { enteredTime, singleLineSchema, timestamp } from '../../../core/text/validation.ts';
import { MAX_URL_LENGTH } from '../../../core/text/urls.ts';
import { MAX_BLOCKS } from '../policy.ts';
import { imageUrl, thumbnailFileId } from '../pictures/schema.ts';
import { blockSchedule, blockTargeting } from './targeting/schema.ts';
import { titleTestInput, titleTestOutput } from './title-tests/schema.ts';
import {
  blockType,
  type BlockType,
  buildTypeUnion,
  type DataInput,
  getDataOutput,
  type TypeMembers,
} from './types/schema.ts';

export { BLOCK_TYPES, type BlockType, blockType } from './types/schema.ts';
export { type Platform, SOCIAL_PLATFORMS, socialPlatform } from './types/social/schema.ts';

export const GATES = ['sensitive', '18+', '21+', '25+'] as const;
export type Gate = (typeof GATES)[number];
export const blockGate = z.enum(GATES).meta({ id: 'Gate' });

const gridArea = (columns: number) =>
  z
    .tuple([
      z
        .number()
        .int()
        .min(0)
        .max(columns - 1),
      z.number().int().min(0).max(999),
      z.number().int().min(1).max(columns),
      z.number().int().min(1).max(12),
    ])
    .refine(([x, , width]) => x + width <= columns, { error: `Keep the block within ${columns} columns` });

export const blockLayout = z
  .strictObject({
    desktop: gridArea(4)
      .nullable()
      .default(null)
      .describe('Place in a grid of 4 columns: x, y, width, height'),
    mobile: gridArea(2)
      .nullable()
      .default(null)
      .describe('Place in a grid of 2 columns: x, y, width, height'),
  })
  .meta({ id: 'LayoutInput', outputId: 'Layout' });
export type Layout = z.infer<typeof blockLayout>;

const MAX_TIME_MS = Date.UTC(9999, 11, 31);
const scheduleTime = enteredTime
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < MAX_TIME_MS, {
    error: 'Enter a time between the years 1970 and 9999',
  })
  .nullable();

const version = z.number().int().min(1);
export const blockVersion = version.describe('The version you are changing; works like `If-Match`');

export const blockMembers = {
  title: singleLineSchema(1, 128).nullable().optional(),
  url: z.string().trim().max(MAX_URL_LENGTH, { error: 'Use at most 2,048 characters' }).nullable().optional(),
  data: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Depends on `type`; merged into the stored object'),
  enabled: z.boolean().optional(),
  startsAt: scheduleTime.optional().describe('Hidden before this time'),
  endsAt: scheduleTime.optional().describe('Hidden from this time on'),
  pinned: z.boolean().optional().describe('Shown before all blocks that are not pinned'),
  gate: blockGate
    .nullable()
    .optional()
    .describe('The warning or minimum age that visitors confirm before they see the block'),
  thumbnailUrl: imageUrl.nullable().optional(),
  thumbnailFileId: thumbnailFileId.optional(),
  layout: blockLayout.nullable().optional(),
  targeting: blockTargeting.nullable().optional().describe('Which visitors see the block; null for all'),
  schedule: blockSchedule
    .nullable()
    .optional()
    .describe('Local times, which set `startsAt` and `endsAt`; null removes them'),
  titleTest: titleTestInput
    .nullable()
    .optional()
    .describe('A second title that a share of the visitors sees; null ends the test and keeps the first'),
};

const contentMembers = {
  title: z.string().nullable(),
  url: z.string().nullable(),
  enabled: z.boolean(),
  startsAt: timestamp.nullable().describe('Hidden before this time'),
  endsAt: timestamp.nullable().describe('Hidden from this time on'),
  pinned: z.boolean().describe('Shown before all blocks that are not pinned'),
  gate: blockGate.nullable().describe('What visitors confirm before they see the block'),
  thumbnailUrl: z.string().nullable(),
  thumbnailFileId,
  layout: blockLayout.nullable(),
  targeting: blockTargeting.nullable().describe('Which visitors see the block; null for all'),
  schedule: blockSchedule.nullable().describe('The local times from which `startsAt` and `endsAt` were made'),
  titleTest: titleTestOutput.nullable().describe('A second title that a share of the visitors sees'),
};
const storedMembers = {
  id: z.uuid(),
  pageId: z.uuid(),
  parentId: z.uuid().nullable().describe('The group that the block is in'),
  version: version.describe('Increases with each change; also the ETag'),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp.nullable(),
};

/** `LinkBlock`, `LinkBlockContent`, … in the OpenAPI document. */
export const nameBlockSchema = (type: BlockType, suffix: string): string =>
  `${type.charAt(0).toUpperCase()}${type.slice(1)}${suffix}`;

const blockOfType = <T extends BlockType, M extends z.ZodRawShape>(type: T, suffix: string, more: M) =>
  z
    .object({ ...more, type: z.enum([type]), ...contentMembers, data: getDataOutput(type) })
    .meta({ id: nameBlockSchema(type, suffix) });

const fileMembers = {
  group: z
    .number()
    .int()
    .min(0)
    .nullable()
    .describe('The group that the block is in, as an index of the list'),
};
type ContentOf<T extends BlockType> = ReturnType<typeof blockOfType<T, typeof fileMembers>>;
type StoredOf<T extends BlockType> = ReturnType<typeof blockOfType<T, typeof storedMembers>>;

export const blockContent = buildTypeUnion(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this very type
  (type) => blockOfType(type, 'BlockContent', fileMembers) as { [T in BlockType]: ContentOf<T> }[BlockType],
).meta({ id: 'BlockContent' });
export type BlockContent = z.infer<typeof blockContent>;

export const blockOutput = buildTypeUnion(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this very type
  (type) => blockOfType(type, 'Block', storedMembers) as { [T in BlockType]: StoredOf<T> }[BlockType],
).meta({ id: 'Block' });
export type Block = z.infer<typeof blockOutput>;
export const blockListOutput = createListOutputSchema(blockOutput);

export const blockIdInput = z.strictObject({ id: z.uuid() });
export const listBlocksInput = z.strictObject({
  id: z.uuid().describe('The id of the page'),
  limit: z.number().int().min(1).max(MAX_BLOCKS).default(MAX_BLOCKS),
  cursor: paginationInput.cursor,
  deleted: z.boolean().default(false).describe('List the trash instead'),
});
const parentId = z.uuid().nullable().optional().describe('The group to put it into; null for none');
const created = z.strictObject({
  id: z.uuid().describe('The id of the page'),
  type: blockType,
  parentId,
  ...blockMembers,
});
const updated = z.strictObject({
  id: z.uuid(),
  version: blockVersion.optional(),
  parentId,
  ...blockMembers,
});

/** Editors show one object instead of several that are combined. */
type Flat<T> = T extends unknown ? { [Key in keyof T]: T[Key] } : never;
type CreateInput<T extends BlockType> = Flat<
  Omit<z.input<typeof created>, 'type' | 'data'> & {
    type: T;
  } & TypeMembers<T>
>;
// Written out, because the SDK's declarations cannot refer to a type that is computed from a schema.
type SomeData = { [T in BlockType]: { [Key in keyof DataInput<T>]?: DataInput<T>[Key] } }[BlockType];
type UpdateInput = Omit<z.input<typeof updated>, 'data'> & { data?: SomeData | undefined };
type CreateBlockSchema = z.ZodType<z.output<typeof created>, { [T in BlockType]: CreateInput<T> }[BlockType]>;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- narrows only what callers may write
export const createBlockInput = created as CreateBlockSchema;
export const updateBlockInput: z.ZodType<z.output<typeof updated>, UpdateInput> = updated;

export const moveBlockInput = z
  .strictObject({
    id: z.uuid(),
    after: z.uuid().nullable().describe('The block to move it behind; null moves it to the front'),
    parentId: parentId.describe('The group to move it into; null moves it out, and without it, it stays'),
  })
  .meta({ id: 'MoveBlockInput' });
export const orderBlocksInput = z
  .strictObject({
    id: z.uuid().describe('The id of the page'),
    ids: z.array(z.uuid()).max(MAX_BLOCKS).describe('Every block of the page, exactly once'),
    parents: z
      .record(z.uuid(), z.uuid().nullable())
      .optional()
      .describe('The group of each block that moves into one; null for those that move out'),
    version: version.optional().describe('The version of the page; works like `If-Match`'),
  })
  .meta({ id: 'OrderBlocksInput' });
