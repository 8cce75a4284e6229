import { z } from 'zod';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { givenSourceMembers } from '../analytics/schema.ts';
import { type BlockType, blockGate, blockLayout, nameBlockSchema } from '../pages/blocks/schema.ts';
import { buildTypeUnion, type DataOutput, getDataOutput } from '../pages/blocks/types/schema.ts';
import { pageTheme, seoOutput } from '../pages/schema.ts';
import { BLOCK_VIEWS } from './blocks/types/content.ts';
import { href, publicPicture } from './blocks/view/schema.ts';
import { backdropView, coverView } from './look/schema.ts';
import { unlockToken } from './unlocking/schema.ts';

export const recordViewInput = z
  .strictObject({ handle: singleLineSchema(1, 64), unlock: unlockToken, ...givenSourceMembers })
  .meta({ id: 'RecordViewInput' });
export const recordClickInput = z
  .strictObject({ id: z.uuid(), unlock: unlockToken, ...givenSourceMembers })
  .meta({ id: 'RecordClickInput' });

export const publicPageInput = z.strictObject({ handle: singleLineSchema(1, 64), unlock: unlockToken });

const commonMembers = {
  id: z.uuid(),
  parentId: z.uuid().nullable().describe('The group that shows the block; it comes before the block'),
  title: z.string().nullable(),
  url: z.string().nullable().describe('Null if there is none, or if the block is behind a gate'),
  href: href.nullable(),
  gate: blockGate.nullable().describe('The gate that `href` opens first; `data` is null then'),
  pinned: z.boolean(),
  suspicious: z
    .boolean()
    .describe('Whether it leads to a host that may be unsafe; `href` asks visitors first'),
  thumbnailUrl: z.string().nullable(),
  thumbnail: publicPicture.nullable().describe('In several sizes, if it was uploaded'),
  layout: blockLayout.nullable(),
};
type Views = typeof BLOCK_VIEWS;
type PublicData<T extends BlockType> = T extends keyof Views ? Views[T]['data'] : DataOutput<T>;
const getPublicData = <T extends BlockType>(type: T): PublicData<T> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not resolve the condition
  (Object.hasOwn(BLOCK_VIEWS, type)
    ? (BLOCK_VIEWS as Record<string, { data: unknown }>)[type]?.data
    : getDataOutput(type)) as PublicData<T>;
const blockOfType = <T extends BlockType>(type: T) =>
  z
    .object({ ...commonMembers, type: z.enum([type]), data: getPublicData(type).nullable() })
    .meta({ id: `Public${nameBlockSchema(type, 'Block')}` });
type PublicOf<T extends BlockType> = z.ZodObject<
  typeof commonMembers & { type: z.ZodEnum<{ [K in T]: K }>; data: z.ZodNullable<PublicData<T>> }
>;

export const publicBlockOutput = buildTypeUnion(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this very type
  (type) => blockOfType(type) as { [T in BlockType]: PublicOf<T> }[BlockType],
).meta({ id: 'PublicBlock' });
export type PublicBlock = z.infer<typeof publicBlockOutput>;

/** Without blocks that are disabled or not scheduled now, and without gated content. */
export const publicPageOutput = z
  .object({
    handle: z.string(),
    url: z.url(),
    title: z.string(),
    verified: z.boolean().describe('Whether administrators vouch for the handle and its owner'),
    bio: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    avatar: publicPicture.nullable().describe('In several sizes, if it was uploaded'),
    cover: coverView.nullable().describe('The picture of a hero or banner'),
    backdrop: backdropView.nullable().describe('The picture or video behind the page'),
    language: z.string().describe('BCP 47 tag, for `lang`'),
    direction: z.enum(['ltr', 'rtl']).describe('For `dir`'),
    theme: pageTheme,
    seo: seoOutput,
    madeWith: z
      .object({ product: z.string(), url: z.url() })
      .meta({ id: 'MadeWith' })
      .nullable()
      .describe("The footer's link to this platform, if the owner shows it"),
    blocks: z.array(publicBlockOutput),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'PublicPage' });
export type PublicPage = z.infer<typeof publicPageOutput>;
