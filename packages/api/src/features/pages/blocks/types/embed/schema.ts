import { defineBlock, noData } from '../../definition/schema.ts';

export const embedBlock = defineBlock({
  url: 'required',
  use: 'embed',
  urlDescription: 'A video, track or playlist of YouTube, Vimeo, Spotify, SoundCloud or Apple Music',
  buildData: () => noData,
});
