import { z } from 'zod';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import {
  type Block,
  type BlockType,
  BLOCK_DATA_OUTPUT,
  blockGate,
  blockLayout,
  nameBlockSchema,
  socialPlatform,
} from '../pages/blocks/schema.ts';
import { pageTheme, seoOutput } from '../pages/schema.ts';

export const publicPageInput = z.strictObject({ handle: singleLineSchema(1, 64) });

const href = z.url().describe('The address to link to, which redirects to `url`');
const commonMembers = {
  id: z.uuid(),
  title: z.string().nullable(),
  url: z.string().nullable().describe('Null if there is none, or if the block is behind a gate'),
  href: href.nullable(),
  gate: blockGate.nullable().describe('The gate that `href` opens first; `data` is null then'),
  pinned: z.boolean(),
  thumbnailUrl: z.string().nullable(),
  layout: blockLayout.nullable(),
};
const blockOfType = <T extends BlockType, D extends z.ZodType>(type: T, data: D) =>
  z
    .object({ ...commonMembers, type: z.enum([type]), data: data.nullable() })
    .meta({ id: `Public${nameBlockSchema(type, 'Block')}` });

export const publicBlockOutput = z
  .discriminatedUnion('type', [
    blockOfType('link', BLOCK_DATA_OUTPUT.link),
    blockOfType('heading', BLOCK_DATA_OUTPUT.heading),
    blockOfType(
      'text',
      z.object({ text: z.string(), html: z.string().describe('Sanitized; safe to insert as HTML') }),
    ),
    blockOfType('image', z.object({ alt: z.string().nullable(), link: z.string().nullable() })),
    blockOfType('embed', z.object({ player: z.url().describe('Show it in a frame') })),
    blockOfType(
      'social',
      z.object({
        profiles: z.array(
          z.object({ platform: socialPlatform, url: z.string(), href }).meta({ id: 'PublicSocialProfile' }),
        ),
      }),
    ),
    blockOfType('email', BLOCK_DATA_OUTPUT.email),
    blockOfType('phone', BLOCK_DATA_OUTPUT.phone),
  ])
  .meta({ id: 'PublicBlock' });
export type PublicBlock = z.infer<typeof publicBlockOutput>;

type PickPublic<B extends Block> = B extends Block
  ? Pick<B, 'id' | 'type' | 'title' | 'url' | 'data' | 'gate' | 'pinned' | 'thumbnailUrl' | 'layout'>
  : never;
export type PublicBlockRow = PickPublic<Block>;

/** Without blocks that are disabled or not scheduled now, and without gated content. */
export const publicPageOutput = z
  .object({
    handle: z.string(),
    url: z.url(),
    title: z.string(),
    bio: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    language: z.string().describe('BCP 47 tag, for `lang`'),
    direction: z.enum(['ltr', 'rtl']).describe('For `dir`'),
    theme: pageTheme,
    seo: seoOutput,
    blocks: z.array(publicBlockOutput),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'PublicPage' });
export type PublicPage = z.infer<typeof publicPageOutput>;
