import { expect, it } from 'vitest';
import { findEmbedPlayer } from './urls.ts';

it.each([
  ['https://www.twitch.tv/ada', 'https://player.twitch.tv/?channel=ada'],
  ['https://www.twitch.tv/videos/123456789', 'https://player.twitch.tv/?video=123456789'],
  [
    'https://www.tiktok.com/@ada/video/7234567890123456789',
    'https://www.tiktok.com/player/v1/7234567890123456789',
  ],
  ['https://www.instagram.com/p/CabcDEF123/', 'https://www.instagram.com/p/CabcDEF123/embed/'],
  [
    'https://podcasts.apple.com/gb/podcast/engines/id123456?i=1000654321',
    'https://embed.podcasts.apple.com/gb/podcast/engines/id123456?i=1000654321',
  ],
  [
    'https://bandcamp.com/EmbeddedPlayer/album=1234567/size=large/',
    'https://bandcamp.com/EmbeddedPlayer/album=1234567/size=large/tracklist=false/artwork=small/',
  ],
  ['https://www.twitch.tv/ada"onload=', null],
  ['https://www.tiktok.com/@ada', null],
])('findEmbedPlayer of %s is %s', (url, player) => {
  expect(findEmbedPlayer(url)).toBe(player);
});
