import { defineBlock, noData } from '../../definition/schema.ts';

export const embedBlock = defineBlock({
  url: 'required',
  use: 'embed',
  urlDescription:
    'A video, track, playlist, episode or post of YouTube, Vimeo, Spotify, SoundCloud, Apple Music, Apple Podcasts, Twitch, TikTok or Instagram, or the embed address of Bandcamp',
  buildData: () => noData,
});
