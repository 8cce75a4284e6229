import { z } from 'zod';
import { paginatedOutput, paginationInput } from '../../../core/http/pagination.ts';
import { singleLineSchema, multiLineSchema, timestamp } from '../../../core/text/validation.ts';
import { imageUrl } from '../schema.ts';

export const BLOCK_TYPES = ['link', 'heading', 'text', 'image', 'embed', 'social', 'email', 'phone'] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

export const SOCIAL_PLATFORMS = [
  'bandcamp',
  'behance',
  'bluesky',
  'discord',
  'dribbble',
  'facebook',
  'github',
  'instagram',
  'linkedin',
  'mastodon',
  'medium',
  'patreon',
  'pinterest',
  'reddit',
  'snapchat',
  'soundcloud',
  'spotify',
  'substack',
  'telegram',
  'threads',
  'tiktok',
  'twitch',
  'whatsapp',
  'x',
  'youtube',
  'website',
] as const;
export type Platform = (typeof SOCIAL_PLATFORMS)[number];

const optionalLine = (max: number) => singleLineSchema(1, max).nullable().default(null);
const none = z.strictObject({});

/** What a block holds beside title and address, by its type. Addresses in it are checked like `url`. */
export const BLOCK_DATA = {
  link: z.strictObject({ description: optionalLine(280) }),
  heading: none,
  text: z.strictObject({
    text: multiLineSchema(1, 2_000).nullable().default(null).describe('Markdown, of which a part is shown'),
  }),
  image: z.strictObject({
    alt: optionalLine(280).describe('What the picture shows; empty for decoration'),
    link: z.string().trim().nullable().default(null).describe('Where the picture leads'),
  }),
  embed: none,
  social: z.strictObject({
    profiles: z
      .array(z.strictObject({ platform: z.enum(SOCIAL_PLATFORMS), url: z.string().trim() }))
      .max(30)
      .default([]),
  }),
  email: none,
  phone: none,
} satisfies Record<BlockType, z.ZodType>;

export const GATES = ['sensitive', '18+', '21+', '25+'] as const;

/** `[x, y, w, h]` in cells of a grid `columns` wide. */
const rectangle = (columns: number) =>
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
    .refine(([x, , w]) => x + w <= columns, { error: `Must fit into ${columns} columns` });

export const blockLayout = z
  .strictObject({
    desktop: rectangle(4).nullable().default(null),
    mobile: rectangle(2).nullable().default(null),
  })
  .meta({ id: 'Layout' });
export type Layout = z.infer<typeof blockLayout>;

const LAST_MOMENT = Date.UTC(9999, 11, 31);
const moment = z.iso
  .datetime({ offset: true, error: 'Must be a time such as 2027-01-31T12:00:00Z' })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < LAST_MOMENT, {
    error: 'Must be between the years 1970 and 9999',
  })
  .nullable();

const version = z.number().int().min(1);

/** Members that every type of block has. */
export const blockMembers = {
  title: singleLineSchema(1, 128).nullable().optional(),
  url: z.string().trim().max(2_048, { error: 'Must have at most 2048 characters' }).nullable().optional(),
  data: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('By type; members that are given replace those stored'),
  enabled: z.boolean().optional(),
  startsAt: moment.optional().describe('Not shown before'),
  endsAt: moment.optional().describe('Not shown from then on'),
  pinned: z.boolean().optional().describe('Stands before those that are not'),
  gate: z.enum(GATES).nullable().optional().describe('What a visitor must agree to or be old enough for'),
  thumbnailUrl: imageUrl.nullable().optional(),
  layout: blockLayout.nullable().optional(),
};

const shown = {
  title: z.string().nullable(),
  url: z.string().nullable(),
  enabled: z.boolean(),
  startsAt: timestamp.nullable(),
  endsAt: timestamp.nullable(),
  pinned: z.boolean(),
  gate: z.enum(GATES).nullable(),
  thumbnailUrl: z.string().nullable(),
  layout: blockLayout.nullable(),
};
const stored = {
  id: z.uuid(),
  pageId: z.uuid(),
  version: version.describe('Grows with each change; also its ETag'),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp.nullable(),
};

const typed = <T extends BlockType, M extends z.ZodRawShape>(type: T, more: M) =>
  z.object({ ...more, type: z.enum([type]), ...shown, data: BLOCK_DATA[type] });
const byType = <M extends z.ZodRawShape>(more: M) =>
  z.discriminatedUnion('type', [
    typed('link', more),
    typed('heading', more),
    typed('text', more),
    typed('image', more),
    typed('embed', more),
    typed('social', more),
    typed('email', more),
    typed('phone', more),
  ]);

/** What a block says and how it is shown, discriminated by `type`. */
export const blockContent = byType({}).meta({ id: 'BlockContent' });
export type BlockContent = z.infer<typeof blockContent>;

/** A block as its owner sees it. */
export const blockOutput = byType(stored).meta({ id: 'Block' });
export type Block = z.infer<typeof blockOutput>;
export const blockListOutput = paginatedOutput(blockOutput);

/** What decides whether visitors see a block. */
export type Schedule = { enabled: boolean; startsAt: Date | string | null; endsAt: Date | string | null };

/** Whether visitors see a block at `now` (milliseconds): the page, its JSON and the redirect ask this. */
export const isBlockLive = ({ enabled, startsAt, endsAt }: Schedule, now: number): boolean =>
  enabled &&
  (startsAt === null || new Date(startsAt).getTime() <= now) &&
  (endsAt === null || now < new Date(endsAt).getTime());

export const blockIdInput = z.strictObject({ id: z.uuid() });
export const listBlocksInput = z.strictObject({
  id: z.uuid().describe('The page'),
  limit: z.number().int().min(1).max(200).default(200),
  cursor: paginationInput.cursor,
  deleted: z.boolean().default(false).describe('Those in the trash instead'),
});
const created = z.strictObject({
  id: z.uuid().describe('The page'),
  type: z.enum(BLOCK_TYPES),
  ...blockMembers,
});
const updated = z.strictObject({
  id: z.uuid(),
  version: version.optional().describe('The version that is changed; as `If-Match`'),
  ...blockMembers,
});

// Callers are told the shape of `data` by `type`; OpenAPI takes one object, so it is the service that checks which.
type DataInput<T extends BlockType> = z.input<(typeof BLOCK_DATA)[T]>;
type CreateInput<T extends BlockType> = Omit<z.input<typeof created>, 'type' | 'data'> & {
  type: T;
  data?: DataInput<T> | undefined;
};
type UpdateInput = Omit<z.input<typeof updated>, 'data'> & {
  data?: Partial<DataInput<BlockType>> | undefined;
};
export const createBlockInput: z.ZodType<
  z.output<typeof created>,
  { [T in BlockType]: CreateInput<T> }[BlockType]
> = created as never;
export const updateBlockInput: z.ZodType<z.output<typeof updated>, UpdateInput> = updated;

export const moveBlockInput = z.strictObject({
  id: z.uuid(),
  after: z.uuid().nullable().describe('The block to stand behind; null to be the first'),
});
export const orderBlocksInput = z.strictObject({
  id: z.uuid().describe('The page'),
  ids: z.array(z.uuid()).max(200).describe('Every block of the page, once'),
});
