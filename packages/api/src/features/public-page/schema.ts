import { z } from 'zod';
import { singleLineSchema, timestamp } from '../../core/text/validation.ts';
import { type BlockType, BLOCK_DATA, GATES, blockLayout, SOCIAL_PLATFORMS } from '../pages/blocks/schema.ts';
import { pageSeo, pageTheme } from '../pages/schema.ts';

export const publicPageInput = z.strictObject({ handle: singleLineSchema(1, 64) });

const href = z.url().describe('Where to link to: counts the click and leads on to `url`');
const common = {
  id: z.uuid(),
  title: z.string().nullable(),
  url: z.string().nullable().describe('Null where there is none, and while the block is gated'),
  href: href.nullable(),
  gate: z.enum(GATES).nullable().describe('What `href` asks of a visitor first; `data` is null then'),
  pinned: z.boolean(),
  thumbnailUrl: z.string().nullable(),
  layout: blockLayout.nullable(),
};
const typed = <T extends BlockType, D extends z.ZodType>(type: T, data: D) =>
  z.object({ ...common, type: z.enum([type]), data: data.nullable() });

export const publicBlockOutput = z
  .discriminatedUnion('type', [
    typed('link', BLOCK_DATA.link),
    typed('heading', BLOCK_DATA.heading),
    typed('text', z.object({ text: z.string(), html: z.string().describe('Safe to show as it is') })),
    typed('image', z.object({ alt: z.string().nullable(), link: z.string().nullable() })),
    typed('embed', z.object({ player: z.url().describe('To be shown in a frame') })),
    typed(
      'social',
      z.object({
        profiles: z.array(z.object({ platform: z.enum(SOCIAL_PLATFORMS), url: z.string(), href })),
      }),
    ),
    typed('email', BLOCK_DATA.email),
    typed('phone', BLOCK_DATA.phone),
  ])
  .meta({ id: 'PublicBlock' });
export type PublicBlock = z.infer<typeof publicBlockOutput>;

/** A published page as visitors see it: what is switched off, not due, or gated is not in it. */
export const publicPageOutput = z
  .object({
    handle: z.string(),
    url: z.url(),
    title: z.string(),
    bio: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    theme: pageTheme,
    seo: pageSeo,
    blocks: z.array(publicBlockOutput),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'PublicPage' });
export type PublicPage = z.infer<typeof publicPageOutput>;
