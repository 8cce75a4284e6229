import { z } from 'zod';

export const href = z.url().describe('The address to link to, which redirects to `url`');

const pictureSource = z
  .object({ url: z.string(), type: z.string(), width: z.number().int(), height: z.number().int() })
  .meta({ id: 'PictureSource' });

export const publicPicture = z
  .object({
    url: z.string().describe('For browsers that know none of the sources'),
    width: z.number().int(),
    height: z.number().int(),
    alt: z.string().nullable().describe('Null if it is decorative'),
    focus: z.object({ x: z.number(), y: z.number() }).nullable(),
    sources: z.array(pictureSource),
  })
  .meta({ id: 'PublicPicture' });
export type PublicPicture = z.infer<typeof publicPicture>;

export const publicFile = z
  .object({ url: z.string(), type: z.string(), name: z.string(), size: z.number().int() })
  .meta({ id: 'PublicFile' });
