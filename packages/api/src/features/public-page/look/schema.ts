import { z } from 'zod';
import { publicFile, publicPicture } from '../blocks/view/schema.ts';

const pictureMembers = {
  url: z.string().nullable().describe('Null if the picture is not there'),
  picture: publicPicture.nullable().describe('In several sizes, if it was uploaded'),
};
export const coverView = z.object(pictureMembers).meta({ id: 'PageCover' });
export const backdropView = z
  .object({ ...pictureMembers, video: publicFile.nullable() })
  .meta({ id: 'PageBackdrop' });
export type CoverView = z.infer<typeof coverView>;
export type BackdropView = z.infer<typeof backdropView>;
