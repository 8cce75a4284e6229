import { z } from 'zod';
import { findEmbedPlayer } from '../../../../core/text/urls.ts';
import { checkStoredUrl, defineView } from '../view/content.ts';

export const embedView = defineView<'embed'>()({
  data: z.object({ player: z.url().describe('Show it in a frame') }),
  toData: ({ url }) => ({ player: findEmbedPlayer(checkStoredUrl('embed', url) ?? '') ?? '' }),
});
