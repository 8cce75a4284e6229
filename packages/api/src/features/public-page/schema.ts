import { z } from 'zod';
import { line, timestamp } from '../../core/validation.ts';
import { type BlockType, DATA, GATES, layout, PLATFORMS } from '../pages/blocks/schema.ts';
import { seo, theme } from '../pages/schema.ts';

export const handleInput = z.strictObject({ handle: line(1, 64) });

const href = z.url().describe('Where to link to: counts the click and leads on to `url`');
const common = {
  id: z.uuid(),
  title: z.string().nullable(),
  url: z.string().nullable().describe('Null where there is none, and while the block is gated'),
  href: href.nullable(),
  gate: z.enum(GATES).nullable().describe('What `href` asks of a visitor first; `data` is null then'),
  pinned: z.boolean(),
  thumbnailUrl: z.string().nullable(),
  layout: layout.nullable(),
};
const typed = <T extends BlockType, D extends z.ZodType>(type: T, data: D) =>
  z.object({ ...common, type: z.enum([type]), data: data.nullable() });

export const publicBlock = z
  .discriminatedUnion('type', [
    typed('link', DATA.link),
    typed('heading', DATA.heading),
    typed('text', z.object({ text: z.string(), html: z.string().describe('Safe to show as it is') })),
    typed('image', z.object({ alt: z.string().nullable(), link: z.string().nullable() })),
    typed('embed', z.object({ player: z.url().describe('To be shown in a frame') })),
    typed(
      'social',
      z.object({ profiles: z.array(z.object({ platform: z.enum(PLATFORMS), url: z.string(), href })) }),
    ),
    typed('email', DATA.email),
    typed('phone', DATA.phone),
  ])
  .meta({ id: 'PublicBlock' });
export type PublicBlock = z.infer<typeof publicBlock>;

/** A published page as visitors see it: what is switched off, not due, or gated is not in it. */
export const publicPage = z
  .object({
    handle: z.string(),
    url: z.url(),
    title: z.string(),
    bio: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    theme,
    seo,
    blocks: z.array(publicBlock),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'PublicPage' });
export type PublicPage = z.infer<typeof publicPage>;
